"""The content clients, sync and async, at registries that send too much, too slowly or without an end.

Over their default transports, and the async one over that of `connect` as well.
"""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any, Final

import pytest
import trio
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceResponseError,
)

from fake_registry import (
    DeadlineExceeded,
    EncodingRefused,
    ResponseTooLarge,
    RetryAfterTooLong,
    SystemClock,
)
from fake_registry.client.bounds import MAX_ERROR_BYTES, MAX_MANIFEST_BYTES
from fake_registry.spec.media_types import OCI_MANIFEST
from fake_registry.spec.names import digest_of
from pytest_acr import ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
from pytest_acr.transports.sockets import AioSocketTransport, socket_session
from tests.support.endless import BLOCK, Pieces, Script, dripping, endless, endless_chunks, head, serve_raw, whole
from tests.support.products import cross

HELLO = "samples/hello"
CONTENT = b"content"
DIGEST = digest_of(CONTENT)
MANIFEST = f"Content-Type: {OCI_MANIFEST}"
USER = AzureNamedKeyCredential("me", "secret")

Operation = Callable[[Any], Any]  # Any: a client of either kind, and its result or an awaitable
Run = Callable[..., Any]

READS: dict[str, Operation] = {
    "manifest": lambda client: client.get_manifest("v1"),
    "blob": lambda client: client.download_blob_content(DIGEST),
}
CHANGES: dict[str, Operation] = {
    "push": lambda client: client.set_manifest(b"{}", tag="v1"),
    "upload": lambda client: client.upload_blob(CONTENT),
    "mount": lambda client: client.mount_blob(DIGEST, source="samples/other"),
    "delete": lambda client: client.delete_manifest(DIGEST),
}
EACH = {**READS, **CHANGES}


def run_sync(url: str, operation: Operation, **options: Any) -> Any:  # Any: the constructor's; the result
    with ContainerRegistryContentClient(url, HELLO, enforce_https=False, **{"retry_total": 0, **options}) as client:
        return operation(client)


def run_aio(url: str, operation: Operation, **options: Any) -> Any:  # Any: as above
    async def run() -> Any:
        complete = {"retry_total": 0, **options}
        async with AioContainerRegistryContentClient(url, HELLO, enforce_https=False, **complete) as client:
            result: Awaitable[Any] = operation(client)
            return await result

    return asyncio.run(run())


def run_in_threads(url: str, operation: Operation, **options: Any) -> Any:  # Any: as above
    """Run an operation over the transport of `connect`."""
    with socket_session(None) as session:
        return run_aio(url, operation, transport=AioSocketTransport(session, clock=SystemClock()), **options)


def run_in_trio(url: str, operation: Operation, **options: Any) -> Any:  # Any: as above
    """Run an operation over the transport of `connect`, under trio."""

    async def run() -> Any:
        with socket_session(None) as session:
            transport = AioSocketTransport(session, clock=SystemClock())
            complete = {"retry_total": 0, "transport": transport, **options}
            async with AioContainerRegistryContentClient(url, HELLO, enforce_https=False, **complete) as client:
                return await operation(client)

    return trio.run(run)


RUNS: Final = (run_sync, run_aio, run_in_threads, run_in_trio)


_PARAMS: Final = [
    run_sync,
    run_aio,
    pytest.param(run_in_threads, marks=pytest.mark.exhaustive),
    pytest.param(run_in_trio, marks=pytest.mark.exhaustive),
]


@pytest.fixture(params=_PARAMS)
def run(request: pytest.FixtureRequest) -> Run:
    """Runs an operation of a new client."""
    function: Run = request.param
    return function


@pytest.mark.parametrize("answer", [endless, endless_chunks])
def test_manifest_without_an_end_is_refused(run: Run, answer: Callable[..., Pieces]) -> None:
    expected = f"manifest v1 of {HELLO}: expected at most {MAX_MANIFEST_BYTES} bytes, found more"
    with serve_raw(lambda _: answer(200, MANIFEST)) as url, pytest.raises(ResponseTooLarge, match=expected) as raised:
        run(url, READS["manifest"])
    assert isinstance(raised.value, ServiceResponseError)


@cross({"run": RUNS, "operation": EACH, "status": [400, 500], "answer": [endless, endless_chunks]})
def test_error_without_an_end_is_reported_by_its_status(
    run: Run, operation: Operation, status: int, answer: Callable[..., Pieces]
) -> None:
    with serve_raw(lambda _: answer(status)) as url, pytest.raises(HttpResponseError) as raised:
        run(url, operation)
    assert raised.value.status_code == status
    assert len(raised.value.response.content) <= MAX_ERROR_BYTES  # type: ignore[union-attr]  # it is there


def test_success_without_content_is_not_read_to_its_end(run: Run) -> None:
    with serve_raw(lambda _: endless(202)) as url:
        assert run(url, CHANGES["delete"]) is None


def test_retried_error_without_an_end_is_read_up_to_its_bound(run: Run) -> None:
    numbers = count()

    def script(_: str) -> Pieces:
        return endless(503) if next(numbers) < 2 else whole(200, b"{}", MANIFEST)

    with serve_raw(script) as url:
        assert run(url, READS["manifest"], retry_total=3, retry_backoff_factor=0).content == b"{}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [(gzip.compress(bytes(10_000_000)), "status 403"), (b"no gzip", "status 403"), (b"", "status 403")],
    ids=["bomb", "broken", "empty"],
)
def test_encoded_error_is_reported_by_its_status(run: Run, body: bytes, reason: str) -> None:
    script: Script = lambda _: whole(403, body, "Content-Encoding: gzip")  # noqa: E731
    with serve_raw(script) as url, pytest.raises(HttpResponseError, match=reason) as raised:
        run(url, READS["manifest"])
    assert len(raised.value.response.content) <= MAX_ERROR_BYTES  # type: ignore[union-attr]  # it is there


@cross(
    {
        "run": RUNS,
        "read": READS,
        "encoding": ["gzip", "GZIP", "br", "identity, gzip", "deflate"],
    }
)
def test_encoded_content_is_refused(run: Run, read: Operation, encoding: str) -> None:
    script: Script = lambda _: whole(200, gzip.compress(CONTENT), f"Content-Encoding: {encoding}")  # noqa: E731
    with serve_raw(script) as url, pytest.raises(EncodingRefused, match="Content-Encoding") as raised:
        run(url, read)
    assert isinstance(raised.value, ServiceResponseError)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_with_an_endless_body_is_followed(run: Run, status: int) -> None:
    def script(request: str) -> Pieces:
        return whole(200, CONTENT) if "/elsewhere" in request else endless(status, "Location: /elsewhere")

    with serve_raw(script) as url:
        assert run(url, READS["blob"]).content == CONTENT


def test_redirects_without_an_end_are_refused(run: Run) -> None:
    numbers = count()
    script: Script = lambda _: whole(307, b"", f"Location: /{next(numbers)}")  # noqa: E731
    with serve_raw(script) as url, pytest.raises(AzureError, match="maximum redirect attempts"):
        run(url, READS["blob"])
    assert next(numbers) < 40


# the login


def challenging(urls: list[str], token: Callable[[], Pieces], challenge: Callable[..., Pieces] = endless) -> Script:
    """Return a registry whose token service answers with `token`, and which then has a manifest."""
    asked = count()

    def script(request: str) -> Pieces:
        if "/token" in request:
            return token()
        bearer = f'WWW-Authenticate: Bearer realm="{urls[0]}/token",service="s"'
        return whole(200, b"{}", MANIFEST) if next(asked) else challenge(401, bearer)

    return script


@pytest.mark.parametrize("challenge", [endless, endless_chunks])
def test_challenge_with_an_endless_body_is_answered(run: Run, challenge: Callable[..., Pieces]) -> None:
    urls: list[str] = []
    with serve_raw(challenging(urls, lambda: whole(200, b'{"token":"t"}'), challenge)) as url:
        urls.append(url)
        assert run(url, READS["manifest"], credential=USER).content == b"{}"


PACKED_TOKEN: Final = gzip.compress(b'{"token":"t"}')


@cross(
    {
        "run": RUNS,
        "operation": {"blob": READS["blob"], "push": CHANGES["push"]},
        "token, error": {
            "endless": (lambda: endless(200), ResponseTooLarge),
            "endless chunks": (lambda: endless_chunks(200), ResponseTooLarge),
            "401": (lambda: endless(401), ClientAuthenticationError),
            "500": (lambda: endless(500), HttpResponseError),
            "gzip": (lambda: whole(200, PACKED_TOKEN, "Content-Encoding: gzip"), EncodingRefused),
        },
    }
)
def test_answer_of_the_token_service_is_bounded(
    run: Run, operation: Operation, token: Callable[[], Pieces], error: type[Exception]
) -> None:
    urls: list[str] = []
    with serve_raw(challenging(urls, token)) as url:
        urls.append(url)
        with pytest.raises(error):
            run(url, operation, credential=USER)


# the deadline


@cross({"run": RUNS, "operation": EACH, "retry_total": [0, 5]})
def test_head_byte_by_byte_ends_at_the_deadline(run: Run, operation: Operation, retry_total: int) -> None:
    """Each byte comes in time for azure-core's read timeout. Nothing is sent a second time."""
    requests = []

    def script(request: str) -> Pieces:
        requests.append(request)
        return dripping(b"HTTP/1.1 200 Ok\r\nX-A: ")

    with serve_raw(script, pause=0.02) as url, pytest.raises(DeadlineExceeded, match=r"within 0\.1 s") as raised:
        run(url, operation, deadline=0.1, retry_total=retry_total)
    assert isinstance(raised.value, ServiceResponseError)
    assert len(requests) == 1


START_OF_BODY = head(200, "Content-Length: 3000000", MANIFEST) + b"12345"


@pytest.mark.parametrize(
    ("sent", "deadline", "expected"),
    [
        ([], 0.1, "expected the head of an answer within 0.1 s, found none"),
        (
            [START_OF_BODY],
            0.5,
            "expected each MiB of an answer's body, or its end, within 0.5 s, found 5 bytes of it",
        ),
    ],
    ids=["silence", "five bytes"],
)
def test_deadline_names_what_came(run: Run, sent: list[bytes], deadline: float, expected: str) -> None:
    """The five bytes have to come in time, also on a busy machine."""
    with serve_raw(lambda _: sent) as url, pytest.raises(DeadlineExceeded) as raised:
        run(url, READS["blob"], deadline=deadline)
    assert str(raised.value).endswith(f": {expected}")


@cross({"run": RUNS, "read": READS, "framing": ["Content-Length: 3000000", "Connection: close"]})
def test_body_byte_by_byte_ends_at_the_deadline(run: Run, read: Operation, framing: str) -> None:
    def script(_: str) -> Iterator[bytes]:
        yield head(200, framing, MANIFEST)
        yield from dripping(b"")

    with serve_raw(script, pause=0.02) as url, pytest.raises(DeadlineExceeded, match=r"within 0\.1 s"):
        run(url, read, deadline=0.1)


def test_error_byte_by_byte_ends_at_the_deadline(run: Run) -> None:
    def script(_: str) -> Iterator[bytes]:
        yield head(500, "Content-Length: 1000000")
        yield from dripping(b"")

    with serve_raw(script, pause=0.02) as url, pytest.raises((DeadlineExceeded, HttpResponseError)):
        run(url, READS["manifest"], deadline=0.1)


def test_large_blob_is_downloaded(run: Run) -> None:
    content = BLOCK * 80  # 5 MiB, which is more than a manifest may have
    with serve_raw(lambda _: whole(200, content)) as url:
        found = run(url, lambda client: client.download_blob_content(digest_of(content)))
    assert found.content == content


# Retry-After

DATE = "Date: Wed, 21 Oct 2026 07:28:00 GMT"


@cross(
    {
        "run": RUNS,
        "field": [
            "Retry-After: 1000000000",
            "Retry-After: 3601",
            "Retry-After: " + "9" * 400,
            "Retry-After: Thu, 22 Oct 2026 07:28:00 GMT",
            "Retry-After: Wed, 21 Oct 9999 07:28:00 GMT",
            "Retry-After-Ms: 100000000000",
            "x-ms-retry-after-ms: 100000000000",
        ],
        "status": [429, 503],
    }
)
def test_wait_that_is_too_long_is_an_error(run: Run, field: str, status: int) -> None:
    expected = "expected a Retry-After of at most 3600 s, found one of"
    requests = []

    def script(request: str) -> Pieces:
        requests.append(request)
        return whole(status, b"", field, DATE)

    with serve_raw(script) as url, pytest.raises(RetryAfterTooLong, match=expected) as raised:
        run(url, READS["manifest"], retry_total=3)
    assert isinstance(raised.value, ServiceResponseError)
    assert len(requests) == 1


@cross({"run": RUNS, "text": ["-5", "soon", "nan", "inf", "1e9", "0", "Wed, 99 Oct 2026 07:28:00 GMT"]})
def test_malformed_wait_is_none(run: Run, text: str) -> None:
    numbers = count()

    def script(_: str) -> Pieces:
        first = next(numbers) == 0
        return whole(429, b"", f"Retry-After: {text}", DATE) if first else whole(200, b"{}", MANIFEST)

    with serve_raw(script) as url:
        assert run(url, READS["manifest"], retry_total=3, retry_backoff_factor=0).content == b"{}"


def test_longer_wait_can_be_allowed(run: Run) -> None:
    script: Script = lambda _: whole(429, b"", "Retry-After: 7")  # noqa: E731
    with serve_raw(script) as url, pytest.raises(RetryAfterTooLong, match="max_retry_after=7 allows it"):
        run(url, READS["manifest"], retry_total=3, max_retry_after=6)


# arguments


@pytest.mark.parametrize("name", ["deadline", "max_retry_after"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (float("inf"), ValueError),
        (None, TypeError),
        ("5", TypeError),
        (True, TypeError),
    ],
)
@pytest.mark.parametrize("client", [ContainerRegistryContentClient, AioContainerRegistryContentClient])
def test_times_must_be_numbers_above_0(client: Any, name: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"{name}: expected a number of seconds"):
        client("https://fake.azurecr.io", HELLO, **{name: value})


# words of the registry

HOSTILE = json.dumps({"errors": [{"code": "DENIED\x1b[1m", "message": "\x1b[2Jgone\r\nforged\u202e\x9b"}]}).encode()


@cross(
    {
        "run": RUNS,
        "operation": {"manifest": READS["manifest"], "upload": CHANGES["upload"]},
        "body": {
            "error": HOSTILE,
            "escape": b"\x1b[2Jgone",
            "override": "\u202egone".encode(),
            "no UTF-8": b"\xff\x9b2Jgone",
        },
        "status": [400, 401, 403, 404, 409],
    }
)
def test_words_of_the_registry_are_shown_escaped(run: Run, operation: Operation, body: bytes, status: int) -> None:
    with serve_raw(lambda _: whole(status, body)) as url, pytest.raises(HttpResponseError) as raised:
        run(url, operation)
    assert raised.value.message.isprintable()
    assert all(line.isprintable() for line in str(raised.value).splitlines())


def test_location_of_an_upload_is_shown_escaped(run: Run) -> None:
    script: Script = lambda _: whole(202, b"", "Location: http://other/\x1b[2J")  # noqa: E731
    with serve_raw(script) as url, pytest.raises(ServiceResponseError) as raised:
        run(url, CHANGES["upload"])
    assert str(raised.value).isprintable()
