"""Tests that fail in each way, with requests of each origin. Run by test_report.py."""

import subprocess
import sys
import threading
import unittest
from collections.abc import Callable, Iterator

import pytest
import requests

from fake_registry import Disconnect, FakeRegistry, Fault, Settings
from fake_registry.server import RegistryServer
from pytest_acr import connect, network


def pull(session: requests.Session, endpoint: str, tag: str) -> int:
    return session.get(f"{endpoint}/v2/dev/web/manifests/{tag}").status_code


@pytest.fixture
def session(acr_session: requests.Session) -> requests.Session:
    return acr_session


@pytest.fixture
def fails_in_setup(session: requests.Session, acr_endpoint: str) -> None:
    pull(session, acr_endpoint, "in-setup")
    raise RuntimeError("in setup")


@pytest.fixture
def fails_in_teardown(session: requests.Session, acr_endpoint: str) -> Iterator[None]:
    yield
    pull(session, acr_endpoint, "in-teardown")
    raise RuntimeError("in teardown")


@pytest.mark.usefixtures("fails_in_setup")
def test_setup() -> None:
    raise AssertionError("unreachable")


@pytest.mark.usefixtures("fails_in_teardown")
def test_teardown() -> None:
    """Only its teardown fails."""


def test_call(session: requests.Session, acr_endpoint: str) -> None:
    assert pull(session, acr_endpoint, "in-call") == 0


def test_without_traceback(session: requests.Session, acr_endpoint: str) -> None:
    pull(session, acr_endpoint, "untraced")
    pytest.fail("untraced", pytrace=False)


def test_unknown_fixture(session: requests.Session, acr_endpoint: str, request: pytest.FixtureRequest) -> None:
    pull(session, acr_endpoint, "unknown-fixture")
    request.getfixturevalue("no_such_fixture")


@pytest.mark.xfail(reason="strict", strict=True)
def test_strict_mark(session: requests.Session, acr_endpoint: str) -> None:
    assert pull(session, acr_endpoint, "strict-mark") == 401


def test_thread(session: requests.Session, acr_endpoint: str) -> None:
    thread = threading.Thread(target=pull, args=(session, acr_endpoint, "in-thread"))
    thread.start()
    thread.join()
    raise AssertionError


def test_subprocess(acr_server: RegistryServer) -> None:
    code = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, f"{acr_server.url}/v2/dev/web/manifests/in-subprocess"], check=True)


def test_made(make_acr: Callable[[], FakeRegistry]) -> None:
    with make_acr() as registry, registry.serve() as server:
        registry.push_image("dev/made:1.0")
        registry.faults.add(Fault("blob.get", Disconnect()))
        assert pull(requests.Session(), server.url, "made") == 0


def test_connected() -> None:
    with connect(FakeRegistry(Settings(name="mine"))) as connection:
        assert pull(connection.session, connection.endpoint, "connected") == 0


def test_network() -> None:
    with network(FakeRegistry(Settings(name="mine"))):
        requests.get("https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration")
        assert pull(requests.Session(), "https://mine.azurecr.io", "network") == 0


def test_many_requests(session: requests.Session, acr_endpoint: str) -> None:
    for number in range(30):
        pull(session, acr_endpoint, f"many-{number}")
    raise AssertionError


def test_passes(session: requests.Session, acr_endpoint: str) -> None:
    assert pull(session, acr_endpoint, "passed") == 401


@pytest.mark.xfail(reason="expected", strict=True)
def test_expected_failure(session: requests.Session, acr_endpoint: str) -> None:
    assert pull(session, acr_endpoint, "expected") == 0


def test_without_a_registry() -> None:
    raise AssertionError("no registry")


class TestUnittest(unittest.TestCase):
    def test_method(self) -> None:
        connection = connect(FakeRegistry(Settings(name="case")))
        self.addCleanup(connection.close)
        self.assertEqual(pull(connection.session, connection.endpoint, "in-case"), 0)  # noqa: PT009
