"""The registry's tokens: what they contain, how they are encoded, and each reason to refuse one."""

import base64
import json
import re
import subprocess
import sys
from datetime import timedelta
from itertools import count

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.auth.scopes import Scope
from fake_registry.auth.signatures import RefusalKind, TokenRefused
from fake_registry.auth.tokens import AccessToken, Issuer, Principal, RefreshToken
from fake_registry.clock import SECOND_NS
from fake_registry.settings import Settings
from tests.auth.builders import HOST, KEY, SECOND, claims_of

NOW = SECOND * SECOND_NS + 250_000_000
PULL = (Scope("repository", "hello-world", ("pull",)),)
ALICES = AccessToken("alice", PULL, app_id="1f2e")
ALICE = Principal(name="alice@example.com", identities=("1f2e", "alice@example.com"), app_id="1f2e")


def issuer(*, key: bytes = KEY, settings: Settings | None = None) -> Issuer:
    ids = count()
    return Issuer(settings or Settings(), key=key, new_id=lambda: f"id-{next(ids)}")


def access_token(*, service: str = HOST, now: int = NOW, key: bytes = KEY) -> str:
    made = issuer(key=key)
    return made.mint_access_token("alice", PULL, app_id="1f2e", service=service, now=now)


def anonymous_token() -> str:
    return issuer().mint_anonymous_token(PULL, service=HOST, now=NOW)


def refresh_token() -> str:
    return issuer().mint_refresh_token(ALICE, ("read", "write"), service=HOST, now=NOW)


def refusal_of(token: str, *, service: str = HOST, now: int = NOW) -> tuple[RefusalKind, str]:
    with pytest.raises(TokenRefused) as refused:
        issuer().verify_access_token(token, service=service, now=now)
    return refused.value.kind, str(refused.value)


RID = "0123456789abcdef0123456789abcdef"


def claims_without_rid(token: str) -> dict[str, object]:
    """Return the claims with RID for the id of the registry, which is 32 hexadecimal digits."""
    claims = claims_of(token)
    assert re.fullmatch("[0-9a-f]{32}", str(claims["rid"]))
    return claims | {"rid": RID}


def test_access_token_has_the_recorded_claims_in_their_order() -> None:
    """acr-behaviour 3.6; that `access` has both spellings is [I]. Of the three kinds of tokens this
    one alone has version 2.0."""
    assert [*claims_without_rid(access_token()).items()] == [
        ("jti", "id-0"),
        ("sub", "alice"),
        ("nbf", SECOND),
        ("exp", SECOND + 4_500),
        ("iat", SECOND),
        ("iss", "Azure Container Registry"),
        ("aud", HOST),
        ("version", "2.0"),
        ("rid", RID),
        (
            "access",
            [
                {
                    "Type": "repository",
                    "Name": "hello-world",
                    "Actions": ["pull"],
                    "type": "repository",
                    "name": "hello-world",
                    "actions": ["pull"],
                }
            ],
        ),
        ("roles", []),
        ("grant_type", "access_token"),
        ("appid", "1f2e"),
    ]


def test_anonymous_token_has_the_recorded_claims() -> None:
    """acr-behaviour 3.6: a life of 1,200 s, capitals alone, and no application."""
    assert claims_without_rid(anonymous_token()) == {
        "jti": "id-0",
        "sub": "acr_anon_pull",
        "nbf": SECOND,
        "exp": SECOND + 1_200,
        "iat": SECOND,
        "iss": "Azure Container Registry",
        "aud": HOST,
        "version": "1.0",
        "rid": RID,
        "access": [{"Type": "repository", "Name": "hello-world", "Actions": ["pull"]}],
        "roles": [],
        "grant_type": "access_token",
    }


def test_refresh_token_has_the_recorded_claims_and_the_identities() -> None:
    assert claims_without_rid(refresh_token()) == {
        "jti": "id-0",
        "sub": "alice@example.com",
        "nbf": SECOND,
        "exp": SECOND + 11_700,
        "iat": SECOND,
        "iss": "Azure Container Registry",
        "aud": HOST,
        "version": "1.0",
        "rid": RID,
        "grant_type": "refresh_token",
        "appid": "1f2e",
        "permissions": {"Actions": ["read", "write"], "NotActions": None},
        "roles": [],
        "identities": ["1f2e", "alice@example.com"],
    }


def test_lifetimes_come_from_the_settings() -> None:
    settings = Settings(access_token_lifetime=timedelta(minutes=1), refresh_token_lifetime=timedelta(hours=1))
    access = issuer(settings=settings).mint_access_token("alice", (), service=HOST, now=NOW)
    refresh = issuer(settings=settings).mint_refresh_token(ALICE, (), service=HOST, now=NOW)
    assert (claims_of(access)["exp"], claims_of(refresh)["exp"]) == (SECOND + 60, SECOND + 3_600)


def test_expiry_is_an_integer_in_the_json_text() -> None:
    lifetime = Settings(access_token_lifetime=timedelta(seconds=90, milliseconds=500))
    token = issuer(settings=lifetime).mint_access_token("alice", (), service=HOST, now=NOW)
    assert type(claims_of(token)["exp"]) is int


def test_access_token_reads_back() -> None:
    assert issuer().verify_access_token(access_token(), service=HOST, now=NOW) == ALICES


def test_anonymous_token_reads_back_without_a_subject() -> None:
    found = issuer().verify_access_token(anonymous_token(), service=HOST, now=NOW)
    assert found == AccessToken("", PULL)


def test_user_named_like_the_anonymous_subject_is_not_anonymous() -> None:
    minted = issuer().mint_access_token("acr_anon_pull", PULL, service=HOST, now=NOW)
    found = issuer().verify_access_token(minted, service=HOST, now=NOW)
    assert found == AccessToken("acr_anon_pull", PULL)


def test_refresh_token_reads_back() -> None:
    assert issuer().verify_refresh_token(refresh_token(), service=HOST, now=NOW) == RefreshToken(ALICE)


@given(
    subject=st.text(st.characters(exclude_categories=["Cs"])),
    names=st.lists(st.text(st.sampled_from('ab>?~\x7f-_/+ü\\"')), max_size=4),
    now=st.integers(0, 2**40).map(lambda seconds: seconds * SECOND_NS),
)
def test_payload_reads_in_every_base64_alphabet(subject: str, names: list[str], now: int) -> None:
    access = tuple(Scope("repository", name, ("pull",)) for name in names)
    token = issuer().mint_access_token(subject, access, service=HOST, now=now)
    payload = token.split(".")[1]
    assert payload.isalnum()
    assert json.loads(base64.b64decode(payload, validate=True)) == json.loads(base64.urlsafe_b64decode(payload))
    assert issuer().verify_access_token(token, service=HOST, now=now) == AccessToken(subject, access)


@given(
    principal=st.builds(
        Principal,
        name=st.text(st.characters(exclude_categories=["Cs"])),
        identities=st.lists(st.sampled_from(["a~b", "?", "ü>", "x"])).map(tuple),
        app_id=st.sampled_from(["", "~~~", "1f2e"]),
    )
)
def test_refresh_payload_likewise(principal: Principal) -> None:
    token = issuer().mint_refresh_token(principal, ("read",), service=HOST, now=NOW)
    assert claims_of(token)["sub"] == principal.name
    assert issuer().verify_refresh_token(token, service=HOST, now=NOW) == RefreshToken(principal)


@pytest.mark.parametrize("text", ["", "x", "a.b", "a.b.c", "..", "é.é.é", "a.b.c.d", "\ud800"])
def test_other_text_than_a_token_is_malformed(text: str) -> None:
    assert refusal_of(text)[0] == "malformed"


@given(st.text())
def test_any_text_is_refused_without_another_error(text: str) -> None:
    assert refusal_of(text)[0] in ("malformed", "algorithm", "signature")


def test_unsigned_token_is_refused() -> None:
    unsigned = jwt.encode(claims_of(access_token()), key="", algorithm="none")
    assert refusal_of(unsigned) == ("algorithm", "algorithm: expected HS256, found none")


def test_other_algorithm_is_refused_under_the_same_key() -> None:
    other = jwt.encode(claims_of(access_token()), key=KEY * 2, algorithm="HS512")
    assert refusal_of(other) == ("algorithm", "algorithm: expected HS256, found HS512")


def test_token_of_another_registry_is_refused() -> None:
    assert refusal_of(access_token(key=KEY[::-1]))[0] == "signature"


def test_altered_payload_is_refused() -> None:
    header, _, signature = access_token().split(".")
    _, forged, _ = issuer().mint_access_token("root", PULL, service=HOST, now=NOW).split(".")
    assert refusal_of(f"{header}.{forged}.{signature}")[0] == "signature"


def test_any_other_last_character_is_refused() -> None:
    token = access_token()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    kinds = {refusal_of(token[:-1] + letter)[0] for letter in letters if letter != token[-1]}
    assert kinds <= {"signature", "malformed"}


def test_signature_with_padding_is_refused() -> None:
    assert refusal_of(access_token() + "=")[0] == "signature"


def test_token_for_another_host_is_refused() -> None:
    assert refusal_of(access_token(service="other.azurecr.io")) == (
        "audience",
        "audience: expected fake.azurecr.io, found other.azurecr.io",
    )


def test_host_names_have_no_case() -> None:
    found = issuer().verify_access_token(access_token(), service="FAKE.azurecr.io", now=NOW)
    assert found == ALICES


def test_refresh_token_is_refused_as_an_access_token() -> None:
    assert refusal_of(refresh_token())[0] == "wrong kind"


def test_access_token_is_refused_as_a_refresh_token() -> None:
    with pytest.raises(TokenRefused, match="expected a refresh token, found an access token"):
        issuer().verify_refresh_token(access_token(), service=HOST, now=NOW)


def test_token_is_valid_until_the_nanosecond_before_its_expiry() -> None:
    last = (SECOND + 4_500) * SECOND_NS - 1
    assert issuer().verify_access_token(access_token(), service=HOST, now=last) == ALICES


def test_token_is_expired_at_its_expiry() -> None:
    assert refusal_of(access_token(), now=(SECOND + 4_500) * SECOND_NS) == ("expired", "expired: 0 s ago")


def test_long_expired_token_says_since_when() -> None:
    assert refusal_of(access_token(), now=(SECOND + 4_560) * SECOND_NS) == ("expired", "expired: 60 s ago")


def test_token_is_valid_from_its_first_second() -> None:
    token = access_token()
    assert issuer().verify_access_token(token, service=HOST, now=SECOND * SECOND_NS) == ALICES
    assert refusal_of(token, now=(SECOND - 1) * SECOND_NS) == ("not yet valid", "not yet valid: for another 1 s")


def test_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes, found 31"):
        issuer(key=KEY[1:])


LOGIN = """
import sys
from fake_registry.auth.authority import Authority
from fake_registry.auth.token_service import TokenRequest
from fake_registry.settings import Settings
from pytest_acr.credentials import AcrCredential
from fake_registry.clock import SystemClock

clock = SystemClock()
authority = Authority(Settings(), key=b"k" * 32, new_id=str)
service, known = authority.token_service, {"service": "host", "now": clock.now()}
entra_token = AcrCredential(clock).get_token("https://management.azure.com/.default").token

form = {"grant_type": "access_token", "service": "host", "access_token": entra_token}
token = service.exchange(form, **known)
request = TokenRequest(service="host", grant_type="refresh_token", refresh_token=token)
access_token = service.token(request, **known)
authority.authorize(f"Bearer {access_token}", (), **known)

print([name for name in ("jwt", "cryptography") if name in sys.modules])
"""


def test_login_loads_no_jwt() -> None:
    """To load it, with cryptography, takes longer than a test."""
    found = subprocess.run([sys.executable, "-c", LOGIN], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_token_that_is_nested_too_deeply_is_malformed() -> None:
    """PyJWT before 2.11 lets the RecursionError of its JSON out."""
    deep = base64.urlsafe_b64encode(b"[" * 20_000).decode().rstrip("=")
    with pytest.raises(TokenRefused) as refused:
        issuer().verify(f"{deep}.e30.e30", service=HOST, now=NOW)
    assert refused.value.kind == "malformed"


@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "none"])
@pytest.mark.parametrize("kid", [1, None, ["a"]])
def test_key_id_of_another_type_is_malformed(algorithm: str, kid: object) -> None:
    """RFC 7515 §4.1.4. PyJWT before 2.12 looks at it after the algorithm and the signature: tried with 2.10.0."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": kid}).encode()).decode().rstrip("=")
    assert refusal_of(f"{header}.e30.e30")[0] == "malformed"
