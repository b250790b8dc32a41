"""The content client, sync and async: downloads of blobs."""

import codecs
import io
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import Corrupt, Disconnect, FakeRegistry, Fault, Truncate
from fake_registry.http.faults import Effect
from pytest_acr import ContainerRegistryContentClient, DigestValidationError
from tests.clients.content import DOCUMENTED, AioSink, Alter, close_stream, exchanges_at
from tests.support.clients import HELLO, UNKNOWN_DIGEST, digest_of, every_transport, some_bytes, with_tls
from tests.support.open_files import on_linux

CONTENT = some_bytes(100_000)
DAMAGE = [Corrupt(2), Truncate(3), Disconnect(), Alter({}, body=b""), Alter({}, body=CONTENT + b"more")]


@pytest.fixture
def digest(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> str:
    """The digest of a stored blob."""
    digest = content_client.upload_blob(CONTENT).digest
    acr.forget_requests()
    return digest


@with_tls
def test_every_download_method_returns_the_content(
    content_client: ContainerRegistryContentClient, digest: str, tmp_path: Path
) -> None:
    stream, path = io.BytesIO(), tmp_path / "blob"
    assert content_client.download_blob_content(digest).content == CONTENT
    assert content_client.download_blob_to(digest, stream) == len(CONTENT)
    assert content_client.download_blob_to(digest, path) == len(CONTENT)
    with content_client.download_blob_streaming(digest) as pieces:
        streamed = b"".join(pieces)
        assert pieces.result == len(CONTENT)
        assert list(pieces) == [], "a stream that has ended stays so"
        assert pieces.result == len(CONTENT)
    assert [stream.getvalue(), path.read_bytes(), streamed] == [CONTENT] * 3


@every_transport
def test_empty_blob_can_be_downloaded(content_client: ContainerRegistryContentClient, tmp_path: Path) -> None:
    """The official client uploads one and cannot download it (azure-sdk-quirks)."""
    digest = content_client.upload_blob(b"").digest
    assert content_client.download_blob_content(digest).content == b""
    assert content_client.download_blob_to(digest, tmp_path / "empty") == 0
    assert (tmp_path / "empty").read_bytes() == b""


def test_download_takes_one_request_and_its_redirect(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, digest: str
) -> None:
    """No Range is asked for: a server that ignores it, or refuses one past the end, does not matter."""
    content_client.download_blob_content(digest)
    acr.forget_requests()
    content_client.download_blob_content(digest)
    assert [one.endpoint for one in acr.requests] == ["blob.get", "storage.blob"]
    assert [one.request_header("Range") for one in acr.requests] == [None, None]


def test_download_requests_uncompressed_bytes(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, digest: str
) -> None:
    """Of compressed ones neither length nor digest mean anything."""
    content_client.download_blob_content(digest)
    assert {one.request_header("Accept-Encoding") for one in exchanges_at(acr, "blob.get")} == {"identity"}


def test_other_hosts_receive_no_token(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, digest: str
) -> None:
    content_client.download_blob_content(digest)
    (download,) = exchanges_at(acr, "storage.blob")
    assert (download.status, download.request_header("Authorization")) == (200, None)


def test_stream_can_be_closed_early(content_client: ContainerRegistryContentClient, digest: str) -> None:
    with content_client.download_blob_streaming(digest) as pieces:
        first = next(iter(pieces))
    assert CONTENT.startswith(first)
    assert 0 < len(first) < len(CONTENT)
    assert list(pieces) == []


@pytest.mark.parametrize("flavour", ["aio"])
def test_download_to_an_async_stream(content_client: ContainerRegistryContentClient, digest: str) -> None:
    sink = AioSink()
    assert content_client.download_blob_to(digest, sink) == len(CONTENT)  # type: ignore[arg-type]  # for aio alone
    assert sink.content == CONTENT


class SlowSink(io.RawIOBase):
    """Writes only a part per call, as unbuffered streams may."""

    def __init__(self, most: int) -> None:
        self.content = b""
        self._most = most

    def write(self, piece: object) -> int:
        taken = bytes(piece)[: self._most]  # type: ignore[call-overload]  # any buffer
        self.content += taken
        return len(taken)


def test_download_to_a_stream_that_writes_in_parts(content_client: ContainerRegistryContentClient, digest: str) -> None:
    sink = SlowSink(999)
    content_client.download_blob_to(digest, sink)  # type: ignore[arg-type]  # RawIOBase is no IO[bytes]
    assert sink.content == CONTENT
    with pytest.raises(BlockingIOError, match="takes none"):
        content_client.download_blob_to(digest, SlowSink(0))  # type: ignore[arg-type]  # as above


@on_linux
def test_stream_that_would_block_is_an_error(content_client: ContainerRegistryContentClient, digest: str) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with (
        open(reading, "rb"),  # noqa: PTH123  no path
        open(writing, "wb", buffering=0) as pipe,  # noqa: PTH123  as above
        pytest.raises(BlockingIOError, match="takes none"),
    ):
        content_client.download_blob_to(digest, pipe)


@pytest.mark.parametrize("effect", DAMAGE)
def test_failed_download_creates_no_file_and_keeps_an_old_one(
    acr: FakeRegistry,
    content_client: ContainerRegistryContentClient,
    digest: str,
    tmp_path: Path,
    effect: Effect,
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"old")
    acr.faults.add(Fault("storage.blob", effect))
    for target in (kept, tmp_path / "new"):
        with pytest.raises(DOCUMENTED, match=f"{HELLO}[:,].*{digest}"):
            content_client.download_blob_to(digest, target)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("kept", b"old")]


@pytest.mark.parametrize("effect", DAMAGE)
def test_every_download_method_detects_damage(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, digest: str, effect: Effect
) -> None:
    def stream_all() -> None:
        with content_client.download_blob_streaming(digest) as pieces:
            for _ in pieces:
                pass

    acr.faults.add(Fault("storage.blob", effect))
    for attempt in (
        lambda: content_client.download_blob_content(digest),
        lambda: content_client.download_blob_to(digest, io.BytesIO()),
        stream_all,
    ):
        with pytest.raises(DOCUMENTED, match=f"{HELLO}[:,].*{digest}"):
            attempt()


def test_error_of_wrong_content_has_the_expected_digest(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, digest: str
) -> None:
    acr.faults.add(Fault("storage.blob", Alter({}, body=b"other")))
    found = f"{HELLO}: expected {digest}, found {digest_of(b'other')} in 5 bytes"
    with pytest.raises(DigestValidationError, match=found):
        content_client.download_blob_content(digest)


def test_absent_blob_is_an_error(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, tmp_path: Path
) -> None:
    with pytest.raises(ResourceNotFoundError, match=f"{HELLO}, digest {UNKNOWN_DIGEST}: status 404, BLOB_UNKNOWN"):
        content_client.download_blob_to(UNKNOWN_DIGEST, tmp_path / "blob")
    assert list(tmp_path.iterdir()) == []


def test_file_has_default_permissions(
    content_client: ContainerRegistryContentClient, digest: str, tmp_path: Path
) -> None:
    usual, kept, new = tmp_path / "usual", tmp_path / "kept", tmp_path / "new"
    usual.touch()
    kept.touch(mode=0o640)
    for target in (kept, new):
        content_client.download_blob_to(digest, target)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (new, kept)]
    assert modes == [stat.S_IMODE(usual.stat().st_mode), 0o640]


def test_symbolic_link_is_kept(content_client: ContainerRegistryContentClient, digest: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "blob", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    content_client.download_blob_to(digest, link)
    assert link.is_symlink()
    assert target.read_bytes() == CONTENT


BAD_TARGETS: list[tuple[Callable[[Path], object], type[Exception], str]] = [
    (lambda _: None, TypeError, "found NoneType"),
    (lambda _: "blob", TypeError, r"pathlib\.Path"),
    (lambda _: 5, TypeError, "found int"),
    (lambda _: io.StringIO(), TypeError, "mode 'wb'"),
    (lambda _: tempfile.SpooledTemporaryFile(mode="w+"), TypeError, "mode 'wb'"),  # noqa: SIM115  closed by the test
    (lambda path: codecs.open(str(path / "text"), "w", "utf-8"), TypeError, "mode 'wb'"),  # noqa: SIM115  as above
    (lambda _: Path(__file__).open("rb"), ValueError, "found one of mode 'rb'"),  # noqa: SIM115  as above
    (lambda path: make_loop(path / "loop"), OSError, "Too many levels of symbolic links"),
    (lambda _: close_stream(io.BytesIO()), ValueError, "found a closed one"),
    (lambda path: path, ValueError, "found the directory"),
    (lambda _: Path(os.devnull), ValueError, "the special file"),
    (lambda path: path / "missing" / "blob", FileNotFoundError, r"^\[Errno 2\] .*: '.*/missing/blob'$"),
]


def make_loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


@pytest.mark.parametrize(("make", "error", "message"), BAD_TARGETS)
def test_target_that_cannot_be_written_is_refused_before_any_request(
    acr: FakeRegistry,
    content_client: ContainerRegistryContentClient,
    tmp_path: Path,
    make: Callable[[Path], object],
    error: type[Exception],
    message: str,
) -> None:
    target = make(tmp_path)
    before = list(tmp_path.iterdir())
    with pytest.raises(error, match=message):
        content_client.download_blob_to(UNKNOWN_DIGEST, target)  # type: ignore[arg-type]  # any kind
    if close := getattr(target, "close", None):
        close()
    assert len(acr.requests) == 0
    assert list(tmp_path.iterdir()) == before
