"""Tests of what the runs of a sweep share, and of what they leave. Run by test_sweep_runs.py."""

import gc
import sys
import unittest
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from fake_registry import FakeRegistry, Refuse

pytestmark = [pytest.mark.acr_sweep(effects="Refuse(503), Disconnect(before)"), pytest.mark.acr(auth="off")]

REGISTRIES: list[weakref.ref[FakeRegistry]] = []
FOLDERS: list[Path] = []


@pytest.fixture(autouse=True, scope="session")
def wide() -> Iterator[None]:
    """A registry is alive only if something refers to it. pytest keeps the requests of fixtures that
    request this one."""
    gc.disable()
    yield
    gc.enable()
    assert not hasattr(sys, "last_value")


@pytest.fixture(autouse=True)
def _registry(acr: FakeRegistry, wide: None) -> Iterator[None]:
    alive = [one for one in REGISTRIES if one() is not None]
    REGISTRIES.append(weakref.ref(acr))
    yield
    assert len(alive) <= 1  # a run without a fault looks at the registries that there are


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


@pytest.mark.acr_sweep(seconds=0.2)
def test_endless(acr_session: requests.Session, url: str) -> None:
    try:
        call(acr_session, url)
    except requests.HTTPError:
        while True:
            pass


def test_subtests(acr_session: requests.Session, url: str, subtests: pytest.Subtests) -> None:
    with subtests.test("a part"):
        assert acr_session.get(url).status_code == 200


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
