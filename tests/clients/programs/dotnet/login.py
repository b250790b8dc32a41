"""The logins of .NET: an application at Entra (Azure.Identity over MSAL.NET), and a caller at the registry.

Sources: Azure/azure-sdk-for-net, sdk/containerregistry/Azure.Containers.ContainerRegistry/src/Authentication:
ContainerRegistryChallengeAuthenticationPolicy.cs and ContainerRegistryRefreshTokenCache.cs @02445648;
tests/SessionRecords: CanGetManifestListProperties.json @1534d846, CanSetManifestProperties_Anonymous.json @0efe5a88.
"""

import base64
import json
import re
import time
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlencode

from tests.clients.programs.dotnet.pipeline import (
    DotnetAnswer,
    DotnetRequest,
    DotnetTransport,
    RequestFailedError,
    identified,
    send_with_retries,
)

SCOPE: Final = "https://containerregistry.azure.net/.default"
API_VERSION: Final = "api-version=2021-07-01"
FORM: Final = "application/x-www-form-urlencoded"
REFRESHED_BEFORE: Final = 5 * 60
"""Seconds before its expiry in which a refresh token is replaced."""


class AuthenticationFailedError(Exception):
    """Azure.Identity's exception, with the code that Entra answered."""

    def __init__(self, answer: DotnetAnswer) -> None:
        self.document = json.loads(answer.body)
        super().__init__(f"{answer.status} {self.document}")
        self.status = answer.status
        self.error = self.document["error"]
        self.error_description = self.document["error_description"]


class TokenCredential(Protocol):
    def get_token(self) -> str: ...


class ClientSecretCredential:
    """A client credentials grant. MSAL.NET knows the path of the token endpoint, so that with instance discovery
    switched off this is its only request; it keeps the token until the tenant's answer says that it expires."""

    def __init__(self, authority: str, tenant: str, client_id: str, secret: str) -> None:
        self._authority = authority
        self._tenant = tenant
        self._url = f"{authority.rstrip('/')}/{tenant}/oauth2/v2.0/token"
        self._form = {
            "client_id": client_id,
            "client_info": "1",
            "client_secret": secret,
            "scope": SCOPE,
            "grant_type": "client_credentials",
        }
        self._transport = DotnetTransport()
        self._token = ""
        self._expires_at = 0.0

    def with_secret(self, secret: str) -> "ClientSecretCredential":
        return ClientSecretCredential(self._authority, self._tenant, self._form["client_id"], secret)

    def get_token(self) -> str:
        if time.time() < self._expires_at - REFRESHED_BEFORE:
            return self._token

        headers = {"Accept": "application/json", "Content-Type": FORM, "x-client-SKU": "MSAL.NetCore"}
        request = DotnetRequest("POST", self._url, headers, urlencode(self._form).encode())
        answer = send_with_retries(self._transport.send, identified(request))
        if answer.status != 200:
            raise AuthenticationFailedError(answer)
        document = json.loads(answer.body)
        assert document["token_type"] == "Bearer", document["token_type"]

        self._expires_at = time.time() + int(document["expires_in"])
        self._token = str(document["access_token"])
        return self._token


@dataclass(frozen=True)
class DotnetChallenge:
    """What a 401 of the registry requires. `error` is empty unless a token was refused."""

    service: str
    scope: str
    error: str

    @classmethod
    def of(cls, answer: DotnetAnswer) -> "DotnetChallenge":
        header = answer.header("WWW-Authenticate")
        scheme, _, rest = header.partition(" ")
        assert scheme == "Bearer", header
        found = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        return cls(found["service"], found["scope"], found.get("error", ""))


class DotnetLogin:
    """Gets an access token for each call. The refresh token alone is kept, until five minutes before it expires.

    Without a credential the caller is anonymous: grant_type=password, and no exchange.
    """

    def __init__(self, endpoint: str, credential: TokenCredential | None) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._transport = DotnetTransport()
        self._refresh_token = ""
        self._refresh_at = 0

    def access_token(self, challenge: DotnetChallenge) -> str:
        grant = "password" if self._credential is None else "refresh_token"
        form = {
            "service": challenge.service,
            "scope": challenge.scope,
            "refresh_token": self._current_refresh_token(challenge.service),
            "grant_type": grant,
        }
        return self._post("token", form, "access_token")

    def _current_refresh_token(self, service: str) -> str:
        if self._credential is None:
            return ""
        if time.time() >= self._refresh_at:
            form = {
                "grant_type": "access_token",
                "service": service,
                "access_token": self._credential.get_token(),
            }
            self._refresh_token = self._post("exchange", form, "refresh_token")
            self._refresh_at = expiry_of(self._refresh_token) - REFRESHED_BEFORE
        return self._refresh_token

    def _post(self, path: str, form: dict[str, str], member: str) -> str:
        request = DotnetRequest(
            "POST",
            f"{self._endpoint}/oauth2/{path}?{API_VERSION}",
            {"Accept": "application/json", "Content-Type": FORM},
            urlencode(form).encode(),
        )
        answer = send_with_retries(self._transport.send, identified(request))
        if answer.status != 200:
            # The pipeline of the login is built without the parser of ACR's errors.
            raise RequestFailedError(answer, error_code=None)
        return str(json.loads(answer.body)[member])


def expiry_of(token: str) -> int:
    """Decode the payload with the URL-safe alphabet, as `Base64Url.Decode` does; `exp` has to be an integer."""
    payload = token.split(".")[1]
    expires = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
    assert isinstance(expires, int), expires
    return expires
