"""Requests to the token service of a registry: acr-behaviour 3.3 and 3.4."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from pytest_acr.harness.messages import RawRequest
from pytest_acr.harness.owner import basic

TOKEN_PATH: Final = "/oauth2/token"  # noqa: S105 - a path
EXCHANGE_PATH: Final = "/oauth2/exchange"
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")

Fields = Sequence[tuple[str, str]]


def form_request(path: str, fields: Fields) -> RawRequest:
    """Return a POST of a form."""
    return RawRequest("POST", path, (_FORM,), urlencode(fields).encode(), login=False)


def query_request(fields: Fields, authorization: str | None) -> RawRequest:
    """Return a GET of a token, with the Authorization of a user or without."""
    headers = () if authorization is None else (("Authorization", authorization),)
    return RawRequest("GET", f"{TOKEN_PATH}?{urlencode(fields)}", headers, login=False)


def user_request(
    user: str,
    password: str,
    fields: Fields,
    *,
    as_form: bool,
) -> RawRequest:
    """Return the request of a user: docker sends a GET, azure-cli a form."""
    if not as_form:
        return query_request(fields, basic(user, password))
    login = (("grant_type", "password"), ("username", user), ("password", password))
    return form_request(TOKEN_PATH, (*login, *fields))


def anonymous_request(fields: Fields, *, as_form: bool) -> RawRequest:
    """Return the request of a caller without credentials."""
    if not as_form:
        return query_request(fields, None)
    return form_request(TOKEN_PATH, (("grant_type", "password"), *fields))


def refresh_request(refresh_token: str, fields: Fields) -> RawRequest:
    """Return the request of an access token for a refresh token."""
    grant = (("grant_type", "refresh_token"), ("refresh_token", refresh_token))
    return form_request(TOKEN_PATH, (*grant, *fields))


def exchange_request(entra_token: str, service: str) -> RawRequest:
    """Return the request of a refresh token for a token from Entra."""
    fields = (
        ("grant_type", "access_token"),
        ("service", service),
        ("access_token", entra_token),
    )
    return form_request(EXCHANGE_PATH, fields)


def claims_in(token: str) -> dict[str, Any]:  # Any: JSON of the registry
    """Return the claims of a token; empty if it is no JWT: RFC 7519 §7.2."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}

    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
