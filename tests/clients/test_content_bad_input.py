"""The content client, sync and async: an invalid argument is a ValueError or
TypeError before any request."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient
from tests.clients.content import close_stream
from tests.support.clients import MIB, UNKNOWN_DIGEST


class _TextReader:
    """A stream of text that does not say so."""

    def read(self, _size: int) -> str:
        return "text"


BAD_DATA: list[tuple[Callable[[Path], object], type[Exception], str]] = [
    (lambda _: None, ValueError, "found None"),
    (lambda _: "text", TypeError, r"data\.encode\(\) or pathlib\.Path"),
    (lambda _: io.StringIO("text"), TypeError, "mode 'rb'"),
    (lambda _: tempfile.NamedTemporaryFile("w+"), TypeError, "mode 'rb'"),  # noqa: SIM115  closed by the test
    (lambda _: close_stream(io.BytesIO()), ValueError, "found a closed one"),
    (lambda _: 5, TypeError, "found int"),
    (lambda _: {"a": 1}, TypeError, "found str"),
    (lambda path: path, ValueError, "found the directory"),
    (lambda path: path / "missing", FileNotFoundError, "missing"),
    (lambda _: ["text"], TypeError, "^data: expected an iterable of bytes, found str among its items$"),
    (lambda _: [b"bytes first", None], TypeError, "found None among its items"),
    (lambda _: _TextReader(), TypeError, "^data: expected a binary stream, found one whose read returned str$"),
    (lambda path: (path / "other").open("wb"), ValueError, "found one of mode 'wb'"),
]


@pytest.mark.parametrize(("make", "error", "message"), BAD_DATA)
def test_invalid_data_for_a_blob_is_refused(
    acr: FakeRegistry,
    content_client: ContainerRegistryContentClient,
    tmp_path: Path,
    make: Callable[[Path], object],
    error: type[Exception],
    message: str,
) -> None:
    data = make(tmp_path)
    with pytest.raises(error, match=message):
        content_client.upload_blob(data)  # type: ignore[arg-type]  # what a caller without a type checker gives
    if close := getattr(data, "close", None):
        close()
    assert len(acr.requests) == 0


def test_async_iterable_is_refused_by_the_sync_client(acr: FakeRegistry) -> None:
    async def pieces() -> object:
        yield b"x"

    from pytest_acr import connect

    with connect(acr) as connection, pytest.raises(TypeError, match="for the async client"):
        connection.content_client("samples/hello").upload_blob(pieces())  # type: ignore[arg-type]  # any kind


BAD_MANIFESTS: list[tuple[Callable[[Path], object], type[Exception], str]] = [
    (lambda _: None, ValueError, "manifest: .*found None"),
    (lambda _: "{}", TypeError, r"manifest\.encode"),
    (lambda _: 5, TypeError, "manifest: .*found int"),
    (lambda _: io.StringIO("{}"), TypeError, "mode 'rb'"),
    (lambda _: b"x" * (4 * MIB + 1), ValueError, "at most 4194304 bytes"),
    (lambda _: io.BytesIO(b"x" * (5 * MIB)), ValueError, "at most 4194304 bytes"),
    (lambda _: {"a": float("nan")}, ValueError, "not JSON compliant"),
    (lambda _: {"a": object()}, TypeError, "not JSON serializable"),
    (lambda path: path, ValueError, "manifest: .*directory"),
]


@pytest.mark.parametrize(("make", "error", "message"), BAD_MANIFESTS)
def test_invalid_manifest_is_refused(
    acr: FakeRegistry,
    content_client: ContainerRegistryContentClient,
    tmp_path: Path,
    make: Callable[[Path], object],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        content_client.set_manifest(make(tmp_path))  # type: ignore[arg-type]  # as above
    assert len(acr.requests) == 0


MD5 = "md5:" + "0" * 32
BAD_CALLS: list[tuple[Callable[[ContainerRegistryContentClient], object], type[Exception], str]] = [
    (lambda client: client.download_blob_content(MD5), ValueError, "digest: .*sha256, sha512"),
    (lambda client: client.download_blob_content(None), TypeError, "digest: .*found NoneType"),  # type: ignore[arg-type]
    (lambda client: client.download_blob_content("v1"), ValueError, "digest: "),
    (lambda client: next(iter(client.download_blob_streaming(MD5))), ValueError, "digest: "),
    (lambda client: client.download_blob_to(MD5, io.BytesIO()), ValueError, "digest: "),
    (lambda client: client.delete_blob(UNKNOWN_DIGEST.upper()), ValueError, "digest: "),
    (
        lambda client: client.get_manifest("not a tag"),
        ValueError,
        "^tag_or_digest: expected a tag or a digest, found 'not a tag'; a tag has at most 128",
    ),
    (lambda client: client.get_manifest("a/b:1.0"), ValueError, "expected a tag or a digest, found 'a/b:1.0'"),
    (lambda client: client.get_manifest(b"v1"), TypeError, "tag_or_digest: .*found bytes"),  # type: ignore[arg-type]
    (
        lambda client: client.delete_manifest("v1"),
        ValueError,
        "^digest: expected a digest such as sha256:..., found 'v1'; get_manifest returns the digest of a tag$",
    ),
    (lambda client: client.delete_manifest(MD5), ValueError, "^digest: expected one of sha256, sha512, found 'md5:"),
    (lambda client: client.set_manifest({}, tag="-"), ValueError, "tag: "),
    (
        lambda client: client.mount_blob(UNKNOWN_DIGEST, source="Upper"),
        ValueError,
        "^source: .*, found 'Upper'$",
    ),
    (lambda client: client.mount_blob("x", source="lower"), ValueError, "digest: "),
    (lambda client: client.upload_blob(b"", skip_existing=MD5), ValueError, "skip_existing: "),
    (lambda client: client.upload_blob(b"", skip_existing=""), ValueError, "^skip_existing: expected .*, found ''$"),
    (lambda client: client.upload_blob(b"", skip_existing=None), TypeError, "skip_existing: "),  # type: ignore[arg-type]
    (lambda client: client.upload_blob(b"", chunk_bytes=2.5), TypeError, "expected int, found float"),  # type: ignore[arg-type]
    (lambda client: client.get_manifest("v1", accept=5), TypeError, "accept: "),  # type: ignore[arg-type]
    (lambda client: client.get_manifest("v1", accept="a\r\nX-Evil: 1"), ValueError, "accept: "),
    (lambda client: client.set_manifest({}, media_type=5), TypeError, "media_type: "),  # type: ignore[arg-type]
    (lambda client: client.set_manifest({}, media_type="a\r\nX: y"), ValueError, "media_type: "),
    (lambda client: client.upload_blob(b"", chunk_bytes=0), ValueError, "chunk_bytes: .*at least 1, found 0"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD_CALLS)
def test_invalid_argument_is_refused(
    acr: FakeRegistry,
    content_client: ContainerRegistryContentClient,
    call: Callable[[ContainerRegistryContentClient], object],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        call(content_client)
    assert len(acr.requests) == 0
