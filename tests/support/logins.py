"""Logins: credentials, and the steps from them to a token."""

import base64
import json
import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from fake_registry import FakeRegistry
from fake_registry.wire.challenge import parse_challenges
from tests.support.http import HOST, SECOND, HttpAnswer, answer, put_image, registry_of, send

_GUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_VISIT = b"authentication required, visit https://aka.ms/acr/authorization for more information."
_REFUSAL = b'{"errors":[{"code":"UNAUTHORIZED","message":"%s CorrelationId: <guid>"}]}' % _VISIT
_REFUSAL_BYTES: Final = 186

REFUSED_TOKEN: Final = answer(
    401,
    {"Content-Type": "text/plain; charset=utf-8"},
    _REFUSAL,
    length=_REFUSAL_BYTES,
)
"""The answer to a refused form at /oauth2/token, by `without_ids` (acr-behaviour 3.4)."""

REFUSED_BASIC: Final = answer(
    401,
    {
        "Content-Type": "text/plain; charset=utf-8",
        "WWW-Authenticate": 'Basic realm="Azure Container Registry"',
    },
    _REFUSAL,
    length=_REFUSAL_BYTES,
)
"""The answer to refused Basic credentials at /oauth2/token, by `without_ids`; its challenge is [I]."""

REFUSED_EXCHANGE: Final = answer(
    401,
    {"Content-Type": "application/json"},
    b'{"errors":[{"code":"UNAUTHORIZED","message":"token validation failed"}]}',
)
"""The answer to an invalid exchange (acr-behaviour 3.3, recorded in 2026)."""

NO_ROLE: Final = answer(
    401,
    {"Content-Type": "application/json"},
    _REFUSAL,
    length=_REFUSAL_BYTES,
)
"""The answer to an exchange for an identity without a role, by `without_ids` (acr-behaviour 3.3)."""


def without_ids(found: HttpAnswer) -> HttpAnswer:
    """Return the answer with `<guid>` for each GUID in its body."""
    return replace(found, body=_GUID.sub(b"<guid>", found.body))


def entra_token(**claims: object) -> str:
    """Return a token as Microsoft Entra issues it, valid for an hour from START_NS."""
    payload = json.dumps({"aud": "https://containerregistry.azure.net", "exp": SECOND + 3_600} | claims)
    return f"e30.{base64.urlsafe_b64encode(payload.encode()).decode().rstrip('=')}.c2ln"


def claims_of(token: str) -> dict[str, Any]:  # Any: JSON
    """Return the claims of a token, decoded as strictly as the Azure SDK for Go does (acr-behaviour 3.6)."""
    claims: dict[str, Any] = json.loads(base64.b64decode(token.split(".")[1], validate=True))
    return claims


def entry_of(kind: str, name: str, *actions: str) -> dict[str, object]:
    """Return an entry of a user's `access` claim, in both spellings (acr-behaviour 3.6 [I])."""
    capitals: dict[str, object] = {"Type": kind, "Name": name, "Actions": [*actions]}
    return capitals | {"type": kind, "name": name, "actions": [*actions]}


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of a login with user and password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """Return the header of a token."""
    return {"Authorization": f"Bearer {token}"}


def post_form(registry: FakeRegistry, path: str, **fields: str | list[str]) -> HttpAnswer:
    """Send a form to `path`; a list is a field that is repeated."""
    content = urlencode(fields, doseq=True).encode()
    return send(registry, "POST", path, content, {"Content-Type": "application/x-www-form-urlencoded"})


def log_in(registry: FakeRegistry, **claims: object) -> str:
    """Return a refresh token for the principal of the Entra `claims`."""
    found = post_form(
        registry, "/oauth2/exchange", grant_type="access_token", service=HOST, access_token=entra_token(**claims)
    )
    assert found.status == 200
    return str(found.json["refresh_token"])


def token_for(registry: FakeRegistry, refresh_token: str, *scopes: str) -> str:
    """Return an access token. Without a scope the field is absent."""
    found = post_form(
        registry,
        "/oauth2/token",
        grant_type="refresh_token",
        service=HOST,
        refresh_token=refresh_token,
        scope=list(scopes),
    )
    assert found.status == 200
    return str(found.json["access_token"])


def seeded_with_login(**settings: Any) -> FakeRegistry:  # Any: the settings' own types
    """Return a registry that requires a login. It has an admin user, and IMAGE in samples/hello and
    other."""
    registry = registry_of(**{"auth": "token", "admin_user": "fake", "admin_password": "pass:word", **settings})
    source = registry_of()
    put_image(source, "samples/hello", "v1")
    put_image(source, "other", "v1")
    registry.restore(source.snapshot())
    return registry


def challenge_of(found: HttpAnswer) -> dict[str, str]:
    """Return the parameters of the only challenge."""
    (challenge,) = parse_challenges(found.header("WWW-Authenticate"))
    return dict(challenge.parameters)
