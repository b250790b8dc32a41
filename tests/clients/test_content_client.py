"""Our own `ContainerRegistryContentClient`: what it sends, what it gives back, what it never leaves behind."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceResponseError,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_registry import Corrupt, Disconnect, FakeRegistry, Fault, ManualClock, Refuse, Settings, Truncate
from fake_registry.http.recording import Exchange
from pytest_acr import (
    ContainerRegistryContentClient,
    DigestValidationError,
    OciAnnotations,
    OciDescriptor,
    OciImageManifest,
    connect,
)
from tests.clients.sdk import CHUNK, HELLO, MIB, UNKNOWN_DIGEST, digest_of, every_transport, some_bytes

NewClient = Callable[..., ContainerRegistryContentClient]


@pytest.fixture
def client(acr_content_client: NewClient) -> ContainerRegistryContentClient:
    return acr_content_client(HELLO)


class Dribble(io.RawIOBase):
    """A stream that cannot seek and gives little at a time."""

    def __init__(self, content: bytes, step: int) -> None:
        self._content = io.BytesIO(content)
        self._step = step

    def read(self, size: int = -1) -> bytes:
        return self._content.read(self._step if size < 0 else min(size, self._step))


def image(client: ContainerRegistryContentClient, **members: object) -> OciImageManifest:
    config, layer = client.upload_blob(b"{}"), client.upload_blob(b"layer")
    return OciImageManifest(
        config=OciDescriptor(media_type="application/vnd.oci.image.config.v1+json", digest=config.digest, size=2),
        layers=(OciDescriptor(media_type="text/plain", digest=layer.digest, size=5),),
        annotations=OciAnnotations(entries={"org.opencontainers.image.title": "hello"}),
        others=members,
    )


def sent(acr: FakeRegistry, endpoint: str) -> list[Exchange]:
    return [exchange for exchange in acr.requests if exchange.endpoint == endpoint]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5])
def test_blob_of_any_size_comes_back(client: ContainerRegistryContentClient, size: int) -> None:
    """Empty ones too, which the official client cannot read (azure-sdk-quirks)."""
    content = some_bytes(size)
    stored = client.upload_blob(content)
    assert (stored.digest, stored.size_in_bytes) == (digest_of(content), size)
    assert client.download_blob_content(stored.digest).content == content


@every_transport
def test_image_over_every_transport(acr: FakeRegistry, transport: str, tmp_path: Path) -> None:
    with connect(acr, transport=transport) as connection:  # type: ignore[arg-type]  # a parameter is any text
        client = connection.content_client(HELLO)
        digest = client.set_manifest(image(client), tag="v1").digest
        pulled = client.get_manifest("v1")
        assert pulled.manifest is not None
        target = tmp_path / "layer"
        assert client.download_blob_to(pulled.manifest.layers[0].digest, target) == 5
    assert (pulled.digest, target.read_bytes()) == (digest, b"layer")


def test_each_chunk_is_sent_once_and_filled_from_short_reads(
    acr: FakeRegistry, client: ContainerRegistryContentClient
) -> None:
    content = some_bytes(2 * CHUNK + MIB)
    assert client.upload_blob(Dribble(content, 100_000)).digest == digest_of(content)
    assert [one.request_bytes for one in sent(acr, "upload.chunk")] == [CHUNK, CHUNK]
    assert [one.request_bytes for one in sent(acr, "upload.finish")] == [MIB]


def test_one_login_serves_a_push_and_another_scope_a_pull(
    acr: FakeRegistry, client: ContainerRegistryContentClient
) -> None:
    """Tokens are kept by scope, the refresh token for all: one 401, one exchange, a token each."""
    client.set_manifest(image(client), tag="v1")
    client.get_manifest("v1")
    assert [len(sent(acr, name)) for name in ("oauth.exchange", "oauth.token")] == [1, 2]
    assert len(acr.requests.where(status=401)) == 1


def test_token_goes_to_no_other_host(acr: FakeRegistry, client: ContainerRegistryContentClient) -> None:
    digest = client.upload_blob(b"hello").digest
    client.download_blob_content(digest)
    (download,) = sent(acr, "storage.blob")
    assert (download.status, download.request_header("Authorization")) == (200, None)


def test_expired_tokens_are_replaced_by_one_more_login(
    acr: FakeRegistry, acr_clock: ManualClock, client: ContainerRegistryContentClient
) -> None:
    client.upload_blob(b"one")
    acr_clock.advance(12_000)  # refresh and access token both; the client's own clock does not know
    client.upload_blob(b"two")
    assert len(sent(acr, "oauth.exchange")) == 2
    assert len(acr.requests.where(endpoint="upload.start", status=401)) == 2


def test_caller_without_the_role_is_refused_and_asks_but_twice(
    acr: FakeRegistry, acr_content_client: NewClient
) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.grant("somebody else", "Owner")
    with pytest.raises(ClientAuthenticationError):
        acr_content_client(HELLO).get_manifest("v1")
    assert len(acr.requests) == 2


@pytest.mark.acr(auth="anonymous-pull")
@pytest.mark.acr_image(f"{HELLO}:v1")
def test_anonymous_caller_reads_and_does_not_write(acr: FakeRegistry, acr_content_client: NewClient) -> None:
    client = acr_content_client(HELLO, credential=None)
    assert client.get_manifest("v1").manifest is not None
    with pytest.raises(ClientAuthenticationError):
        client.upload_blob(b"x")


@pytest.mark.acr(auth="off", profile="oci")
def test_registry_that_asks_nobody_gets_no_token(acr: FakeRegistry, client: ContainerRegistryContentClient) -> None:
    client.upload_blob(b"x")
    acr.requests.assert_none(endpoint="oauth.*")


def test_existing_blob_is_skipped_and_mounted(acr: FakeRegistry, acr_content_client: NewClient) -> None:
    here, there = acr_content_client(HELLO), acr_content_client("samples/there")
    digest = here.upload_blob(b"hello").digest
    acr.forget_requests()
    assert here.upload_blob(b"hello", skip_existing=digest).size_in_bytes == 5
    assert not sent(acr, "upload.start")
    assert [there.mount_blob(digest, source=HELLO), there.mount_blob(UNKNOWN_DIGEST, source=HELLO)] == [True, False]
    assert there.download_blob_content(digest).content == b"hello"


def test_manifest_read_and_put_back_keeps_its_bytes_and_unknown_members(
    client: ContainerRegistryContentClient,
) -> None:
    document = {**json.loads(image(client, artifactType="text/x").to_bytes()), "org.example": [1, {"a": None}]}
    written = json.dumps(document, indent=3).encode()
    digest = client.set_manifest(written, tag="v1").digest
    pulled = client.get_manifest("v1")
    assert (pulled.content, pulled.digest) == (written, digest)
    assert pulled.manifest is not None
    assert client.set_manifest(pulled.manifest).digest == digest
    assert pulled.manifest.others == {"artifactType": "text/x", "org.example": [1, {"a": None}]}


def test_manifest_of_another_type_has_bytes_and_no_model(
    acr: FakeRegistry, client: ContainerRegistryContentClient
) -> None:
    acr.push_index(f"{HELLO}:multi", platforms=["linux/amd64"])
    pulled = client.get_manifest("multi")
    assert (pulled.media_type, pulled.manifest) == ("application/vnd.oci.image.index.v1+json", None)
    assert digest_of(pulled.content) == pulled.digest


def test_what_is_not_there_says_what_was_asked(client: ContainerRegistryContentClient) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: client.get_manifest("v9"),
        lambda: client.get_manifest(UNKNOWN_DIGEST),
        lambda: client.download_blob_content(UNKNOWN_DIGEST),
        lambda: client.delete_blob(UNKNOWN_DIGEST),
        lambda: client.delete_manifest(UNKNOWN_DIGEST),
    ]
    for attempt in attempts:
        with pytest.raises(
            ResourceNotFoundError, match=f"repository {HELLO}, (tag v9|digest {UNKNOWN_DIGEST}): status 404"
        ):
            attempt()


def test_deletes(acr: FakeRegistry, client: ContainerRegistryContentClient) -> None:
    digest = client.set_manifest(image(client), tag="v1").digest
    layer = digest_of(b"layer")
    client.delete_blob(layer)
    client.delete_manifest(digest)
    assert list(acr.content.list_repositories().items) == []


@pytest.mark.parametrize("effect", [Corrupt(2), Truncate(3), Disconnect()])
def test_failed_download_leaves_no_file_and_the_old_one_as_it_was(
    acr: FakeRegistry, client: ContainerRegistryContentClient, tmp_path: Path, effect: Corrupt | Truncate | Disconnect
) -> None:
    digest = client.upload_blob(b"hello").digest
    kept = tmp_path / "kept"
    kept.write_bytes(b"old")
    acr.faults.add(Fault("storage.blob", effect))
    for target in (kept, tmp_path / "new"):
        with pytest.raises((DigestValidationError, HttpResponseError, ServiceResponseError)):
            client.download_blob_to(digest, target)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("kept", b"old")]


def test_damaged_manifest_is_noticed(acr: FakeRegistry, client: ContainerRegistryContentClient) -> None:
    client.set_manifest(image(client), tag="v1")
    acr.faults.add(Fault("manifest.get", Corrupt(5)))
    with pytest.raises(DigestValidationError, match=f"manifest v1 of {HELLO}"):
        client.get_manifest("v1")


def test_throttled_client_waits_on_the_clock(acr: FakeRegistry, client: ContainerRegistryContentClient) -> None:
    throttled = acr.faults.add(Fault("upload.start", Refuse(429, retry_after=60), times=2))
    assert client.upload_blob(b"x").size_in_bytes == 1
    assert throttled.hits == 2


BAD_DATA: list[tuple[Callable[[Path], object], type[Exception], str]] = [
    (lambda _: None, ValueError, "found None"),
    (lambda _: "text", TypeError, r"data\.encode\(\) or pathlib\.Path"),
    (lambda _: io.StringIO("text"), TypeError, "mode 'rb'"),
    (lambda _: 5, TypeError, "found int"),
    (lambda path: path, ValueError, "found the directory"),
    (lambda path: path / "missing", FileNotFoundError, "missing"),
    (lambda _: ["text"], TypeError, "found str"),
]


@pytest.mark.parametrize(("make", "error", "message"), BAD_DATA)
def test_data_that_cannot_be_a_blob_leaves_nothing(
    acr: FakeRegistry,
    client: ContainerRegistryContentClient,
    tmp_path: Path,
    make: Callable[[Path], object],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        client.upload_blob(make(tmp_path))  # type: ignore[arg-type]  # what a caller without a type checker gives
    assert not sent(acr, "upload.finish")


@pytest.mark.parametrize("effect", [Refuse(400), Disconnect()])
def test_failed_upload_is_cancelled(
    acr: FakeRegistry, client: ContainerRegistryContentClient, effect: Refuse | Disconnect
) -> None:
    acr.faults.add(Fault("upload.chunk", effect))
    with pytest.raises((HttpResponseError, ServiceResponseError)):
        client.upload_blob(some_bytes(CHUNK + 1))
    assert acr.content.snapshot().repositories == ()


def test_failed_cancel_does_not_hide_why(acr: FakeRegistry, client: ContainerRegistryContentClient) -> None:
    acr.faults.add(Fault("upload.chunk", Refuse(400, code="BLOB_UPLOAD_INVALID")))
    acr.faults.add(Fault("upload.cancel", Refuse(400, code="UNSUPPORTED")))
    with pytest.raises(HttpResponseError, match="BLOB_UPLOAD_INVALID"):
        client.upload_blob(some_bytes(CHUNK + 1))


def test_closed_stream_is_refused_before_any_request(acr: FakeRegistry, client: ContainerRegistryContentClient) -> None:
    stream = io.BytesIO(b"x")
    stream.close()
    with pytest.raises(ValueError, match="found a closed one"):
        client.upload_blob(stream)
    assert len(acr.requests) == 0


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.download_blob_content("md5:abc"), ValueError),
        (lambda client: client.download_blob_content(None), TypeError),
        (lambda client: client.get_manifest("not a tag"), ValueError),
        (lambda client: client.delete_manifest("v1"), ValueError),
        (lambda client: client.set_manifest(None), ValueError),
        (lambda client: client.set_manifest("{}"), TypeError),
        (lambda client: client.set_manifest(b"x" * (4 * MIB + 1)), ValueError),
        (lambda client: client.set_manifest({}, tag="-"), ValueError),
        (lambda client: client.mount_blob(UNKNOWN_DIGEST, source="Upper"), ValueError),
    ],
)
def test_argument_that_cannot_be_right_is_refused_before_any_request(
    acr: FakeRegistry,
    client: ContainerRegistryContentClient,
    call: Callable[[ContainerRegistryContentClient], object],
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        call(client)
    assert len(acr.requests) == 0


def test_http_is_refused_unless_allowed() -> None:
    with pytest.raises(ValueError, match="enforce_https=False"):
        ContainerRegistryContentClient("http://127.0.0.1:5000", HELLO)
    ContainerRegistryContentClient("http://127.0.0.1:5000", HELLO, enforce_https=False).close()


pieces = st.lists(st.binary(max_size=40), max_size=12)


@settings(max_examples=40, deadline=None)
@given(pieces, st.integers(1, 7))
def test_any_cut_of_a_blob_is_the_same_blob(parts: list[bytes], step: int) -> None:
    content = b"".join(parts)

    def chunks() -> Iterator[bytes]:
        yield from parts

    with connect(FakeRegistry(Settings(auth="off"), clock=ManualClock())) as connection:
        client = connection.content_client(HELLO)
        stored = {client.upload_blob(source).digest for source in (content, chunks(), Dribble(content, step))}
        assert stored == {digest_of(content)}
        assert client.download_blob_content(digest_of(content)).content == content
