"""Handlers for ACR's login: Azure/acr AAD-OAuth and Token-BasicAuth. Permissions are in `auth`."""

from dataclasses import replace
from typing import Final

from werkzeug.datastructures import ImmutableMultiDict

from fake_registry.auth.token_service import TokenRequest
from fake_registry.http.answers import Answer, json_answer
from fake_registry.http.call import Backend, Call
from fake_registry.http.request import RequestBody, parse_fields
from fake_registry.spec.errors import Unauthorized
from fake_registry.spec.text_cache import TextCache

MAX_FORM_BYTES: Final = 256 * 1024
"""A token from Entra with many groups has tens of kilobytes."""


def exchange(backend: Backend, call: Call) -> Answer:
    """200 with a refresh token for a token from Entra (POST /oauth2/exchange)."""
    service, now = call.request.host, backend.clock.now()
    form = _EXCHANGES[_form_text(call)]
    token = backend.authority.token_service.exchange(form, service=service, now=now)
    return _token_answer("refresh_token", token)


def post_token(backend: Backend, call: Call) -> Answer:
    """200 with an access token: for a refresh token, a password, or an anonymous caller.

    POST /oauth2/token.
    """
    form = parse_fields(_form_text(call))
    request = TokenRequest(
        service=form.get("service", ""),
        scopes=tuple(form.getlist("scope")),
        grant_type=form.get("grant_type", ""),
        refresh_token=form.get("refresh_token", ""),
        username=form.get("username", ""),
        password=form.get("password", ""),
    )
    return _access_token(backend, call, request)


def get_token(backend: Backend, call: Call) -> Answer:
    """200 with an access token: for Basic credentials or an anonymous caller.

    GET /oauth2/token.
    """
    request = TokenRequest(
        service=call.query.get("service", ""),
        scopes=tuple(call.query.getlist("scope")),
        authorization=call.request.header("Authorization"),
    )
    return _access_token(backend, call, request)


def _access_token(backend: Backend, call: Call, request: TokenRequest) -> Answer:
    service, now = call.request.host, backend.clock.now()
    token = backend.authority.token_service.token(request, service=service, now=now)
    return _token_answer("access_token", token)


def _token_answer(name: str, token: str) -> Answer:
    # compact and without a newline (acr-behaviour 1.8); a token has no character that JSON escapes
    return json_answer(f'{{"{name}":"{token}"}}'.encode())


def read_form(call: Call) -> tuple[ImmutableMultiDict[str, str], Call]:
    """Return the form in a call, and the call with its body unread."""
    content = call.body.read(MAX_FORM_BYTES, too_long=Unauthorized)
    body = RequestBody(iter([content]), length=call.body.length)
    return parse_fields(_text_of(content)), replace(call, body=body)


def _form_text(call: Call) -> str:
    return _text_of(call.body.read(MAX_FORM_BYTES, too_long=Unauthorized))


def _text_of(content: bytes) -> str:
    return content.decode("utf-8", "replace")


_EXCHANGES: Final = TextCache(parse_fields, entries=16, longest=4096)
"""The fields of each form at the exchange. A client sends the same, as long as its token is valid."""
