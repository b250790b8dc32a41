"""The pipeline of both content clients: azure-core's policies in order, and its requests and responses.

The drivers and the policies that log in are in `driver` and `aio_driver`.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline import PipelineRequest, policies
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest

from fake_registry.arguments import check_type, kind_of
from fake_registry.client.access import AccessPolicy, Credentials, parse_realm_hosts
from fake_registry.client.deadline import Deadline
from fake_registry.client.login import Ask, Keyring
from fake_registry.version import DISTRIBUTION, package_version
from fake_registry.wire.messages import CallRequest, CallResponse
from fake_registry.wire.origins import Origin, origin_of
from pytest_acr.content.client_options import check_client_options
from pytest_acr.content.commands import Send
from pytest_acr.content.waiting import DEADLINE_OPTION

DEFAULT_AUDIENCE: Final = "https://containerregistry.azure.net"

DEFAULT_API_VERSION: Final = "2021-07-01"

LARGE_BYTES: Final = 512 * 1024
"""The size from which a body is sent as a file.

aiohttp sends bytes in one piece, while the event loop waits, and warns of that from 1 MiB on.
"""

SCOPE_OPTION: Final = "registry_scope"
"""The pipeline option with the scope that a request needs."""

BLOCK_BYTES: Final = 256 * 1024
"""How much a default transport reads at a time. With azure-core's 4 KiB, a download takes four times as long."""

TRANSPORT_DEFAULTS: Final[Mapping[str, Any]] = {"connection_data_block_size": BLOCK_BYTES}
"""Options of a default transport. Any: as below."""

_TRACING_HEADERS: Final = ("User-Agent", "x-ms-client-request-id")


def keyring_of(
    registry: Origin,
    credential: object,
    *,
    audience: str,
    api_version: str,
    realm_hosts: Iterable[str],
) -> Keyring:
    """Return the keyring of a client with this credential. TypeError for an argument of another type."""
    check_type("audience", audience, str)
    check_type("api_version", api_version, str)
    policy = AccessPolicy(
        registry=registry,
        credentials=_credentials_of(credential, audience),
        realm_hosts=parse_realm_hosts(realm_hosts),
    )
    return Keyring(policy, api_version=api_version)


def _credentials_of(credential: object, audience: str) -> Credentials:
    if credential is None:
        return Credentials()
    if isinstance(credential, AzureNamedKeyCredential):
        user = credential.named_key
        return Credentials(username=user.name, password=user.key)
    if isinstance(credential, type) or not hasattr(credential, "get_token"):
        expected = "a token credential, AzureNamedKeyCredential or None"
        raise TypeError(f"credential: expected {expected}, found {kind_of(credential)}")
    return Credentials(audience=audience)


class Reread(io.BytesIO):
    """A body that stays open: aiohttp closes a body that it has sent, and azure-core may retry it."""

    def close(self) -> None:
        """Keep the bytes; they are freed with this object."""


class CheckTarget(SansIOHTTPPolicy[Any, Any]):
    """Refuses a redirect to a URL with user info, to a malformed one, and to http unless allowed.

    HTTP clients send user info as an Authorization. The policy stands above the retries, which
    would not help.
    """

    def __init__(self, *, enforce_https: bool) -> None:
        self._enforce_https = enforce_https

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raise ServiceRequestError for a URL that is refused; its text is not repeated."""
        origin = origin_of(request.http_request.url)
        if origin is None:
            expected = "an http or https URL without user info"
            raise ServiceRequestError(f"redirect: expected {expected}, found another one")

        if self._enforce_https and origin.scheme != "https":
            remedy = "enforce_https=False allows it"
            raise ServiceRequestError(f"expected https, found a redirect to http; {remedy}")


# Any, here and below: azure-core's sync and async classes have no common base, and its options are
# of many types
def pipeline_options(
    login: Any,
    redirect: type[Any],
    retry: Callable[..., Any],
    answer: Any,
    *,
    enforce_https: bool,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the options of a pipeline client: the caller's, defaults for the transport, policies.

    TypeError for an option that azure-core does not know.
    """
    check_client_options(options)
    complete: dict[str, Any] = {**TRANSPORT_DEFAULTS, **options}
    chain = _policies(login, redirect, retry, answer, enforce_https=enforce_https, options=complete)
    return {"policies": chain, **complete}


def _policies(
    login: Any,
    redirect: type[Any],
    retry: Callable[..., Any],
    answer: Any,
    *,
    enforce_https: bool,
    options: Mapping[str, Any],
) -> list[Any]:
    """Return the policies in order. `options` may have another one of azure-core's, by its name.

    The network trace does not redact: it stands before the login and logs no token.
    """

    def policy_of(name: str, default: Callable[..., Any]) -> Any:
        return options.get(name) or default(**options)

    user_agent = options.get("user_agent_policy")
    moniker = f"{DISTRIBUTION}/{package_version()}"
    return [
        policy_of("request_id_policy", policies.RequestIdPolicy),
        policy_of("headers_policy", policies.HeadersPolicy),
        user_agent or policies.UserAgentPolicy(sdk_moniker=moniker, **options),
        policy_of("proxy_policy", policies.ProxyPolicy),
        policy_of("redirect_policy", redirect),
        CheckTarget(enforce_https=enforce_https),
        policy_of("retry_policy", retry),
        policy_of("logging_policy", policies.NetworkTraceLoggingPolicy),
        options.get("authentication_policy") or login,
        policy_of("custom_hook_policy", policies.CustomHookPolicy),
        policies.DistributedTracingPolicy(**options),
        policies.SensitiveHeaderCleanupPolicy(**options),
        policy_of("http_logging_policy", policies.HttpLoggingPolicy),
        answer,
    ]


def send_options(command: Send, deadline: Deadline) -> dict[str, Any]:
    """Return the options of a single request."""
    options: dict[str, Any] = {SCOPE_OPTION: command.call.scope, DEADLINE_OPTION: deadline}
    if command.call.method not in ("GET", "HEAD"):
        options["permit_redirects"] = False  # an upload is not sent to another host
    if command.once:
        options["retry_total"] = 0
    return options


def http_request(
    call: CallRequest,
    registry: str,
    *,
    large_body: type[io.BytesIO] | None = None,
) -> HttpRequest:
    """Return a call as a request of azure-core; `large_body` wraps a body of more than `LARGE_BYTES`."""
    content: Any = call.body if call.method in ("POST", "PUT", "PATCH") else None
    if large_body is not None and len(call.body) > LARGE_BYTES:
        content = large_body(call.body)

    # compressed content has another length and digest, and may be small where it comes from
    headers = {**call.headers, "Accept-Encoding": "identity"}
    return HttpRequest(call.method, call.url(registry), headers=headers, content=content)


def login_request(ask: Ask, keyring: Keyring, cause: HttpRequest) -> HttpRequest:
    """Return a request to the token service, with the tracing headers of the request that needs it.

    The policies that set these headers stand above the login.
    """
    request = http_request(ask.call, str(keyring.policy.registry))
    for name in _TRACING_HEADERS:
        if name in cause.headers:
            request.headers[name] = cause.headers[name]

    if ask.authorization is not None:
        request.headers["Authorization"] = ask.authorization
    return request


def scope_of(request: PipelineRequest[Any]) -> str:
    """Return the scope that a request needs. Retries find it in the context, which keeps it."""
    context = request.context
    scope: str = context.setdefault(SCOPE_OPTION, context.options.pop(SCOPE_OPTION, ""))
    return scope


@contextmanager
def stream_answers(request: PipelineRequest[Any]) -> Iterator[None]:
    """Send the requests in a block as streamed ones, so that their answers are not read."""
    options = request.context.options
    before = options.get("stream", False)
    options["stream"] = True
    try:
        yield
    finally:
        options["stream"] = before


@contextmanager
def attach_authorization(request: PipelineRequest[Any], authorization: str | None) -> Iterator[None]:
    """Put an Authorization on a request while it is sent: no redirect, log or error finds it there."""
    headers = request.http_request.headers
    before = headers.get("Authorization")
    if authorization is not None:
        headers["Authorization"] = authorization

    try:
        yield
    finally:
        headers.pop("Authorization", None)
        if before is not None:
            headers["Authorization"] = before


def answer_of(response: Any, *, body: bytes = b"") -> CallResponse:
    """Return a response of azure-core as `fake_registry.wire` reads it."""
    return CallResponse(
        status=response.status_code,
        url=str(response.request.url),
        headers=response.headers,
        body=body,
    )
