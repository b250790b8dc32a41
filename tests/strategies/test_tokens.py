"""Tokens have every feature that their docstrings promise, and our parsers agree."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import jwt
import pytest
from hypothesis import given

from fake_registry import FakeRegistry
from fake_registry.auth.signatures import Signer, TokenRefused
from fake_registry.client.tokens import check_sendable
from fake_registry.spec.redaction import redact_text
from pytest_acr.strategies import (
    BearerToken,
    BrokenAuthorization,
    bearer_tokens,
    broken_authorizations,
)
from tests.support.effort import examples, features_not_drawn, flaws_not_drawn
from tests.support.http import registry_of, send

SIGNER: Final = Signer(bytes(32))

GRAMMAR: Final = re.compile(r"Bearer +[A-Za-z0-9._~+/-]+=*", re.ASCII)
"""RFC 6750 §2.1."""

TIMES: Final = ("exp", "nbf", "iat")


def has_text(pattern: str) -> Callable[[BearerToken], bool]:
    compiled = re.compile(pattern)
    return lambda token: compiled.search(token.text) is not None


def has_claim(name: str) -> Callable[[BearerToken], bool]:
    return lambda token: name in (token.claims or {})


def has_fraction(token: BearerToken) -> bool:
    return any(isinstance((token.claims or {}).get(name), float) for name in TIMES)


FEATURES: Final[Mapping[str, Callable[[BearerToken], bool]]] = {
    "opaque": lambda token: token.claims is None,
    "one character": lambda token: len(token.text) == 1,
    "4,096 characters": lambda token: len(token.text) == 4_096,
    "padding": has_text(r"[^=]=$"),
    "two of padding": has_text(r"==$"),
    "other characters of a token": has_text(r"[~+/]"),
    "JSON Web Token": lambda token: token.claims is not None,
    "no claims": lambda token: token.claims == {},
    "no signature": lambda token: token.claims is not None and token.text.endswith("."),
    **{name: has_claim(name) for name in ("sub", "aud", "iss", "jti", *TIMES, "access")},
    "fraction of a second": has_fraction,
    "expired": lambda token: (token.claims or {}).get("exp") == 1,
    "valid for long": lambda token: (token.claims or {}).get("exp") == 4_102_444_800,
    "text beyond ASCII": lambda token: "\u2603" in str(token.claims),
}

FLAWS: Final = (
    *("no scheme", "no token", "other scheme", "two tokens", "other characters"),
    *("misplaced padding", "two parts", "four parts", "empty part", "not base64url"),
    *("not JSON", "not UTF-8", "not an object"),
)


@pytest.fixture(scope="module")
def registry() -> Iterator[FakeRegistry]:
    """Return a registry that requires a login."""
    with registry_of("acr", auth="token") as opened:
        yield opened


def refusal_of(token: str) -> str:
    """Return the kind of the refusal by a registry that has not signed a token."""
    with pytest.raises(TokenRefused) as caught:
        SIGNER.claims_of(token)
    return caught.value.kind


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(bearer_tokens(), FEATURES) == []


def test_every_flaw_is_drawn() -> None:
    assert flaws_not_drawn(broken_authorizations(), FLAWS) == []


@given(token=bearer_tokens())
@examples(50)  # they are cheap, and each has few of the many forms
def test_token_has_the_form_of_one_and_its_claims_can_be_read(token: BearerToken) -> None:
    assert GRAMMAR.fullmatch(token.authorization)
    check_sendable(token.text)
    if token.claims is None:
        assert refusal_of(token.text) == "malformed"
        return

    assert jwt.decode(token.text, options={"verify_signature": False}) == token.claims
    assert refusal_of(token.text) in ("algorithm", "signature")
    assert token.text not in redact_text(token.authorization)


@given(found=broken_authorizations())
@examples(50)
def test_broken_authorization_has_another_form(found: BrokenAuthorization) -> None:
    assert found.flaw in FLAWS
    if found.token is None:
        assert not GRAMMAR.fullmatch(found.text)
        return

    assert found.text == f"Bearer {found.token}"
    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(found.token, options={"verify_signature": False})


@given(found=broken_authorizations() | bearer_tokens().map(lambda token: token.authorization))
@examples(50)
def test_registry_refuses_what_it_has_not_signed(registry: FakeRegistry, found: BrokenAuthorization | str) -> None:
    text = found if isinstance(found, str) else found.text
    assert send(registry, "GET", "/v2/", headers={"Authorization": text}).status == 401
