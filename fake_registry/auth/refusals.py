"""`Unauthorized` with the facts that challenges, bodies and the journal need.

The facts are `access` (type, name and action of everything needed), `scopes` (the same as text),
`challenge` ("bearer", "basic", or None after a refused form), `error` (RFC 6750's word or None)
and, for the journal, `failure`, and `principal` where the token is valid and lacks a scope. Some refused
logins have a `kind`, see `LoginRefusal`.
"""

from typing import Literal

from fake_registry.auth.scopes import Scope, encode_scopes
from fake_registry.spec.errors import Unauthorized

ChallengeScheme = Literal["bearer", "basic"]

LoginRefusal = Literal["no role", "refresh token"]
"""Refusals of a login that ACR words differently from the others: an identity without any role,
and a POST with a refresh token."""


def refusal_of_call(
    failure: str,
    needed: tuple[Scope, ...],
    *,
    challenge: ChallengeScheme,
    error: str | None = None,
) -> Unauthorized:
    """Return the error for a call that needs these scopes."""
    return _refusal(failure, needed, challenge=challenge, error=error)


def refusal_of_token(principal: str, held: tuple[Scope, ...], needed: tuple[Scope, ...]) -> Unauthorized:
    """Return the error for a call whose token is valid, and lacks some of these scopes."""
    scopes = encode_scopes(tuple(dict.fromkeys(held)))  # a client may have requested one twice
    failure = f"the token is good for {scopes or 'nothing'}"
    error = _refusal(failure, needed, challenge="bearer", error="insufficient_scope")
    error.facts["principal"] = principal
    return error


def refusal_of_login(
    failure: str,
    *,
    challenge: ChallengeScheme | None = None,
    kind: LoginRefusal | None = None,
) -> Unauthorized:
    """Return the error for a login."""
    error = _refusal(failure, (), challenge=challenge, error=None)
    if kind is not None:
        error.facts["kind"] = kind
    return error


def _refusal(
    failure: str,
    needed: tuple[Scope, ...],
    *,
    challenge: ChallengeScheme | None,
    error: str | None,
) -> Unauthorized:
    access = tuple((scope.type, scope.name, action) for scope in needed for action in scope.actions)
    return Unauthorized(
        "authentication required",
        access=access,
        scopes=encode_scopes(needed),
        challenge=challenge,
        error=error,
        failure=failure,
    )
