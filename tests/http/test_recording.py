"""What a registry records of each request: its fields, its bounds, its order."""

import pytest

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.http.faults import Disconnect, Fault, Refuse
from fake_registry.journal.exchange import Exchange
from fake_registry.wsgi import ConnectionDropped
from tests.support.effects import SetHeaders
from tests.support.effort import repeated, rounds
from tests.support.http import (
    HOST,
    IMAGE,
    LAYER,
    LAYER_DIGEST,
    START_NS,
    STORAGE_HOST,
    begin,
    follow,
    put_blob,
    put_manifest,
    registry_of,
    send,
)
from tests.support.logins import basic, bearer, entra_token, log_in, post_form, token_for
from tests.support.threads import run_together

TAGS = "/v2/samples/hello/tags/list"
UPLOADS = "/v2/samples/hello/blobs/uploads/"

THREADS = 8
REQUESTS = 10
ROUNDS = rounds(20)


def _login_registry() -> FakeRegistry:
    return registry_of(auth="token", admin_user="fake", admin_password="pass:word")


def test_exchange_has_all_fields(azure: FakeRegistry) -> None:
    found = send(azure, "PUT", "/v2/samples/hello/manifests/v1?x=1", b"nonsense", {"Content-Type": "text/plain"})

    assert azure.requests[0] == Exchange(
        number=0,
        time=START_NS + 1_000,
        method="PUT",
        scheme="https",
        host=HOST,
        path="/v2/samples/hello/manifests/v1",
        query="x=1",
        endpoint="manifest.put",
        repository="samples/hello",
        reference="v1",
        status=400,
        errors=("MANIFEST_INVALID",),
        failure="expected the media type of a manifest, found text/plain",
        principal="",
        faults=(),
        request_bytes=0,
        response_bytes=len(found.body),
        request_headers=(("Host", HOST), ("Content-Length", "8"), ("Content-Type", "text/plain")),
        response_headers=(
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Length", str(len(found.body))),
            ("Docker-Distribution-Api-Version", "registry/2.0"),
        ),
    )


def test_exchange_counts_request_and_response_bytes(azure: FakeRegistry) -> None:
    location = begin(azure, "samples/hello", LAYER)
    send(azure, "PUT", f"{location}&digest={LAYER_DIGEST}", b"")
    follow(azure, send(azure, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}"))
    send(azure, "GET", begin(azure, "samples/hello"))

    chunk, status = azure.requests.one(endpoint="upload.chunk"), azure.requests.one(endpoint="upload.status")
    assert (chunk.request_bytes, chunk.response_bytes) == (16, 0)
    assert azure.requests.one(endpoint="storage.blob").response_bytes == 16
    assert status.response_bytes is None


@pytest.mark.parametrize(
    ("method", "target", "endpoint", "repository", "reference"),
    [
        ("GET", "/v2/", "base", None, None),
        ("GET", TAGS, "tags.list", "samples/hello", None),
        ("HEAD", f"/v2/a/blobs/{LAYER_DIGEST}", "blob.head", "a", LAYER_DIGEST),
        ("DELETE", "/acr/v1/a/_tags/v1", "acr.tag.delete", "a", "v1"),
        ("GET", "/v2/a/blobs/uploads/u", "upload.status", "a", "u"),
        ("GET", "/nowhere", None, None, None),
        ("BREW", "/v2/", None, None, None),
    ],
)
def test_exchange_names_endpoint_repository_and_reference(
    either: FakeRegistry,
    method: str,
    target: str,
    endpoint: str | None,
    repository: str | None,
    reference: str | None,
) -> None:
    send(either, method, target)

    (exchange,) = either.requests
    assert (exchange.method, exchange.path) == (method, target)
    assert (exchange.endpoint, exchange.repository, exchange.reference) == (endpoint, repository, reference)


def test_endpoint_of_an_exchange_is_plain_text(either: FakeRegistry) -> None:
    """It prints as text in a failed assertion, and any serializer accepts it."""
    send(either, "GET", "/v2/")

    (exchange,) = either.requests
    assert (type(exchange.endpoint), repr(exchange.endpoint)) == (str, "'base'")


@pytest.mark.parametrize("value", ["", "abc", "-1", "1.5", "1_0", " 16", "\u0661", "9" * 5000, "?&=%", "%", "\u2603"])
def test_exchange_with_malformed_headers_is_recorded(either: FakeRegistry, value: str) -> None:
    sent = dict.fromkeys(name for name, _ in send(either, "POST", UPLOADS).headers)
    either.faults.add(Fault("upload.start", SetHeaders(dict.fromkeys(sent, value))))

    send(either, "POST", UPLOADS)

    exchange = either.requests[-1]
    assert {"Location", "Content-Length"} < sent.keys()
    assert set(exchange.response_headers) == {(name, value) for name in sent}
    assert (exchange.status, exchange.response_bytes) == (202, None)


class TestOutcomes:
    """Everything that arrived is there, whatever became of it."""

    def test_request_to_an_unknown_path_is_recorded(self, either: FakeRegistry) -> None:
        found = send(either, "GET", "/nowhere?x=1")

        (exchange,) = either.requests
        assert (exchange.status, exchange.errors, exchange.principal) == (404, ("NAME_UNKNOWN",), None)
        assert exchange.response_bytes == len(found.body)

    def test_request_without_a_token_is_recorded(self) -> None:
        registry = _login_registry()
        send(registry, "GET", TAGS)

        (exchange,) = registry.requests
        assert (exchange.status, exchange.errors) == (401, ("UNAUTHORIZED",))
        assert (exchange.failure, exchange.principal) == ("no credentials", None)

    def test_refused_token_is_recorded_with_its_principal(self) -> None:
        registry = _login_registry()
        token = token_for(registry, log_in(registry, oid="alice"), "repository:other:pull")
        send(registry, "GET", TAGS, headers=bearer(token))

        exchange = registry.requests[-1]
        assert (exchange.status, exchange.failure) == (401, "the token is good for repository:other:pull")
        assert exchange.principal == "alice"

    @pytest.mark.parametrize("when", ["door", "before", "after"])
    def test_dropped_connection_is_recorded(self, either: FakeRegistry, when: str) -> None:
        either.faults.add(Fault("base", Disconnect(), when=when))  # type: ignore[arg-type]  # one of the three

        with pytest.raises(ConnectionDropped):
            send(either, "GET", "/v2/")

        (exchange,) = either.requests
        assert (exchange.endpoint, exchange.status, exchange.response_bytes) == ("base", None, None)
        assert (exchange.response_headers, exchange.faults) == ((), ("Disconnect(how='reset')",))

    def test_exchange_names_the_faults_that_struck(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("base", Refuse(message="later", retry_after=3)))

        send(either, "GET", "/v2/")

        (exchange,) = either.requests
        assert (exchange.status, exchange.errors) == (503, ())
        assert exchange.faults == ("Refuse(503, message='later', retry_after=3)",)

    def test_several_missing_blobs_are_several_codes(self, either: FakeRegistry) -> None:
        put_manifest(either, "samples/hello", "v1", IMAGE)

        assert either.requests[0].errors == ("MANIFEST_BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN")


class TestFailures:
    """Why a login or a token was refused, in more words than the wire has."""

    def _failure(self, registry: FakeRegistry, authorization: dict[str, str]) -> str | None:
        send(registry, "GET", TAGS, headers=authorization)
        return registry.requests[-1].failure

    def test_failure_says_why_a_token_was_refused(self) -> None:
        registry = _login_registry()
        refresh = log_in(registry)
        token = token_for(registry, refresh, "repository:samples/hello:pull")

        assert self._failure(registry, bearer("x")) == "access token malformed: expected a signed JWT"
        assert self._failure(registry, bearer(f"{token[:-6]}AAAAAA")) == "access token signature: not this registry's"
        assert self._failure(registry, bearer(refresh)) == (
            "access token wrong kind: expected an access token, found a refresh token"
        )
        assert self._failure(registry, bearer("eyJhbGciOiJub25lIn0.e30.")) == (
            "access token algorithm: expected HS256, found none"
        )
        assert self._failure(registry, bearer(token)) == "the token is good for repository:samples/hello:pull"
        assert self._failure(registry, basic("fake", "wrong")) == "wrong user name or password"
        assert self._failure(registry, {"Authorization": "Basic x"}) == (
            "authorization: expected base64 of user:password"
        )
        assert self._failure(registry, {"Authorization": token}) == "authorization: expected Bearer or Basic"
        registry.clock.wait(5_000)
        failure = self._failure(registry, bearer(token))
        assert failure is not None
        assert failure.startswith("access token expired: 500")

    @pytest.mark.parametrize(
        ("fields", "failure"),
        [
            ({"service": "x"}, f"service: expected {HOST}, found x"),
            ({"access_token": ""}, "access_token: expected an Entra token, found nothing"),
            ({"access_token": "x"}, "Entra token malformed: expected a JWT of 3 parts, found 1"),
        ],
    )  # fmt: skip
    def test_failure_says_why_an_exchange_was_refused(self, fields: dict[str, str], failure: str) -> None:
        registry = _login_registry()
        good = {"grant_type": "access_token", "service": HOST, "access_token": entra_token()}

        post_form(registry, "/oauth2/exchange", **{**good, **fields})

        assert registry.requests[0].failure == failure


class TestBounds:
    """`Settings.max_recorded_requests` and `Settings.max_recorded_bytes`."""

    def test_oldest_exchanges_are_dropped_and_numbers_continue(self) -> None:
        registry = registry_of(max_recorded_requests=3)
        for number in range(5):
            send(registry, "GET", f"/v2/?n={number}")

        assert [(one.number, one.query) for one in registry.requests] == [(2, "n=2"), (3, "n=3"), (4, "n=4")]

    def test_oldest_exchanges_of_limited_bytes_are_dropped(self) -> None:
        registry = registry_of(max_recorded_bytes=100_000)
        for number in range(50):
            send(registry, "GET", f"/v2/?n={number}", headers={"X-Long": "x" * 10_000})

        kept = [one.number for one in registry.requests]
        assert kept == list(range(50 - len(kept), 50))
        assert 5 <= len(kept) < 10
        assert sum(one.kept_bytes for one in registry.requests) <= 100_000

    def test_exchange_larger_than_the_limit_is_not_kept(self) -> None:
        registry = registry_of(max_recorded_bytes=1)
        answer = send(registry, "GET", "/v2/")

        assert (answer.status, len(registry.requests), registry.requests.dropped) == (200, 0, 1)

    def test_reset_clears_the_exchanges(self, azure: FakeRegistry) -> None:
        live = azure.requests
        send(azure, "GET", "/v2/")
        azure.reset()

        assert (len(live), str(live)) == (0, "(no exchanges)")
        send(azure, "GET", "/v2/")
        assert live[0].number == 0


@repeated
def test_threads_leave_their_exchanges_in_order(azure: FakeRegistry) -> None:
    for _ in range(ROUNDS):
        azure.forget_requests()
        run_together(lambda: [send(azure, "GET", "/v2/") for _ in range(REQUESTS)], threads=THREADS)
        assert [one.number for one in azure.requests] == list(range(THREADS * REQUESTS))


def test_listener_receives_each_exchange() -> None:
    heard: list[Exchange] = []
    registry = FakeRegistry(Settings(auth="off"), clock=ManualClock(START_NS), on_exchange=heard.append)

    send(registry, "GET", "/v2/")
    send(registry, "GET", "/nowhere")

    assert heard == list(registry.requests)
    assert [one.status for one in heard] == [200, 404]


def test_exchange_has_the_requested_host(azure: FakeRegistry) -> None:
    put_blob(azure, "samples/hello", LAYER)
    follow(azure, send(azure, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}"))

    assert [one.host for one in azure.requests] == [HOST, HOST, STORAGE_HOST]
    assert sorted(azure.hosts) == [HOST, STORAGE_HOST]
