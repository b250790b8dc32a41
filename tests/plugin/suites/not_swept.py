"""Marked tests that cannot be swept. Run by test_sweep_options.py."""

from collections.abc import Iterator
from itertools import count

import pytest
import requests

from fake_registry import FakeRegistry, Refuse

pytestmark = [pytest.mark.acr_sweep, pytest.mark.acr(auth="off")]

NUMBERS, RUNS = count(), count()


@pytest.fixture
def url(acr_endpoint: str) -> str:
    return f"{acr_endpoint}/v2/"


def test_fails(acr_session: requests.Session, url: str) -> None:
    assert acr_session.get(url).status_code == 201


def test_subtest_fails(acr_session: requests.Session, url: str, subtests: pytest.Subtests) -> None:
    with subtests.test("a part"):
        assert acr_session.get(url).status_code == 201


def test_no_requests(acr: FakeRegistry) -> None:
    assert len(acr.requests) == 0


def test_no_registry() -> None:
    assert pytestmark


def test_differs(acr_session: requests.Session, url: str) -> None:
    acr_session.get(f"{url}_catalog" if next(NUMBERS) % 2 else url)


@pytest.mark.acr_sweep(seconds=0.2)
def test_has_no_end(acr_session: requests.Session, url: str) -> None:
    if next(RUNS) > 0:
        while acr_session.get(url):
            pass


@pytest.mark.xfail(strict=True)
def test_expected(acr_session: requests.Session, url: str) -> None:
    assert acr_session.get(url).status_code == 201


def test_skipped(acr_session: requests.Session, url: str) -> None:
    pytest.skip(acr_session.get(url).reason)


@pytest.fixture
def broken_setup(acr_session: requests.Session, url: str) -> None:
    acr_session.get(url)
    raise RuntimeError("the setup fails")


@pytest.mark.usefixtures("broken_setup")
def test_setup_fails() -> None:
    """It is not run."""


@pytest.fixture
def broken_teardown(acr_session: requests.Session, url: str) -> Iterator[None]:
    yield
    acr_session.get(url)
    raise RuntimeError("the teardown fails")


@pytest.mark.usefixtures("broken_teardown")
def test_teardown_fails() -> None:
    """It passes."""


@pytest.mark.acr_fault("catalog.list", Refuse(503))
def test_unused_fault(acr_session: requests.Session, url: str) -> None:
    acr_session.get(url)
