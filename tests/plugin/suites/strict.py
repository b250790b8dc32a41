"""Tests whose clients upload a blob twice, or do not. Run by test_strict.py."""

import hashlib
import io
import unittest
from collections.abc import Callable, Iterator

import pytest
import requests

from fake_registry import FakeRegistry, Fault, Refuse, Settings
from pytest_acr import connect
from pytest_acr.aio import ContainerRegistryContentClient

BLOB = b"blob"
DIGEST = f"sha256:{hashlib.sha256(BLOB).hexdigest()}"

Upload = Callable[[], None]


@pytest.fixture
def acr_settings() -> Settings:
    return Settings(auth="off")


def send_upload(session: requests.Session, host: str = "fake.azurecr.io") -> None:
    location = session.post(f"https://{host}/v2/dev/web/blobs/uploads/").headers["Location"]
    session.put(f"https://{host}{location}&digest={DIGEST}", data=BLOB)


@pytest.fixture
def upload(acr: FakeRegistry) -> Iterator[Upload]:
    """Uploads the blob, the same each time."""
    with connect(acr) as connection:
        yield lambda: send_upload(connection.session)


@pytest.fixture
def upload_again_at_the_end(upload: Upload) -> Iterator[None]:
    yield
    upload()


def test_once(upload: Upload) -> None:
    upload()


def test_twice(upload: Upload) -> None:
    upload()
    upload()


@pytest.mark.acr_strict(allow=["blob-uploaded-twice"])
def test_allowed(upload: Upload) -> None:
    upload()
    upload()


@pytest.mark.acr_strict
def test_marked(upload: Upload) -> None:
    upload()
    upload()


@pytest.mark.acr_strict(mode="report")
def test_marked_to_report(upload: Upload) -> None:
    upload()
    upload()


@pytest.mark.acr_strict(mode="no")
def test_marked_as_lenient(upload: Upload) -> None:
    upload()
    upload()


def test_teardown(upload: Upload, upload_again_at_the_end: None) -> None:
    upload()


def test_failed_anyway(upload: Upload) -> None:
    upload()
    upload()
    raise AssertionError("for another reason")


def test_skipped(upload: Upload) -> None:
    upload()
    upload()
    pytest.skip("not here")


def test_retry(acr: FakeRegistry, upload: Upload) -> None:
    acr.faults.add(Fault("upload.finish", Refuse(503), when="after", times=1))
    upload()
    upload()


def test_two_registries(make_acr: Callable[..., FakeRegistry]) -> None:
    for name in ("one", "two"):
        registry = make_acr(Settings(auth="off", name=name))
        with connect(registry) as connection:
            for _ in range(2):
                send_upload(connection.session, registry.login_server)


@pytest.fixture(scope="module")
def shared(make_acr: Callable[..., FakeRegistry]) -> FakeRegistry:
    return make_acr(Settings(auth="off"))


@pytest.mark.parametrize("turn", [1, 2])
def test_shared_registry(shared: FakeRegistry, turn: int) -> None:
    with connect(shared) as connection:
        send_upload(connection.session)


def test_without_a_registry() -> None:
    assert BLOB


class TestUnittest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _upload(self, upload: Upload) -> None:
        self.upload = upload

    def test_method(self) -> None:
        self.upload()
        self.upload()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_async(acr_aio_content_client: Callable[..., ContainerRegistryContentClient]) -> None:
    client = acr_aio_content_client("dev/web")
    for _ in range(2):
        await client.upload_blob(io.BytesIO(BLOB))
