"""Builders for the tests of `auth`: an authority, credentials, and the claims in a token."""

import base64
import json

from fake_registry.auth.authority import Authority
from fake_registry.clock import SECOND_NS
from fake_registry.settings import Auth, Settings

KEY = b"0123456789abcdef0123456789abcdef"
HOST = "fake.azurecr.io"
SECOND = 1_790_000_000
NOW = SECOND * SECOND_NS
ADMIN_PASSWORD = "pass:word"


def authority(auth: Auth = "token", *, key: bytes = KEY, admin: bool = False) -> Authority:
    user, password = ("fake", ADMIN_PASSWORD) if admin else (None, None)
    settings = Settings(auth=auth, admin_user=user, admin_password=password)
    return Authority(settings, key=key, new_id=lambda: "id")


def entra_token(**claims: object) -> str:
    payload = json.dumps({"aud": "https://containerregistry.azure.net", "exp": SECOND + 3_600} | claims)
    return f"e30.{base64.urlsafe_b64encode(payload.encode()).decode().rstrip('=')}.c2ln"


def exchange(door: Authority, **claims: object) -> str:
    """Return a refresh token for the principal in the Entra `claims`."""
    form = {"grant_type": "access_token", "service": HOST, "access_token": entra_token(**claims)}
    return door.token_service.exchange(form, service=HOST, now=NOW)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def claims_of(token: str) -> dict[str, object]:
    claims: dict[str, object] = json.loads(base64.b64decode(token.split(".")[1], validate=True))
    return claims
