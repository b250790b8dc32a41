"""`RemoteRegistry` at registries that send too much, too slowly or without an end."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count, islice
from typing import Any

import pytest
import requests

from fake_registry.client.access import AccessPolicy
from fake_registry.client.bounds import MAX_ERROR_BYTES, MAX_MANIFEST_BYTES, MAX_PAGE_BYTES
from fake_registry.client.deadline import Deadline, answer_within
from fake_registry.client.login import Keyring
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.remote import (
    BoundExceeded,
    DeadlineExceeded,
    EncodingRefused,
    EndlessList,
    RemoteRegistry,
    ResponseTooLarge,
)
from fake_registry.remote.driver import RequestsDriver
from fake_registry.sessions.adapter import DeadlineAdapter
from fake_registry.spec.errors import RegistryError, TooManyRequests, Unauthorized, Unsupported
from fake_registry.spec.media_types import OCI_MANIFEST
from fake_registry.spec.names import digest_of
from fake_registry.wire import calls
from fake_registry.wire.answers import MAX_RETRY_AFTER_SECONDS
from tests.support.endless import BLOCK, Pieces, Script, dripping, endless, endless_chunks, head, serve_raw, whole
from tests.support.images import HELLO, V1, image
from tests.support.products import cross

BUILT = image(b"layer")
DIGEST = digest_of(b"content")
JSON = "Content-Type: application/json"
MANIFEST = f"Content-Type: {OCI_MANIFEST}"
GZIP = "Content-Encoding: gzip"

Operation = Callable[[RemoteRegistry], object]

READS: dict[str, Operation] = {
    "manifest": lambda remote: remote.get_manifest(HELLO, V1),
    "tags": lambda remote: remote.list_tags(HELLO),
    "catalogue": lambda remote: remote.list_repositories(),
    "referrers": lambda remote: remote.list_referrers(HELLO, DIGEST),
}
CHANGES: dict[str, Operation] = {
    "push": lambda remote: remote.put_manifest(HELLO, BUILT.manifest, tags=[V1]),
    "upload": lambda remote: remote.start_upload(HELLO),
    "delete": lambda remote: remote.delete_manifest(HELLO, DIGEST),
}
HEADS: dict[str, Operation] = {"blob": lambda remote: remote.stat_blob(HELLO, DIGEST)}


@contextmanager
def connect(
    script: Script, *, pause: float = 0.0, **options: Any
) -> Iterator[RemoteRegistry]:  # Any: the constructor's
    with serve_raw(script, pause=pause) as url, RemoteRegistry(url, **options) as remote:
        yield remote


def read_blob(remote: RemoteRegistry) -> bytes:
    reader = remote.get_blob(HELLO, DIGEST)
    try:
        return b"".join(reader.chunks())
    finally:
        reader.close()


@pytest.mark.parametrize("answer", [endless, endless_chunks])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_document_without_an_end_is_refused(read: Operation, answer: Callable[..., Pieces]) -> None:
    too_large = pytest.raises(ResponseTooLarge, match=r"expected at most \d+ bytes, found more")
    with connect(lambda _: answer(200, MANIFEST)) as remote, too_large:
        read(remote)


@pytest.mark.parametrize(("size", "is_read"), [(MAX_MANIFEST_BYTES, True), (MAX_MANIFEST_BYTES + 1, False)])
def test_manifest_of_4_mib_is_read(size: int, *, is_read: bool) -> None:
    content = b"{}".ljust(size)
    with connect(lambda _: whole(200, content, "Content-Type: application/x")) as remote:
        if is_read:
            assert remote.get_manifest(HELLO, V1).content == content
            return
        with pytest.raises(ResponseTooLarge):
            remote.get_manifest(HELLO, V1)


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
@pytest.mark.parametrize("answer", [endless, endless_chunks])
@pytest.mark.parametrize("operation", [READS["tags"], CHANGES["push"], read_blob])
def test_error_without_an_end_is_reported_by_its_status(
    operation: Operation, status: int, answer: Callable[..., Pieces]
) -> None:
    with connect(lambda _: answer(status, JSON)) as remote, pytest.raises(RegistryError, match=f"status {status}"):
        operation(remote)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_answer_to_a_change_is_not_read_to_its_end(change: Operation) -> None:
    def script(request: str) -> Pieces:
        status = 202 if request.startswith(("POST", "DELETE")) else 201
        return endless(status, "Location: /v2/samples/hello/blobs/uploads/1")

    with connect(script) as remote:
        change(remote)


@pytest.mark.parametrize(("size", "reason"), [(MAX_ERROR_BYTES, "closed"), (MAX_ERROR_BYTES + 1, "status 403")])
def test_error_is_read_up_to_its_bound(size: int, reason: str) -> None:
    body = b'{"errors":[{"code":"DENIED","message":"closed"}]'.ljust(size - 1) + b"}"
    with connect(lambda _: whole(403, body, JSON)) as remote, pytest.raises(RegistryError, match=reason):
        remote.list_tags(HELLO)


@pytest.mark.parametrize("read", [*READS.values(), *HEADS.values(), read_blob])
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "identity, gzip", "deflate"])
def test_encoded_content_is_refused(read: Operation, encoding: str) -> None:
    content = gzip.compress(bytes(1_000_000))
    with (
        connect(lambda _: whole(200, content, f"Content-Encoding: {encoding}")) as remote,
        pytest.raises(EncodingRefused, match="Content-Encoding"),
    ):
        read(remote)


def test_content_of_encoding_identity_is_read() -> None:
    with connect(lambda _: whole(200, b'{"name":"a","tags":["v1"]}', "Content-Encoding: identity")) as remote:
        assert list(remote.list_tags(HELLO).items) == [V1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(b'{"errors":[{"code":"DENIED","message":"closed"}]}'), "closed"),
        (gzip.compress(bytes(10_000_000)), "status 403"),
        (b"no gzip", "status 403"),
    ],
    ids=["small", "bomb", "broken"],
)
def test_encoded_error_is_decoded_up_to_its_bound(body: bytes, reason: str) -> None:
    with connect(lambda _: whole(403, body, GZIP)) as remote, pytest.raises(RegistryError, match=reason):
        remote.list_tags(HELLO)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("own_session", [True, False])
def test_redirect_with_an_endless_body_is_followed(status: int, *, own_session: bool) -> None:
    def script(request: str) -> Pieces:
        if "/elsewhere" in request:
            return whole(200, b'{"name":"a","tags":["v1"]}', JSON)
        return endless(status, "Location: /elsewhere")

    session = None if own_session else requests.Session()
    with connect(script, session=session) as remote:
        assert list(remote.list_tags(HELLO).items) == [V1]
    if session is not None:
        session.close()


def test_redirects_without_an_end_are_refused() -> None:
    numbers = count()
    with (
        connect(lambda _: whole(307, b"", f"Location: /{next(numbers)}")) as remote,
        pytest.raises(requests.TooManyRedirects, match="at most 5 redirects"),
    ):
        remote.list_tags(HELLO)


def challenge(url: str) -> str:
    return f'WWW-Authenticate: Bearer realm="{url}/token",service="s"'


@pytest.mark.parametrize("answer", [endless, endless_chunks])
def test_challenge_with_an_endless_body_is_answered(answer: Callable[..., Pieces]) -> None:
    urls: list[str] = []
    asked: list[str] = []

    def script(request: str) -> Pieces:
        asked.append(request.split("?")[0])
        if "/token" in request:
            return whole(200, b'{"token":"t"}')
        return answer(401, challenge(urls[0])) if len(asked) == 1 else whole(200, b'{"name":"a","tags":[]}')

    with serve_raw(script) as url, RemoteRegistry(url) as remote:
        urls.append(url)
        remote.list_tags(HELLO)
    assert [line.split()[1] for line in asked] == [
        "/v2/samples/hello/tags/list",
        "/token",
        "/v2/samples/hello/tags/list",
    ]


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (lambda: endless(200, JSON), ResponseTooLarge),
        (lambda: endless_chunks(200, JSON), ResponseTooLarge),
        (lambda: endless(503, JSON), TooManyRequests),
        (lambda: endless(401, JSON), Unauthorized),
        (lambda: whole(200, gzip.compress(b'{"token":"t"}'), GZIP), EncodingRefused),
    ],
)
def test_answer_of_the_token_service_is_bounded(token: Callable[[], Pieces], error: type[Exception]) -> None:
    urls: list[str] = []

    def script(request: str) -> Pieces:
        return token() if "/token" in request else whole(401, b"", challenge(urls[0]))

    with serve_raw(script) as url, RemoteRegistry(url) as remote:
        urls.append(url)
        with pytest.raises(error):
            remote.list_tags(HELLO)


TAGS = head(200, JSON, "Connection: close") + b'{"name":"a","tags":[]}'
SLOW: dict[str, Operation] = {**READS, **CHANGES, **HEADS, "content": read_blob}


@pytest.mark.parametrize("operation", SLOW.values(), ids=SLOW)
def test_answer_byte_by_byte_ends_at_the_deadline(operation: Operation) -> None:
    """Each byte comes in time for `timeout`."""
    with (
        connect(lambda _: dripping(b"HTTP/1.1 200 Ok\r\nX-A: "), pause=0.01, deadline=0.05) as remote,
        pytest.raises(DeadlineExceeded, match=r"within 0\.05 s"),
    ):
        operation(remote)


START_OF_BODY = head(200, "Content-Length: 3000000", MANIFEST) + b"12345"


@pytest.mark.parametrize(
    ("sent", "deadline", "expected"),
    [
        ([], 0.1, "expected the head of an answer within 0.1 s, found none"),
        pytest.param(
            [b"HTTP/1.1 200 Ok\r\nX-A: "],
            0.5,
            "expected the head of an answer within 0.5 s, found none",
            marks=pytest.mark.exhaustive,
        ),
        (
            [START_OF_BODY],
            0.5,
            "expected each MiB of an answer's body, or its end, within 0.5 s, found 5 bytes of it",
        ),
    ],
    ids=["silence", "half a head", "five bytes"],
)
def test_deadline_names_what_came(sent: list[bytes], deadline: float, expected: str) -> None:
    """What is sent has to come in time, also on a busy machine."""
    with connect(lambda _: sent, deadline=deadline) as remote, pytest.raises(DeadlineExceeded) as raised:
        remote.list_tags(HELLO)
    assert str(raised.value) == expected


PULLS: dict[str, Operation] = {**READS, "content": read_blob}


@cross({"read": PULLS, "framing": ["Content-Length: 3000000", "Connection: close"]})
def test_body_byte_by_byte_ends_at_the_deadline(read: Operation, framing: str) -> None:
    def script(_: str) -> Iterator[bytes]:
        yield head(200, framing, MANIFEST)
        yield from dripping(b"")

    failing = pytest.raises((DeadlineExceeded, ValueError))
    with connect(script, pause=0.01, deadline=0.05) as remote, failing as raised:
        read(remote)
    if framing != "Connection: close" or read is not read_blob:  # without a length the blob is asked for by HEAD
        assert isinstance(raised.value, DeadlineExceeded)


def test_error_byte_by_byte_is_reported_by_its_status() -> None:
    def script(_: str) -> Iterator[bytes]:
        yield head(500, "Content-Length: 1000000")
        yield from dripping(b"")

    with connect(script, pause=0.02, deadline=0.2) as remote, pytest.raises(Unsupported, match="status 500"):
        remote.list_tags(HELLO)


def test_body_that_the_client_has_given_up_is_not_read_on() -> None:
    """An async client leaves a thread behind when it gives up: the thread must end."""

    def script(_: str) -> Iterator[bytes]:
        yield head(200, "Connection: close")
        yield from dripping(b"")

    with serve_raw(script, pause=0.001) as url, requests.Session() as session:
        session.mount("http://", DeadlineAdapter())
        with answer_within(Deadline(60)):
            response = session.get(url, stream=True)

        with response, pytest.raises(requests.ConnectionError, match="timed out"):
            assert len(list(islice(response.iter_content(1), 1_000))) < 1_000


def test_blob_that_makes_progress_is_read_for_longer_than_the_deadline() -> None:
    """Of 40 s in all, none is the client's: the clock moves by 0.1 s for each look at it."""
    content = BLOCK * 160  # 10 MiB
    moments = count()
    driver = RequestsDriver(
        Keyring(AccessPolicy(registry=parse_registry_url("http://127.0.0.1:1"))),
        session=None,
        verify=True,
        timeout=10,
        deadline=20.0,
        monotonic=lambda: next(moments) * 0.1,
    )
    with serve_raw(lambda _: whole(200, content)) as url:
        driver._url = url
        driver._origin = parse_registry_url(url)
        answer = driver.open(calls.get_blob(HELLO, DIGEST))
        assert sum(map(len, answer.pieces(65_536))) == len(content)
        answer.close()
    driver.close()
    assert next(moments) * 0.1 > 20.0


def page(link: str, tags: str = "") -> Pieces:
    return whole(200, f'{{"name":"a","tags":[{tags}]}}'.encode(), JSON, f'Link: <{link}>; rel="next"')


@pytest.mark.parametrize("link", ["", "?", "/v2/samples/hello/tags/list", "?n=1&last=a"])
def test_link_to_an_earlier_page_is_refused(link: str) -> None:
    with connect(lambda _: page(link)) as remote, pytest.raises(EndlessList, match="found an earlier one"):
        remote.list_tags(HELLO)


@pytest.mark.parametrize("read", [READS["tags"], READS["catalogue"], READS["referrers"]])
def test_pages_without_an_end_are_refused(read: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_registry.remote.listings.MAX_PAGES", 20)
    numbers = count()

    def script(_: str) -> Pieces:
        body = b'{"name":"a","tags":[],"repositories":[],"schemaVersion":2,"manifests":[]}'
        return whole(200, body, JSON, f'Link: <?last={next(numbers)}>; rel="next"')

    with connect(script) as remote, pytest.raises(EndlessList, match="expected at most 20 pages, found more"):
        read(remote)
    assert next(numbers) == 20


def test_pages_of_more_bytes_than_a_list_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_registry.remote.listings.MAX_LIST_BYTES", 10_000)
    numbers = count()
    too_many = pytest.raises(EndlessList, match="at most 10000 bytes of pages")
    with connect(lambda _: page(f"?last={next(numbers)}", f'"{"v" * 100}"')) as remote, too_many:
        remote.list_tags(HELLO)


def test_list_with_a_limit_ends_there() -> None:
    numbers = count()
    with connect(lambda _: page(f"?last={next(numbers)}", '"v1"')) as remote:
        assert (remote.list_tags(HELLO, limit=3).more, next(numbers)) == (True, 3)


RETRY_AFTER = [
    ("7", 7),
    ("0", 0),
    ("-5", 0),
    ("1000000000", MAX_RETRY_AFTER_SECONDS),
    ("9" * 400, MAX_RETRY_AFTER_SECONDS),
    ("soon", 0),
    ("nan", 0),
    ("inf", 0),
    ("1e9", 0),
    ("Wed, 21 Oct 2026 07:28:30 GMT", 30),
    ("Wed, 21 Oct 2026 07:27:30 GMT", 0),
    ("Wed, 21 Oct 9999 07:28:00 GMT", MAX_RETRY_AFTER_SECONDS),
    ("Wed, 99 Oct 2026 07:28:00 GMT", 0),
]


@pytest.mark.parametrize(("text", "seconds"), RETRY_AFTER)
def test_time_to_wait_is_capped(text: str, seconds: int) -> None:
    date = "Date: Wed, 21 Oct 2026 07:28:00 GMT"
    script = partial(whole, 429, b"", f"Retry-After: {text}", date)
    with connect(lambda _: script()) as remote, pytest.raises(TooManyRequests) as refused:
        remote.list_tags(HELLO)
    assert refused.value.facts["retry_after"] == seconds


@pytest.mark.parametrize("deadline", [0, -1, float("inf"), float("nan")])
def test_deadline_must_be_above_0(deadline: float) -> None:
    with pytest.raises(ValueError, match="deadline: expected a number of seconds above 0"):
        RemoteRegistry("http://localhost", deadline=deadline)


@pytest.mark.parametrize("deadline", [None, "5", True])
def test_deadline_must_be_a_number(deadline: float) -> None:
    with pytest.raises(TypeError, match="deadline: expected float, found "):
        RemoteRegistry("http://localhost", deadline=deadline)


def test_each_error_is_of_one_kind() -> None:
    kinds = (ResponseTooLarge, EncodingRefused, EndlessList, DeadlineExceeded)
    assert all(issubclass(kind, BoundExceeded) for kind in kinds)
    assert issubclass(DeadlineExceeded, TimeoutError)
    assert MAX_PAGE_BYTES > MAX_MANIFEST_BYTES


HOSTILE = json.dumps({"errors": [{"code": "DENIED\x1b[1m", "message": "\x1b[2Jgone\r\nforged\u202e\x9b"}]}).encode()


@pytest.mark.parametrize("operation", [READS["tags"], CHANGES["push"], read_blob])
def test_words_of_the_registry_are_shown_escaped(operation: Operation) -> None:
    with connect(lambda _: whole(403, HOSTILE, JSON)) as remote, pytest.raises(RegistryError) as refused:
        operation(remote)
    assert "\\x1b[2Jgone\\r\\nforged\\u202e\\x9b" in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"name":"a","tags":["v\\u001b[2J"]}', ()),
        (b'{"name":"a\\u202e","tags":[]}', ()),
        (b'{"name":"a","tags":[]}', ('Link: <http://other/\x1b[2J>; rel="next"',)),
        (b'{"name":"a","tags":[]', ()),
    ],
)
def test_malformed_answer_is_shown_escaped(body: bytes, fields: tuple[str, ...]) -> None:
    with connect(lambda _: whole(200, body, JSON, *fields)) as remote, pytest.raises(ValueError) as raised:  # noqa: PT011
        remote.list_tags(HELLO)
    assert str(raised.value).isprintable()
