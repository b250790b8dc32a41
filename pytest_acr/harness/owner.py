"""`OwnerTarget`: a login for the harness itself, from the control API."""

import base64
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from pytest_acr.harness.challenges import FoundChallenge, challenge_of
from pytest_acr.harness.control_api import ControlApi
from pytest_acr.harness.json_bodies import text_in
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget, TargetFailed

_NAME: Final = "registry-check-owner"
_PASSWORD: Final = "password of the owner"  # noqa: S105 - an account of a fake
_ACTIONS: Final = (
    *("content/read", "content/write", "content/delete"),
    *("metadata/read", "metadata/write"),
)
_SCOPES: Final = (
    "repository:*:pull,push,delete,metadata_read,metadata_write",
    "registry:catalog:*",
)


class OwnerTarget:
    """Passes requests on; those that need a login, with the token of an account for everything.

    Requests without a login, and those with an Authorization, are passed on as they are.
    """

    def __init__(self, target: RegistryTarget) -> None:
        self._target = target
        self._control = ControlApi(target.send)
        self._authorization: str | None = None

    def send(self, request: RawRequest) -> RawResponse:
        """Return the response. TargetFailed."""
        if not request.login or any(name.lower() == "authorization" for name, _ in request.headers):
            return self._target.send(request)

        response = self._target.send(self._authorize(request))
        challenge = challenge_of(response) if response.status == 401 else None
        if challenge is None or challenge.scheme != "bearer":
            return response

        if not self._log_in(challenge):
            return response
        return self._target.send(self._authorize(request))

    def close(self) -> None:
        """Close the connections."""
        self._target.close()

    def _authorize(self, request: RawRequest) -> RawRequest:
        if self._authorization is None:
            return request
        return replace(
            request,
            headers=(*request.headers, ("Authorization", self._authorization)),
        )

    def _log_in(self, challenge: FoundChallenge) -> bool:
        """Make the account and a token. Return False for a registry without a control API."""
        account = {"name": _NAME, "scope_map": {"*": _ACTIONS}, "password": _PASSWORD}
        try:
            self._control.post("tokens", account)
        except TargetFailed:
            return False

        query = [("service", challenge.parameters.get("service", ""))]
        query += [("scope", scope) for scope in _SCOPES]
        path = f"{challenge.token_path}?{urlencode(query)}"
        headers = (("Authorization", basic(_NAME, _PASSWORD)),)
        response = self._target.send(RawRequest("GET", path, headers, login=False))
        if response.status != 200:
            return False

        token = text_in(response, "access_token")
        if token is None:
            return False
        self._authorization = f"Bearer {token}"
        return True


def basic(user: str, password: str) -> str:
    """Return the Authorization of a user and a password: RFC 7617."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
