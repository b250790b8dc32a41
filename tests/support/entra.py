"""Helpers of the tests of the fake Entra: requests without a socket, credentials, token claims."""

import asyncio
import importlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode
from wsgiref.types import WSGIApplication

import jwt
from werkzeug.test import run_wsgi_app

from fake_registry import FakeEntra, ManualClock
from tests.support.http import environ_of

Flavour = Literal["sync", "aio"]

ACR = "https://containerregistry.azure.net"
SCOPE = f"{ACR}/.default"
SECOND = 1_790_000_000
START_NS = SECOND * 1_000_000_000
TRUSTED = "a token that the cluster projects"


@dataclass(frozen=True)
class EntraAnswer:
    """An answer of the fake Entra."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # Any: JSON
        return json.loads(self.body)


def entra_at(start_ns: int = START_NS, **options: Any) -> FakeEntra:  # Any: the constructor's own types
    """Return an Entra whose clock stands still unless it is moved."""
    return FakeEntra(clock=ManualClock(start_ns), **options)


def send(
    app: WSGIApplication,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    host: str = "login.microsoftonline.com",
    length: str | None = None,
) -> EntraAnswer:
    """Send one request; `target` is a path that is not encoded, and a query that is."""
    path, _, query = target.partition("?")
    raw_path = path.encode("utf-8", "surrogatepass").decode("latin-1")
    environ = environ_of(method, raw_path, query, io.BytesIO(body), host=host)
    environ["CONTENT_LENGTH"] = str(len(body)) if length is None else length
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
    pieces, status, fields = run_wsgi_app(app, environ)
    return EntraAnswer(int(status.partition(" ")[0]), dict(fields), b"".join(pieces))


def ask_token(
    entra: FakeEntra,
    *,
    tenant: str | None = None,
    version: str = "/v2.0",
    headers: Mapping[str, str] | None = None,
    **fields: str,
) -> EntraAnswer:
    """Ask for a token with a form: client_credentials for ACR, unless the fields say otherwise."""
    return ask_form(entra, fields, tenant=tenant, version=version, headers=headers)


def ask_form(
    entra: FakeEntra,
    fields: Mapping[str, str],
    *,
    tenant: str | None = None,
    version: str = "/v2.0",
    headers: Mapping[str, str] | None = None,
) -> EntraAnswer:
    """Do what `ask_token` does, with the fields in a mapping; an empty one is left out."""
    form = {"grant_type": "client_credentials", "scope": SCOPE, **fields}
    content = urlencode({name: value for name, value in form.items() if value != ""}).encode()
    return send(entra.wsgi_app, "POST", f"/{tenant or entra.tenant_id}/oauth2{version}/token", content, headers)


def claims_of(token: str) -> dict[str, Any]:  # Any: a claim
    """Return the claims of a token; its signature is not verified."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def get_token(flavour: Flavour, credential: str, *scopes: str, **options: Any) -> Any:  # Any: an azure-core AccessToken
    """Return the token that a credential of azure-identity gets, and close it."""
    if flavour == "sync":
        with getattr(importlib.import_module("azure.identity"), credential)(**options) as made:
            return made.get_token(*scopes or (SCOPE,))

    async def get() -> Any:  # Any: as above
        async with getattr(importlib.import_module("azure.identity.aio"), credential)(**options) as made:
            return await made.get_token(*scopes or (SCOPE,))

    return asyncio.run(get())
