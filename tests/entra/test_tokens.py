"""`verify`, as the exchange of a registry calls it, and `token`, which needs no request."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from fake_registry import FakeEntra, ManualClock
from fake_registry.auth.signatures import TokenRefused
from fake_registry.entra.keys import KeyHolder, SigningKey, make_key
from fake_registry.entra.tokens import issuer_of
from tests.support.entra import ACR, SECOND, START_NS, claims_of, entra_at, send


def refusal_of(entra: FakeEntra, token: str, *, now: int = START_NS, tenant_id: str | None = None) -> str:
    with pytest.raises(TokenRefused) as refused:
        entra.verify(token, now=now, tenant_id=tenant_id)
    return refused.value.kind


def sign(entra: FakeEntra, **changed: object) -> str:
    """Return a token signed with the fake's key and changed claims; None removes a claim."""
    tenant = entra.tenant_id
    claims = {"aud": ACR, "iss": issuer_of(tenant), "tid": tenant, "nbf": SECOND, "exp": SECOND + 1} | changed
    return sign_text(entra, json.dumps({name: value for name, value in claims.items() if value is not None}).encode())


def sign_text(entra: FakeEntra, payload: bytes) -> str:
    """Return a JWT of any payload by the fake's own key."""
    kid = send(entra.wsgi_app, "GET", "/common/discovery/keys").json["keys"][0]["kid"]
    return jwt.PyJWS().encode(payload, make_key(), algorithm="RS256", headers={"kid": kid})


def test_token_is_valid_until_it_expires() -> None:
    clock = ManualClock(START_NS)
    entra = FakeEntra(clock=clock)
    app = entra.add_service_principal("app", secret="s")
    token = entra.token(app, ACR)
    assert entra.verify(token, now=clock.now()) == claims_of(token)
    clock.advance(timedelta(seconds=3599, milliseconds=999))
    assert entra.verify(token, now=clock.now())["oid"] == app.object_id
    clock.advance(timedelta(milliseconds=1))
    assert refusal_of(entra, token, now=clock.now()) == "expired"


def test_audience_of_a_token_for_a_scope_is_the_resource() -> None:
    entra = entra_at()
    identity = entra.add_managed_identity("vm")
    assert claims_of(entra.token(identity, f"{ACR}/.default"))["aud"] == ACR
    assert claims_of(entra.token(identity, f"{ACR}//.default"))["aud"] == f"{ACR}/"


@pytest.mark.parametrize(("shown", "proof"), [({"secret": "s"}, "1"), ({"federated_token": "t"}, "2"), ({}, "2")])
def test_token_names_the_kind_of_credential(shown: dict[str, str], proof: str) -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", **shown)  # type: ignore[arg-type]
    assert claims_of(entra.token(app, ACR))["appidacr"] == proof


def test_token_of_another_tenant_is_refused() -> None:
    entra = entra_at()
    other = entra.add_tenant()
    token = entra.token(entra.add_service_principal("app", tenant_id=other.tenant_id), ACR)
    assert refusal_of(entra, token) == "tenant"
    assert entra.verify(token, now=START_NS, tenant_id=other.tenant_id.upper())["tid"] == other.tenant_id


@pytest.mark.parametrize(
    ("changed", "now", "kind"),
    [
        ({"tid": None}, START_NS, "tenant"),
        ({"iss": "https://sts.windows.net/other/"}, START_NS, "issuer"),
        ({}, START_NS - 1, "not yet valid"),
        ({}, START_NS + 1_000_000_000, "expired"),
        ({"exp": "soon"}, START_NS, "malformed"),
        ({"nbf": None}, START_NS, "malformed"),
    ],
    ids=str,
)
def test_claims_are_checked(changed: dict[str, object], now: int, kind: str) -> None:
    entra = entra_at()
    assert entra.verify(sign(entra), now=START_NS)["aud"] == ACR
    assert refusal_of(entra, sign(entra, **changed), now=now) == kind


def test_token_of_another_entra_is_refused() -> None:
    """Of the same tenant, principal and ids: only who signed it differs, as in a process with
    several tests."""
    entra, another = entra_at(), entra_at()
    own, foreign = (
        one.token(one.add_service_principal("app", client_id="app", object_id="owner"), ACR) for one in (entra, another)
    )
    assert entra.verify(own, now=START_NS)["oid"] == another.verify(foreign, now=START_NS)["oid"] == "owner"
    assert refusal_of(entra, foreign) == refusal_of(another, own) == "signature"
    assert refusal_of(entra, f"{own.partition('.')[0]}.{foreign.partition('.')[2]}") == "signature"


def test_forged_tokens_are_refused() -> None:
    entra = entra_at()
    token = entra.token(entra.add_service_principal("app", secret="s"), ACR)
    claims = claims_of(token)
    another = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert refusal_of(entra, jwt.encode(claims, another, algorithm="RS256")) == "signature"
    assert refusal_of(entra, jwt.encode(claims, "k" * 32, algorithm="HS256")) == "algorithm"
    assert refusal_of(entra, jwt.encode(claims, "", algorithm="none")) == "algorithm"
    header, payload, signature = token.split(".")
    owner = base64.urlsafe_b64encode(json.dumps(claims | {"oid": "owner"}).encode()).decode().rstrip("=")
    assert refusal_of(entra, f"{header}.{owner}.{signature}") == "signature"
    spoilt = signature[:-1] + ("B" if signature[-1] != "B" else "C")
    assert refusal_of(entra, f"{header}.{payload}.{spoilt}") == "signature"


@pytest.mark.parametrize("text", ["", "opaque", "a.b", "a.b.c", "é.é.é", "e30.e30.", "W10.W10.W10"])
def test_other_text_is_malformed_or_has_no_algorithm(text: str) -> None:
    assert refusal_of(entra_at(), text) in ("malformed", "algorithm")


@pytest.mark.parametrize("payload", [b"[]", b"{", b"\xff", b"[" * 100_000])
def test_signed_text_that_is_not_an_object_is_malformed(payload: bytes) -> None:
    entra = entra_at()
    assert refusal_of(entra, sign_text(entra, payload)) == "malformed"


def test_concurrent_threads_get_the_same_key() -> None:
    """One for the process, and one certificate of it for each Entra."""
    make_key.cache_clear()
    holders = [KeyHolder(), KeyHolder()]
    with ThreadPoolExecutor(8) as pool:
        barrier = threading.Barrier(8)

        def get(number: int) -> SigningKey:
            barrier.wait(10)
            return holders[number % 2].signing_key()

        got = list(pool.map(get, range(8)))
    assert {id(key.private) for key in got} == {id(make_key())}
    assert [key.kid for key in got] == [got[0].kid, got[1].kid] * 4
    assert got[0].kid != got[1].kid
