"""Users of repository-scoped tokens, and their access tokens: for bugs in authorization."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fake_registry import FakeRegistry
from tests.support.http import HOST, HttpAnswer, send
from tests.support.logins import basic

WITH_TOKENS: Final[Mapping[str, Any]] = {  # Any: the settings' own types
    "auth": "token",
    "admin_user": "admin",
    "admin_password": "password",
    "tag_list_scope": "pull",
}
"""Settings of a registry with a login, whose admin may do everything."""

PASSWORD: Final = "password"


def add_tokens(registry: FakeRegistry) -> None:
    """Add users with the permissions of their names, below samples/a and samples/b."""
    pull = ("content/read", "metadata/read")
    registry.add_token("puller", {"samples/a": pull}, password=PASSWORD)
    registry.add_token("prefixed", {"samples/*": pull}, password=PASSWORD)
    registry.add_token("reader", {"*": pull}, password=PASSWORD)
    registry.add_token("pusher", {"samples/a": (*pull, "content/write"), "samples/b": pull}, password=PASSWORD)


def token_of(registry: FakeRegistry, user: str, scope: str) -> str:
    """Return an access token for scopes, separated by blanks, as far as the user holds them."""
    return read_token(registry, basic(user, PASSWORD), scope)


def read_token(registry: FakeRegistry, headers: Mapping[str, str], scope: str) -> str:
    """Return an access token for the caller of these headers."""
    query = urlencode({"service": HOST, "scope": scope})
    token: str = send(registry, "GET", f"/oauth2/token?{query}", headers=headers).json["access_token"]
    return token


def header_of(registry: FakeRegistry, user: str, scope: str) -> dict[str, str]:
    """Return the header of a user with an access token for scopes."""
    return bearer(token_of(registry, user, scope))


def bearer(token: str) -> dict[str, str]:
    """Return the header with a token."""
    return {"Authorization": f"Bearer {token}"}


def post_form(registry: FakeRegistry, target: str, **fields: str) -> HttpAnswer:
    """Send a form to the login, for this registry unless `service` is given."""
    form = urlencode({"service": HOST, **fields}).encode()
    return send(registry, "POST", target, form, {"Content-Type": "application/x-www-form-urlencoded"})
