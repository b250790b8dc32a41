"""`RegistryLogin`: logs in at a registry, for requests whose own headers have no Authorization.

The flow, the tokens and the rule of which host receives which credential are in
`fake_registry.client`. Here its commands are performed.
"""

import time
from typing import Final, Protocol

from fake_registry.client.access import AccessPolicy, LoginFailed
from fake_registry.client.login import (
    Ask,
    Attempt,
    CallResponse,
    GetToken,
    Keyring,
    LoginFlow,
)
from fake_registry.spec.redaction import redact_text
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from pytest_acr.harness.request_url import RequestUrl, parse_request_url
from pytest_acr.harness.scopes import scope_of

_MAX_SCOPES: Final = 500
"""Scopes whose tokens are kept. A harness uses a fresh repository for each example."""


class SendOnce(Protocol):
    """Sends one request to a URL, without a login and redirects."""

    def __call__(
        self,
        url: RequestUrl,
        request: RawRequest,
        authorization: str | None = None,
    ) -> RawResponse:
        """Return the response. TargetFailed."""


class RegistryLogin:
    """Sends requests to one registry with the Authorization that its challenges require."""

    def __init__(self, policy: AccessPolicy) -> None:
        self._policy = policy
        self._keyring = Keyring(policy)
        self._scopes: set[str] = set()

    def send(
        self,
        send_once: SendOnce,
        url: RequestUrl,
        request: RawRequest,
        *,
        preauthorize: bool = True,
    ) -> RawResponse:
        """Return the registry's response to `request`, after a login if a challenge requires one.

        It is the registry's own refusal if the token service refuses. Without `preauthorize`, the
        first attempt has no Authorization. TargetFailed, also for an unusable challenge.
        """
        scope = scope_of(request.method, url.path)
        flow = self._keyring_for(scope).authorize(
            scope,
            now=time.time(),
            preauthorize=preauthorize,
        )
        try:
            response = self._perform(flow, send_once, url, request)
        except LoginFailed as error:
            raise TargetFailed(redact_text(str(error))) from None
        if response is None:
            return send_once(url, request)
        return response

    def _keyring_for(self, scope: str) -> Keyring:
        self._scopes.add(scope)
        if len(self._scopes) > _MAX_SCOPES:
            self._keyring = Keyring(self._policy)
            self._scopes = {scope}
        return self._keyring

    def _perform(
        self,
        flow: LoginFlow[None],
        send_once: SendOnce,
        url: RequestUrl,
        request: RawRequest,
    ) -> RawResponse | None:
        """Return the last response to `request`; None if a token was refused before the first."""
        response: RawResponse | None = None
        result: CallResponse | None = None
        while True:
            try:
                command = flow.send(result)
            except StopIteration:
                return response

            match command:
                case Attempt(authorization):
                    response = send_once(url, request, authorization)
                    result = _call_response_of(response, url)
                case Ask():
                    result = self._request_token(send_once, command)
                case GetToken():
                    raise AssertionError("the harness has no credential of Entra")

    def _request_token(self, send_once: SendOnce, command: Ask) -> CallResponse:
        """Return the token service's answer. TargetFailed for one that is no decision."""
        call = command.call
        url = parse_request_url(call.url(str(self._policy.registry)))
        request = RawRequest(call.method, url.path, tuple(call.headers.items()), call.body)
        response = send_once(url, request, command.authorization)
        if response.status >= 500 or response.status == 429:
            expected = f"expected an access token from {url.origin}"
            raise TargetFailed(f"login: {expected}, found status {response.status}")
        return _call_response_of(response, url)


def _call_response_of(response: RawResponse, url: RequestUrl) -> CallResponse:
    return CallResponse(
        status=response.status,
        url=str(url),
        headers={"WWW-Authenticate": ", ".join(response.all_of("www-authenticate"))},
        body=response.body,
    )
