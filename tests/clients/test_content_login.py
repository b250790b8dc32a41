"""The content client, sync and async: its login, and the hosts that receive its credentials."""

import asyncio
import json
import logging

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
)
from azure.core.pipeline import PipelineRequest
from azure.core.rest import HttpRequest

from fake_registry import FakeRegistry, Fault, ManualClock, Refuse
from fake_registry.http.faults import Effect
from pytest_acr import Connection, ContainerRegistryContentClient
from tests.clients.content import Alter, SendChallenge, exchanges_at, image
from tests.support.clients import HELLO, NewContentClient, every_transport, with_tls

LOGIN = ["oauth.exchange", "oauth.token"]
VISIT = "authentication required, visit https://aka.ms/acr/authorization for more information."


def endpoints_of(acr: FakeRegistry) -> list[str | None]:
    return [exchange.endpoint for exchange in acr.requests]


@with_tls
def test_push_and_pull_need_one_exchange_and_a_token_each(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    """Access tokens are kept by scope, and the refresh token for all of them."""
    content_client.set_manifest(image(content_client), tag="v1")
    content_client.get_manifest("v1")
    assert [len(exchanges_at(acr, name)) for name in LOGIN] == [1, 2]
    assert [one.endpoint for one in acr.requests.where(status=401)] == ["upload.start"]
    assert [one.query for one in acr.requests.where(endpoint="oauth.*")] == ["api-version=2021-07-01"] * 3


def test_api_version_is_sent_to_the_token_service(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    new_content_client(HELLO, api_version="2019-08-15-preview").upload_blob(b"x")
    assert {one.query for one in acr.requests.where(endpoint="oauth.*")} == {"api-version=2019-08-15-preview"}


def test_token_for_another_audience_is_refused(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    """acr-behaviour 15.3: a public registry refuses the token of a sovereign cloud."""
    new_content_client(HELLO, audience="https://management.azure.com").upload_blob(b"x")
    expected = f"POST of repository {HELLO}: status 401, UNAUTHORIZED: token validation failed"
    with pytest.raises(ClientAuthenticationError, match=expected):
        new_content_client(HELLO, audience="https://management.usgovcloudapi.net").upload_blob(b"x")


def test_expired_tokens_are_replaced(
    acr: FakeRegistry, acr_clock: ManualClock, content_client: ContainerRegistryContentClient
) -> None:
    """Only the clock of the registry advances: it refuses tokens that the client regards as fresh."""
    content_client.upload_blob(b"one")
    acr_clock.advance(12_000)  # refresh and access token both
    content_client.upload_blob(b"two")
    assert len(exchanges_at(acr, "oauth.exchange")) == 2
    assert len(acr.requests.where(endpoint="upload.start", status=401)) == 2


def test_token_without_the_scope_is_replaced_once(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    """`insufficient_scope`: the challenge names a wider scope than the client requested."""
    content_client.upload_blob(b"one")
    challenge = 'Bearer realm="https://fake.azurecr.io/oauth2/token",service="fake.azurecr.io",'
    wider = f'{challenge}scope="repository:{HELLO}:delete,pull,push",error="insufficient_scope"'
    acr.forget_requests()
    acr.faults.add(Fault("upload.start", Alter({"Www-Authenticate": wider}, status=401), times=1))
    content_client.upload_blob(b"two")
    assert endpoints_of(acr) == ["upload.start", "oauth.token", "upload.start", "upload.finish"]
    assert exchanges_at(acr, "oauth.token")[0].status == 200


def test_refused_caller_sends_two_requests(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.grant("somebody else", "Owner")
    expected = f"GET of repository {HELLO}, tag v1: status 401, UNAUTHORIZED: {VISIT} CorrelationId: "
    with pytest.raises(ClientAuthenticationError, match=expected):
        content_client.get_manifest("v1")
    assert endpoints_of(acr) == ["manifest.get", "oauth.exchange"]


def test_repeated_401_ends_the_login(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> None:
    content_client.upload_blob(b"one")
    acr.forget_requests()
    acr.faults.add(Fault("upload.start", Refuse(401)))
    with pytest.raises(ClientAuthenticationError):
        content_client.upload_blob(b"two")
    assert endpoints_of(acr) == ["upload.start"], "without a challenge there is nothing to try"


@pytest.mark.acr(auth="anonymous-pull")
@pytest.mark.acr_image(f"{HELLO}:v1")
def test_anonymous_caller_can_pull_but_not_push(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    client = new_content_client(HELLO, credential=None)
    assert client.get_manifest("v1").manifest is not None
    with pytest.raises(ClientAuthenticationError):
        client.upload_blob(b"x")
    assert not exchanges_at(acr, "oauth.exchange")


@pytest.mark.acr(auth="off", profile="oci")
def test_registry_without_login_receives_no_token(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    content_client.upload_blob(b"x")
    acr.requests.assert_none(endpoint="oauth.*")


@pytest.mark.parametrize(
    "challenge",
    [
        'Bearer realm="https://evil.example/token",service="fake.azurecr.io"',
        'Bearer realm="http://fake.azurecr.io/oauth2/token",service="fake.azurecr.io"',
        'Bearer realm="https://evil.example\\\\@fake.azurecr.io/token",service="fake.azurecr.io"',
        'Bearer realm="https://fake.azurecr.io@evil.example/token",service="fake.azurecr.io"',
        'Bearer realm="https://[bad/token",service="fake.azurecr.io"',
        'Bearer realm="https://fake.azurecr.io:99999/token",service="fake.azurecr.io"',
    ],
)
def test_foreign_realm_receives_no_token(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, challenge: str
) -> None:
    acr.faults.add(Fault("upload.start", SendChallenge(challenge)))
    expected = f"POST of repository {HELLO}: login: expected a realm at https://fake.azurecr.io, found the realm "
    with pytest.raises(ClientAuthenticationError, match=expected):
        content_client.upload_blob(b"x")
    assert endpoints_of(acr) == ["upload.start"]


@pytest.mark.parametrize("challenge", ['Basic realm="Azure Container Registry"', "", "Bearer realm="])
def test_challenge_without_a_fitting_credential_leaves_the_401(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, challenge: str
) -> None:
    acr.faults.add(Fault("upload.start", SendChallenge(challenge)))
    with pytest.raises(ClientAuthenticationError, match="status 401"):
        content_client.upload_blob(b"x")
    assert endpoints_of(acr) == ["upload.start"]


def test_redirect_of_the_token_service_fails_the_login(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    """If it were followed, its answer would be taken for that of the request."""
    acr.faults.add(Fault("oauth.token", Alter({"Location": "https://fake.azurecr.io/v2/"}, status=307)))
    with pytest.raises(ClientAuthenticationError, match="expected an access token, found status 307"):
        content_client.get_manifest("v1")
    assert endpoints_of(acr) == ["manifest.get", "oauth.exchange", "oauth.token"]


@pytest.mark.parametrize("token", ["caf\u00e9", "a\r\nX-Evil: 1", "a b\tc"])
def test_token_with_other_characters_than_visible_ascii_fails_the_login(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, token: str
) -> None:
    acr.faults.add(Fault("oauth.token", Alter({}, body=json.dumps({"access_token": token}).encode())))
    with pytest.raises(ClientAuthenticationError, match="visible ASCII"):
        content_client.upload_blob(b"x")


@pytest.mark.parametrize(
    ("endpoint", "effect"),
    [
        ("oauth.exchange", Alter({}, body=b"not JSON")),
        ("oauth.exchange", Alter({}, body=b'{"refresh_token": 5}')),
        ("oauth.token", Alter({}, body=b"{}")),
        ("oauth.token", Alter({}, body=b"[]")),
        ("oauth.token", Refuse(403)),
        ("oauth.exchange", Refuse(400)),
    ],
)
def test_failure_of_the_token_service_is_not_retried(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, endpoint: str, effect: Effect
) -> None:
    acr.faults.add(Fault(endpoint, effect))
    with pytest.raises(Exception, match=f"POST of repository {HELLO}: ") as raised:
        content_client.upload_blob(b"x")
    status = effect.status if isinstance(effect, Refuse) else None
    assert getattr(raised.value, "status_code", None) == status
    assert status or isinstance(raised.value, ClientAuthenticationError)
    assert len(exchanges_at(acr, endpoint)) == 1, "no retries"


def test_throttled_token_service_is_retried_three_times(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    """azure-sdk-quirks: retries of the official client multiply to 16 exchanges per call."""
    throttled = acr.faults.add(Fault("oauth.exchange", Refuse(429, retry_after=5)))
    with pytest.raises(Exception, match="status 429"):
        content_client.upload_blob(b"x")
    assert throttled.hits == 4


@pytest.mark.parametrize("origin", ["https://evil.example", "http://fake.azurecr.io", "https://fake.azurecr.io:444"])
def test_redirect_to_another_origin_carries_no_token(
    acr: FakeRegistry, new_content_client: NewContentClient, origin: str
) -> None:
    tokens: list[tuple[str, bool]] = []

    def look(request: PipelineRequest[HttpRequest]) -> None:
        tokens.append((request.http_request.url, "Authorization" in request.http_request.headers))

    client = new_content_client(HELLO, raw_request_hook=look, enforce_https=False)
    digest = client.upload_blob(b"x").digest
    acr.faults.add(Fault("blob.get", Alter({"Location": f"{origin}/v2/blob"})))
    tokens.clear()
    with pytest.raises(AzureError):
        client.download_blob_content(digest)
    assert (f"https://fake.azurecr.io/v2/{HELLO}/blobs/{digest}", True) in tokens
    assert {has for url, has in tokens if url.startswith(f"{origin}/")} == {False}


def test_redirect_to_http_is_refused_unless_allowed(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    digest = content_client.upload_blob(b"x").digest
    acr.faults.add(Fault("blob.get", Alter({"Location": "http://fake.blob.core.windows.net/x"})))
    with pytest.raises(ServiceRequestError, match="expected https, found a redirect to http; enforce_https=False"):
        content_client.download_blob_content(digest)


@pytest.mark.parametrize("enforce_https", [True, False])
@pytest.mark.parametrize(
    "target",
    ["https://x:secret@other.example/", "https://x@other.example/", "http://x:secret@other.example/", "https://a b/"],
)
def test_redirect_to_a_url_with_user_info_is_refused(
    acr: FakeRegistry,
    new_content_client: NewContentClient,
    target: str,
    *,
    enforce_https: bool,
) -> None:
    """HTTP clients would send the user info to the other host as an Authorization."""
    client = new_content_client(HELLO, enforce_https=enforce_https)
    digest = client.upload_blob(b"x").digest
    acr.faults.add(Fault("blob.get", Alter({"Location": target})))

    with pytest.raises(ServiceRequestError, match="expected an http or https URL without") as raised:
        client.download_blob_content(digest)
    assert "secret" not in str(raised.value)


def test_logs_hold_no_token(
    acr: FakeRegistry, new_content_client: NewContentClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even those of the network trace, which azure-core does not redact, after a retry or a redirect."""
    caplog.set_level(logging.DEBUG)
    client = new_content_client(HELLO, logging_enable=True)
    acr.faults.add(Fault("upload.finish", Refuse(503), times=1))
    digest = client.upload_blob(b"x").digest
    client.download_blob_content(digest)
    text = caplog.text
    assert "Request URL: 'https://fake.azurecr.io/v2/samples/hello/blobs/uploads/'" in text
    assert "'Authorization': 'REDACTED'" in text
    assert "eyJ" not in text, "a JWT"


def test_errors_hold_no_token(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> None:
    content_client.upload_blob(b"x")
    with pytest.raises(Exception, match="404") as raised:
        content_client.get_manifest("v1")
    response = raised.value.response  # type: ignore[attr-defined]  # HttpResponseError's
    assert "Authorization" not in response.request.headers
    assert "eyJ" not in json.dumps(dict(response.request.headers))


def test_concurrent_uploads_log_in(acr: FakeRegistry, connection: Connection) -> None:
    async def upload_all() -> set[str]:
        client = connection.aio_content_client(HELLO)
        results = await asyncio.gather(*(client.upload_blob(b"%d" % number) for number in range(8)))
        return {result.digest for result in results}

    assert len(asyncio.run(upload_all())) == 8
    acr.requests.assert_count(8, endpoint="upload.finish", status=201)


ENDPOINTS: list[tuple[object, type[Exception], str]] = [
    ("http://127.0.0.1:5000", ValueError, "enforce_https=False"),
    (
        "https://fake.azurecr.io/v2/",
        ValueError,
        "endpoint: expected a registry's URL such as .*, found the path '/v2/'",
    ),
    (None, TypeError, "found NoneType"),
]


@pytest.mark.parametrize(("endpoint", "error", "message"), ENDPOINTS)
def test_invalid_endpoint_is_refused(endpoint: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ContainerRegistryContentClient(endpoint, HELLO)  # type: ignore[arg-type]  # any kind


@pytest.mark.parametrize("endpoint", ["fake.azurecr.io", "https://fake.azurecr.io/", "HTTPS://fake.azurecr.io"])
def test_endpoint_is_a_url_or_a_host(connection: Connection, endpoint: str) -> None:
    with ContainerRegistryContentClient(
        endpoint, HELLO, connection.credential, transport=connection.transport
    ) as client:
        assert client.upload_blob(b"x").size_in_bytes == 1


def test_http_endpoint_can_be_allowed() -> None:
    ContainerRegistryContentClient("http://127.0.0.1:5000", HELLO, enforce_https=False).close()


def test_malformed_repository_is_refused(new_content_client: NewContentClient) -> None:
    attempts: list[tuple[object, type[Exception]]] = [("Upper", ValueError), ("", ValueError), (None, TypeError)]
    for name, error in attempts:
        with pytest.raises(error, match="repository: "):
            new_content_client(name)


@pytest.mark.acr(admin_user="me", admin_password="secret")
def test_user_logs_in_with_name_and_password(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    """ACR's admin user, and a repository-scoped token with its scope map (Token-BasicAuth)."""
    acr.add_token("reader", {"samples/*": ["content/read"]}, password="pass")
    admin = new_content_client(HELLO, credential=AzureNamedKeyCredential("me", "secret"))
    digest = admin.upload_blob(b"x").digest
    reader = new_content_client(HELLO, credential=AzureNamedKeyCredential("reader", "pass"))
    assert reader.download_blob_content(digest).content == b"x"
    with pytest.raises(ClientAuthenticationError):
        reader.upload_blob(b"y")
    wrong = new_content_client(HELLO, credential=AzureNamedKeyCredential("me", "wrong"))
    with pytest.raises(ClientAuthenticationError) as refused:
        wrong.upload_blob(b"x")
    acr.requests.assert_none(endpoint="oauth.exchange")

    # the body is plain text by its type and JSON by its content (acr-behaviour 3.4)
    correlation_id = acr.requests[-1].response_header("X-Ms-Correlation-Request-Id")
    assert f"UNAUTHORIZED: {VISIT} CorrelationId: {correlation_id}" in str(refused.value)


@every_transport
def test_password_that_is_too_long_for_a_header_is_refused(
    acr: FakeRegistry,
    new_content_client: NewContentClient,
) -> None:
    """acr-behaviour 2.3: in memory and over a socket alike (Azure/acr#797)."""
    user = AzureNamedKeyCredential("00000000-0000-0000-0000-000000000000", "x" * 6_090)
    client = new_content_client(HELLO, credential=user)

    with pytest.raises(HttpResponseError, match="status 400") as refused:
        client.upload_blob(b"x")

    assert refused.value.response is not None
    assert "Request Header Or Cookie Too Large" in refused.value.response.text()
    assert [one.status for one in acr.requests] == [401, 400]


def test_refused_password_is_not_sent_again(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    """After the first challenge it is sent with each request."""
    acr.faults.add(Fault("upload.*", SendChallenge('Basic realm="x"'), times=1))
    seen: list[str | None] = []

    def look(request: PipelineRequest[HttpRequest]) -> None:
        seen.append(request.http_request.headers.get("Authorization"))

    user = AzureNamedKeyCredential("me", "secret")
    client = new_content_client(HELLO, credential=user, raw_request_hook=look)
    with pytest.raises(ClientAuthenticationError):
        client.upload_blob(b"x")
    with pytest.raises(ClientAuthenticationError):
        client.upload_blob(b"x")
    assert seen == [None, "Basic bWU6c2VjcmV0", "Basic bWU6c2VjcmV0"]


def test_other_kind_of_credential_is_refused(new_content_client: NewContentClient) -> None:
    with pytest.raises(TypeError, match="credential: expected a token credential, AzureNamedKeyCredential or None"):
        new_content_client(HELLO, credential="secret")
