"""What both content clients' pipelines are made of: azure-core's policies in their order, requests and answers on their
way between `fake_registry.wire` and azure-core, and the errors that callers see."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline import PipelineRequest, policies
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest

from fake_registry.client.access import AccessPolicy, Credentials, LoginFailed, parse_realm_hosts
from fake_registry.client.login import Ask, Keyring
from fake_registry.wire.answers import refusal_of
from fake_registry.wire.messages import CallRequest, CallResponse
from fake_registry.wire.origins import Origin
from pytest_acr.content.commands import Send, UnusableAnswer

DEFAULT_AUDIENCE: Final = "https://containerregistry.azure.net"
_QUERY: Final = re.compile(r"\?[^\s'\"<>()]+")

DEFAULT_API_VERSION: Final = "2021-07-01"

LARGE_BYTES: Final = 512 * 1024
"""From 1 MiB on aiohttp warns of bytes, which it sends in one piece while the event loop waits."""

SCOPE_OPTION: Final = "registry_scope"
"""The pipeline option in which a request tells the login what it needs a token for."""

BLOCK_BYTES: Final = 256 * 1024
"""How much a transport that is made here reads at a time; azure-core's 4 KiB make a download four times as slow."""


def keyring_of(
    registry: Origin, credential: object, *, audience: str, api_version: str, realm_hosts: Iterable[str]
) -> Keyring:
    """Return the tokens of a client that logs in with `credential`. TypeError for another kind of credential."""
    credentials = _credentials_of(credential, audience)
    policy = AccessPolicy(registry=registry, credentials=credentials, realm_hosts=parse_realm_hosts(realm_hosts))
    return Keyring(policy, api_version=api_version)


def _credentials_of(credential: object, audience: str) -> Credentials:
    if credential is None:
        return Credentials()
    if isinstance(credential, AzureNamedKeyCredential):
        return Credentials(username=credential.named_key.name, password=credential.named_key.key)
    if not hasattr(credential, "get_token"):
        expected = "a token credential, AzureNamedKeyCredential or None"
        raise TypeError(f"credential: expected {expected}, found {type(credential).__name__}")
    return Credentials(audience=audience)


class Reread(io.BytesIO):
    """A body that stays open when it was sent, for azure-core to send once more: aiohttp closes what it has read."""

    def close(self) -> None:
        """Memory alone is held, and let go of with this."""


class RequireHttps(SansIOHTTPPolicy[Any, Any]):
    """Lets nothing but https through, wherever a redirect leads. Above the retries: trying again would not help."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raise ServiceRequestError for a URL that is not https."""
        url = request.http_request.url
        if not url.lower().startswith("https://"):
            scheme = url.partition(":")[0]
            raise ServiceRequestError(f"expected https, found a redirect to {scheme}; enforce_https=False allows it")


# Any, here and below: azure-core's sync and async classes have no common base, and its options are of many types
def pipeline_options(
    login: Any, redirect: type[Any], retry: type[Any], *, enforce_https: bool, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what makes a pipeline: `options`, what its transport wants unless they say otherwise, and its policies."""
    given: dict[str, Any] = {"connection_data_block_size": BLOCK_BYTES, **options}
    return {"policies": _policies(login, redirect, retry, enforce_https=enforce_https, options=given), **given}


def _policies(
    login: Any, redirect: type[Any], retry: type[Any], *, enforce_https: bool, options: Mapping[str, Any]
) -> list[Any]:
    """Return the policies of a pipeline in their order. Each of azure-core's may be given in `options`, by its name.

    The network trace, which does not redact, stands before the login: it sees no token.
    """

    def given(name: str, otherwise: type[Any]) -> Any:
        return options.get(name) or otherwise(**options)

    return [
        given("request_id_policy", policies.RequestIdPolicy),
        given("headers_policy", policies.HeadersPolicy),
        options.get("user_agent_policy") or policies.UserAgentPolicy(sdk_moniker="pytest-acr", **options),
        given("proxy_policy", policies.ProxyPolicy),
        given("redirect_policy", redirect),
        *([RequireHttps()] if enforce_https else []),
        given("retry_policy", retry),
        given("logging_policy", policies.NetworkTraceLoggingPolicy),
        options.get("authentication_policy") or login,
        given("custom_hook_policy", policies.CustomHookPolicy),
        policies.DistributedTracingPolicy(**options),
        policies.SensitiveHeaderCleanupPolicy(**options),
        given("http_logging_policy", policies.HttpLoggingPolicy),
    ]


def send_options(command: Send) -> dict[str, Any]:
    """Return the options with which the pipeline runs a request."""
    options: dict[str, Any] = {SCOPE_OPTION: command.call.scope}
    if command.call.method not in ("GET", "HEAD"):
        options["permit_redirects"] = False  # nor does what is uploaded go where a redirect leads
    if command.once:
        options["retry_total"] = 0
    return options


def http_request(call: CallRequest, registry: str, *, large_body: type[io.BytesIO] | None = None) -> HttpRequest:
    """Return a call as azure-core sends it, one of more than `LARGE_BYTES` as a `large_body`."""
    content: Any = call.body if call.method in ("POST", "PUT", "PATCH") else None
    if large_body is not None and len(call.body) > LARGE_BYTES:
        content = large_body(call.body)
    return HttpRequest(call.method, call.url(registry), headers=dict(call.headers), content=content)


def login_request(ask: Ask, keyring: Keyring, beside: HttpRequest) -> HttpRequest:
    """Return a request to the token service, with the headers that say for which request it is sent."""
    request = http_request(ask.call, str(keyring.policy.registry))
    named = {name: beside.headers[name] for name in ("User-Agent", "x-ms-client-request-id") if name in beside.headers}
    request.headers.update(named)
    if ask.authorization is not None:
        request.headers["Authorization"] = ask.authorization
    return request


def scope_of(request: PipelineRequest[Any]) -> str:
    """Return what a request needs a token for. Options are gone after the first try, the context stays for the next."""
    scope: str = request.context.setdefault(SCOPE_OPTION, request.context.options.pop(SCOPE_OPTION, ""))
    return scope


@contextmanager
def authorized(request: PipelineRequest[Any], authorization: str | None) -> Iterator[None]:
    """Put an Authorization on a request for as long as it is sent: no redirect, log or error finds it there."""
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
    """Return a response as `fake_registry.wire` reads it."""
    return CallResponse(status=response.status_code, url=str(response.request.url), headers=response.headers, body=body)


_ERRORS: Final = {401: ClientAuthenticationError, 404: ResourceNotFoundError, 409: ResourceExistsError}


def refused(call: CallRequest, answer: CallResponse, response: Any) -> HttpResponseError:
    """Return azure-core's error for an answer that was not expected: what was asked, and what the registry said.

    The RegistryError that it stands for is its `__cause__`.
    """
    refusal = refusal_of(call, answer)
    said = f"status {answer.status}, {refusal.code}: {refusal.reason}"
    error = _ERRORS.get(answer.status, HttpResponseError)(message=f"{asked(call)}: {said}", response=response)
    error.__cause__ = refusal
    return error


def explained(error: BaseException, wanted: str) -> BaseException:
    """Return an error of azure-core's that no answer stands behind with what was asked in front; any other as it is."""
    if isinstance(error, AzureError) and getattr(error, "response", None) is None and wanted:
        # some transports name the URL, and storage's has a signature in its query
        error.message = f"{wanted}: {_QUERY.sub('?REDACTED', error.message)}"
        error.args = (error.message, *error.args[1:])
    return error


def unusable(error: UnusableAnswer) -> ServiceResponseError:
    """Return azure-core's error for an answer that makes no sense."""
    return ServiceResponseError(str(error), error=error)


def login_failed(error: LoginFailed) -> ClientAuthenticationError:
    """Return azure-core's error for a login that ended in nonsense; its retries leave that one alone."""
    return ClientAuthenticationError(str(error), error=error)


def asked(call: CallRequest) -> str:
    """Say in a message what a call asks for."""
    names = ", ".join(f"{name} {value}" for name, value in call.names.items())
    return f"{call.method} of {names or call.path}"
