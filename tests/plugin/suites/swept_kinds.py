"""One test of each kind that can be swept. Run by test_sweep_kinds.py.

Each test pulls a manifest. It counts what its fixtures of each scope have done.
"""

import asyncio
import logging
import sys
import unittest
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient, connect
from pytest_acr.aio import ContainerRegistryContentClient as AioContentClient

MakeClient = Callable[[str], ContainerRegistryContentClient]
MakeAioClient = Callable[[str], AioContentClient]

IMAGE = "dev/web:1.0"
COUNTS: Counter[str] = Counter()

TESTS = 10
RUNS_OF_EACH = 6
"""The run of pytest, two to compare, and one for each of three requests."""

EXAMPLES = 6
"""Of the run of pytest; each other run has one."""

pytestmark = [pytest.mark.acr_sweep(effects="Refuse(503)"), pytest.mark.acr_image(IMAGE)]


@pytest.fixture(scope="module", autouse=True)
def wide() -> Iterator[None]:
    COUNTS["module set up"] += 1
    yield

    runs = COUNTS["function set up"]
    examples = COUNTS.pop("examples")
    assert {
        "module set up": 1,
        "function set up": runs,
        "function torn down": runs,
        "tearDown": RUNS_OF_EACH,
    } == COUNTS
    assert (runs, examples) == (TESTS * RUNS_OF_EACH, EXAMPLES + RUNS_OF_EACH - 1)


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    COUNTS["function set up"] += 1
    yield
    COUNTS["function torn down"] += 1


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pull(make: MakeClient, reference: str = "1.0") -> None:
    with make("dev/web") as client:
        assert client.get_manifest(reference).digest.startswith("sha256:")


def test_function(acr_content_client: MakeClient) -> None:
    pull(acr_content_client)


@pytest.mark.parametrize("tag", ["1.0"])
def test_parameter(acr_content_client: MakeClient, tag: str) -> None:
    pull(acr_content_client, tag)


@pytest.mark.parametrize("reference", ["1.0"], indirect=True)
def test_indirect_parameter(acr_content_client: MakeClient, reference: str) -> None:
    pull(acr_content_client, reference)


def test_builtin_fixtures(
    acr_content_client: MakeClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert list(tmp_path.iterdir()) == []
    assert caplog.records == []
    assert not hasattr(pull, "patched")
    monkeypatch.setattr(pull, "patched", "yes", raising=False)
    (tmp_path / "file").touch()

    sys.stdout.write("once")
    logging.getLogger("test").warning("once")
    pull(acr_content_client)

    assert capsys.readouterr().out == "once"
    assert [record.message for record in caplog.records if record.name == "test"] == ["once"]


class TestMethods:
    seen = 0

    def setup_method(self) -> None:
        self.seen += 1

    @pytest.fixture(autouse=True)
    def _own(self, acr_content_client: MakeClient) -> None:
        self.seen += 1
        self.make = acr_content_client

    def test_method(self) -> None:
        assert self.seen == 2
        pull(self.make)


class TestUnittest(unittest.TestCase):
    def setUp(self) -> None:
        self.registry = FakeRegistry()
        self.registry.push_image(IMAGE)
        self.connection = connect(self.registry)
        self.addCleanup(self.connection.close)

    def tearDown(self) -> None:
        COUNTS["tearDown"] += 1

    def test_method(self) -> None:
        pull(self.connection.content_client)


class TestAsyncUnittest(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def _client(self, acr_aio_content_client: MakeAioClient) -> None:
        self.make = acr_aio_content_client

    async def test_method(self) -> None:
        await pull_in_loop(self.make)


async def pull_in_loop(make: MakeAioClient) -> None:
    async with make("dev/web") as client:
        assert (await client.get_manifest("1.0")).digest.startswith("sha256:")


def test_own_loop(acr_aio_content_client: MakeAioClient) -> None:
    asyncio.run(pull_in_loop(acr_aio_content_client))


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_anyio(acr_aio_content_client: MakeAioClient, anyio_backend: str) -> None:
    await pull_in_loop(acr_aio_content_client)


@given(number=st.integers(0, 5))
def test_hypothesis(make_acr: Callable[..., FakeRegistry], number: int) -> None:
    COUNTS["examples"] += 1
    registry = make_acr()
    registry.push_image(IMAGE)
    with connect(registry) as connection:
        pull(connection.content_client)
        assert number == 0 or COUNTS["function set up"] > 0
