"""Tokens that come back as they were handed out: known without a look at the signature, yet refused as any other."""

import json

import pytest

from fake_registry.auth.minted import MintedTokens
from fake_registry.auth.scopes import Scope
from fake_registry.auth.signatures import RefusalKind, TokenRefused
from fake_registry.auth.tokens import AccessToken, Issuer, Principal, RefreshToken
from fake_registry.clock import SECOND_NS
from fake_registry.settings import Settings
from tests.auth.builders import HOST, KEY, NOW

PULL = (Scope("repository", "hello-world", ("pull",)),)
ALICE = Principal(name="alice", identities=("1f2e", "alice@example.com"), app_id="1f2e")
KEPT = 3


@pytest.fixture
def issuer() -> Issuer:
    """One issuer for minting and verifying: what it verifies, it remembers."""
    return Issuer(Settings(), key=KEY, new_id=lambda: "id")


@pytest.fixture
def few_kept(issuer: Issuer) -> None:
    """Room for KEPT tokens."""
    issuer._minted = MintedTokens(tokens=KEPT)


def refusal_of(issuer: Issuer, token: str, *, service: str = HOST, now: int = NOW) -> RefusalKind:
    with pytest.raises(TokenRefused) as refused:
        issuer.verify(token, service=service, now=now)
    return refused.value.kind


@pytest.mark.usefixtures("few_kept")
def test_number_of_kept_tokens_is_limited(issuer: Issuer) -> None:
    kept = []
    for number in range(3 * KEPT):
        _minted_for(issuer, f"user {number}")
        kept.append(len(issuer._minted))

    assert max(kept) == KEPT
    assert min(kept) >= 1  # the newest always is


@pytest.mark.usefixtures("few_kept")
def test_tokens_no_longer_kept_verify_by_their_signature(issuer: Issuer) -> None:
    names = [f"user {number}" for number in range(3 * KEPT)]
    minted = [_minted_for(issuer, name) for name in names]

    found = [issuer.verify(token, service=HOST, now=NOW) for token in minted]
    assert found == [AccessToken(name, PULL) for name in names]


@pytest.mark.usefixtures("few_kept")
def test_content_of_a_refresh_token_is_the_same_kept_or_not(issuer: Issuer) -> None:
    token = issuer.mint_refresh_token(ALICE, ("read",), service=HOST, now=NOW)
    kept = issuer.verify(token, service=HOST, now=NOW)
    for number in range(KEPT):
        _minted_for(issuer, f"user {number}")
    assert issuer._minted.claims_of(token) is None

    assert (kept, issuer.verify(token, service=HOST, now=NOW)) == (RefreshToken(ALICE), RefreshToken(ALICE))


def test_characters_of_kept_tokens_are_limited() -> None:
    minted = MintedTokens(characters=10)
    for token in ("a" * 6, "b" * 4, "c" * 5, "d" * 11):
        minted.keep(token, {"sub": token})

    assert (len(minted), minted.characters) == (1, 5)
    assert (minted.claims_of("c" * 5), minted.claims_of("d" * 11)) == ({"sub": "c" * 5}, None)


def test_forgotten_tokens_stay_valid(issuer: Issuer) -> None:
    token = _minted_for(issuer, "alice")
    issuer.forget()

    assert (len(issuer._minted), issuer._minted.characters) == (0, 0)
    assert issuer.verify(token, service=HOST, now=NOW) == AccessToken("alice", PULL)


def test_kept_token_expires(issuer: Issuer) -> None:
    token = _minted_for(issuer, "alice")
    expiry = NOW + 4_500 * SECOND_NS

    assert issuer.verify(token, service=HOST, now=expiry - 1) == AccessToken("alice", PULL)
    assert refusal_of(issuer, token, now=expiry) == "expired"


def test_kept_token_is_refused_before_its_time(issuer: Issuer) -> None:
    token = _minted_for(issuer, "alice")
    assert refusal_of(issuer, token, now=NOW - 1) == "not yet valid"


def test_kept_token_is_accepted_by_its_service_only(issuer: Issuer) -> None:
    token = _minted_for(issuer, "alice")
    assert refusal_of(issuer, token, service="other.azurecr.io") == "audience"


def test_kept_token_is_of_one_kind(issuer: Issuer) -> None:
    refresh = issuer.mint_refresh_token(ALICE, ("read",), service=HOST, now=NOW)
    with pytest.raises(TokenRefused, match="wrong kind"):
        issuer.verify_access_token(refresh, service=HOST, now=NOW)


def test_kept_token_with_the_signature_of_another_is_refused(issuer: Issuer) -> None:
    heads, signatures = zip(*(_minted_for(issuer, name).rsplit(".", 1) for name in ("alice", "bob")), strict=True)
    swapped = [".".join(parts) for parts in zip(heads, reversed(signatures), strict=True)]

    assert [refusal_of(issuer, token) for token in swapped] == ["signature", "signature"]


def _minted_for(issuer: Issuer, name: str) -> str:
    return issuer.mint_access_token(name, PULL, service=HOST, now=NOW)


def test_revoked_tokens_are_refused_kept_or_not(issuer: Issuer) -> None:
    token = issuer.mint_refresh_token(ALICE, ("read",), service=HOST, now=NOW)
    assert issuer.revoke()
    later = _minted_for(issuer, "bob")

    assert refusal_of(issuer, token) == "revoked"
    issuer.forget()
    assert refusal_of(issuer, token) == "revoked"
    assert issuer.verify(later, service=HOST, now=NOW) == AccessToken("bob", PULL)


def test_revoking_reports_whether_a_token_was_valid(issuer: Issuer) -> None:
    assert not issuer.revoke()
    _minted_for(issuer, "bob")
    assert (issuer.revoke(), issuer.revoke()) == (True, False)


def test_token_that_is_signed_with_no_key_of_this_issuer_is_not_revoked(issuer: Issuer) -> None:
    other = Issuer(Settings(), key=bytes(32), new_id=lambda: "id")
    issuer.revoke()
    assert refusal_of(issuer, _minted_for(other, "bob")) == "signature"


def test_reissued_token_has_the_payload_it_is_given(issuer: Issuer) -> None:
    token = _minted_for(issuer, "bob")

    again = issuer.reissue(token, lambda claims: json.dumps(claims | {"sub": "eve"}).encode())

    assert issuer.verify(again, service=HOST, now=NOW) == AccessToken("eve", PULL)
    issuer.forget()
    assert issuer.verify(again, service=HOST, now=NOW) == AccessToken("eve", PULL)


def test_foreign_token_is_not_reissued(issuer: Issuer) -> None:
    with pytest.raises(TokenRefused, match=r"^malformed: "):
        issuer.reissue("x", lambda claims: b"{}")
