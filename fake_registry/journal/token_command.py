"""A command that gets the secret of a recorded request anew: the `TOKEN` of `curl_command`.

Names and passwords are not recorded: USER:PASSWORD stands for those of a repository-scoped token or of
the admin user.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from shlex import quote
from typing import Final
from urllib.parse import parse_qs, urlencode

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchange_url import url_of
from fake_registry.spec.endpoints import ENDPOINTS, TAG_LIST, Endpoint, EndpointName, endpoint_of
from fake_registry.spec.redaction import HIDDEN

_SCOPE: Final = re.compile(r'scope="([^"]+)"')
_ROWS: Final[dict[str, Endpoint]] = {row.name: row for row in ENDPOINTS}
_LOGIN_PATH: Final = endpoint_of(EndpointName.OAUTH_TOKEN).path
_TAG_LIST_ACTIONS: Final = ("metadata_read", "pull")
"""Which of them lists tags depends on the profile: a login leaves out what the caller has not."""

_READ_ANSWER: Final = r"""sed 's/.*"access_token" *: *"\([^"]*\)".*/\1/'"""
_BASE64: Final = r"printf %s USER:PASSWORD | base64 | tr -d '\n'"


def token_command(exchange: Exchange) -> str:
    """Return the command, for a POSIX shell; empty where the request has no such secret."""
    authorization = exchange.request_header("Authorization") or ""
    scheme, _, secret = authorization.partition(" ")
    if HIDDEN not in secret:
        return ""
    if scheme.lower() == "basic":
        return f"TOKEN=$({_BASE64})"
    if scheme.lower() != "bearer":
        return ""

    scopes = [("scope", scope) for scope in _scopes_of(exchange)]
    query = urlencode([("service", exchange.host), *scopes], safe=":/,*", errors="replace")
    url = url_of(replace(exchange, path=_LOGIN_PATH, query=query))
    return f"TOKEN=$(curl -s -u USER:PASSWORD {quote(url)} | {_READ_ANSWER})"


def _scopes_of(exchange: Exchange) -> Iterator[str]:
    """Yield the scopes of the challenge, or else those that the endpoint requires."""
    challenge = _SCOPE.search(exchange.response_header("WWW-Authenticate") or "")
    if challenge is not None:
        yield from challenge[1].split(" ")
        return

    row = _ROWS.get(exchange.endpoint or "")
    if row is None or not row.needs:
        return
    actions = _TAG_LIST_ACTIONS if row.needs == (TAG_LIST,) else row.needs
    name = "registry:catalog" if row.resource == "catalog" else f"repository:{exchange.repository}"
    yield f"{name}:{','.join(actions)}"

    sources = parse_qs(exchange.query).get("from", [])
    if row.name is EndpointName.UPLOAD_START and sources:
        yield f"repository:{sources[0]}:pull"
