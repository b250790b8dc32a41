"""Tests of what the runs of a sweep share, and of what they leave. Run by test_sweep_runs.py."""

import gc
import sys
import unittest
import warnings
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from fake_registry import FakeRegistry, Refuse

pytestmark = [pytest.mark.acr_sweep(effects="Refuse(503), Disconnect(before)"), pytest.mark.acr(auth="off")]

REGISTRIES: defaultdict[str, list[weakref.ref[FakeRegistry]]] = defaultdict(list)
"""Those of the runs of each test."""

GOOD_RUNS = 3
"""That of pytest, and two to compare, which look at the registries that there are."""

FOLDERS: list[Path] = []


@pytest.fixture(autouse=True, scope="session")
def wide() -> Iterator[None]:
    """A registry is alive only if something refers to it. pytest keeps the requests of fixtures that
    request this one."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _registry(request: pytest.FixtureRequest, acr: FakeRegistry, wide: None) -> Iterator[None]:
    before = REGISTRIES[request.node.nodeid]
    alive = [one for one in before if one() is not None]
    before.append(weakref.ref(acr))
    yield
    assert len(alive) <= (1 if len(before) <= GOOD_RUNS else 0)


@pytest.fixture(autouse=True)
def _noted(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Change the item; each run starts without the change."""
    assert not hasattr(sys, "last_value")
    assert request.node.user_properties == []
    assert "skipif" not in [mark.name for mark in request.node.own_markers]

    record_property("noted", 1)
    request.node.add_marker(pytest.mark.skipif(False, reason="noted"))


@pytest.fixture
def url(acr_endpoint: str) -> str:
    return f"{acr_endpoint}/v2/"


def call(session: requests.Session, url: str) -> None:
    """Raise an error that refers to this frame."""
    session.get(url).raise_for_status()


def test_function(acr_session: requests.Session, url: str, tmp_path: Path) -> None:
    FOLDERS.append(tmp_path)
    assert [folder for folder in FOLDERS[1:] if folder != tmp_path and folder.exists()] == []
    warnings.warn("once", UserWarning, stacklevel=1)
    call(acr_session, url)


class TestMethods:
    @pytest.fixture(autouse=True)
    def _keep(self, acr: FakeRegistry, acr_session: requests.Session) -> Iterator[None]:
        self.registry, self.session = acr, acr_session
        yield
        del self.registry, self.session

    def test_method(self, url: str) -> None:
        call(self.session, url)


class TestUnittest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _keep(self, acr: FakeRegistry, acr_session: requests.Session, url: str) -> None:
        self.registry, self.session, self.url = acr, acr_session, url

    def test_method(self) -> None:
        call(self.session, self.url)


@pytest.mark.acr_fault("base", Refuse(503))
def test_marked_fault_need_not_act_in_each_run(acr_session: requests.Session, url: str) -> None:
    try:
        acr_session.get(f"{url}_catalog").raise_for_status()
    except requests.RequestException:
        return
    assert acr_session.get(url).status_code == 503


@pytest.mark.acr_sweep(seconds=2)
def test_endless(acr_session: requests.Session, url: str) -> None:
    try:
        call(acr_session, url)
    except requests.HTTPError:
        while True:
            pass


def test_subtests(acr_session: requests.Session, url: str, subtests: pytest.Subtests) -> None:
    with subtests.test("a part"):
        assert acr_session.get(url).status_code == 200


def test_expected_failure_of_a_subtest(acr_session: requests.Session, url: str, subtests: pytest.Subtests) -> None:
    with subtests.test("a part"):
        call(acr_session, url)


def test_skipped(acr_session: requests.Session, url: str) -> None:
    if acr_session.get(url).status_code != 200:
        pytest.skip("not there")


@pytest.fixture
def teardown(acr_session: requests.Session, url: str) -> Iterator[None]:
    yield
    assert acr_session.get(url).status_code == 200


@pytest.mark.usefixtures("teardown")
def test_teardown() -> None:
    """It passes."""
