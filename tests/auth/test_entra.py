"""The exchange of Entra's tokens: which are accepted, and which principal they name."""

import base64
from collections.abc import Mapping, Sequence

import pytest

from fake_registry.auth.entra import AUDIENCES, TokenVerifier, read_entra_token
from fake_registry.auth.signatures import TokenRefused
from fake_registry.auth.tokens import Principal
from fake_registry.clock import SECOND_NS
from tests.auth.builders import NOW, SECOND, entra_token


class DistrustfulVerifier:
    """Accepts no token."""

    def verify(self, text: str, *, now: int) -> Mapping[str, object]:
        raise TokenRefused("signature", "not ours")


def refusal_of(
    token: str,
    *,
    now: int = NOW,
    audiences: tuple[str, ...] = AUDIENCES["azurecr.io"],
    verifiers: Sequence[TokenVerifier] = (),
) -> str:
    with pytest.raises(TokenRefused) as refused:
        read_entra_token(token, now=now, audiences=audiences, verifiers=verifiers)
    return refused.value.kind


@pytest.mark.parametrize(
    "audience",
    [
        "https://containerregistry.azure.net",
        "https://containerregistry.azure.net/",
        "https://management.azure.com",
        "https://management.azure.com/",
        "https://management.core.windows.net/",
        ["https://graph.microsoft.com", "https://management.azure.com"],
    ],
)
def test_token_for_this_service_is_accepted(audience: object) -> None:
    token = entra_token(aud=audience, oid="1f2e")
    assert read_entra_token(token, now=NOW) == Principal(name="1f2e", identities=("1f2e",))


@pytest.mark.parametrize(
    "audience", ["https://management.usgovcloudapi.net", "https://containerregistry.azure.net.evil", "", None, 1, []]
)
def test_token_for_another_service_is_refused(audience: object) -> None:
    assert refusal_of(entra_token(aud=audience)) == "audience"


def test_all_identities_are_kept_and_the_first_is_the_name() -> None:
    token = entra_token(sub="s", unique_name="u", upn="alice@example.com", appid="app", oid="o", exp=SECOND + 1)
    expected = Principal(name="o", identities=("o", "app", "alice@example.com", "u", "s"), app_id="app")
    assert read_entra_token(token, now=NOW) == expected


def test_token_without_identities_is_accepted() -> None:
    assert read_entra_token(entra_token(oid=7), now=NOW) == Principal(name="unidentified")


@pytest.mark.parametrize(("expiry", "kind"), [(SECOND, "expired"), (SECOND - 1, "expired"), ("soon", "malformed")])
def test_token_is_refused_by_its_expiry(expiry: object, kind: str) -> None:
    assert refusal_of(entra_token(exp=expiry)) == kind


def test_token_that_was_accepted_is_checked_again() -> None:
    token = entra_token(exp=SECOND + 1, oid="1f2e")
    assert read_entra_token(token, now=NOW).name == "1f2e"

    later = (SECOND + 1) * SECOND_NS
    assert refusal_of(token, now=later) == "expired"
    assert refusal_of(token, audiences=("https://management.usgovcloudapi.net",)) == "audience"
    assert refusal_of(token, verifiers=[DistrustfulVerifier()]) == "signature"


@pytest.mark.parametrize("expiry", [SECOND + 1, SECOND + 0.5, None])
def test_token_is_accepted_before_its_expiry(expiry: object) -> None:
    assert read_entra_token(entra_token(exp=expiry, upn="alice"), now=NOW).name == "alice"


@pytest.mark.parametrize("token", ["", "opaque", "a.b", "a.b.c.d", "a.!.c", "a.é.c", "a.W10.c", "a.e30", "a.gICA.c"])
def test_other_text_is_malformed(token: str) -> None:
    assert refusal_of(token) == "malformed"


def test_deeply_nested_json_is_malformed() -> None:
    nested = base64.urlsafe_b64encode(b"[" * 200_000).decode()
    assert refusal_of(f"a.{nested}.c") == "malformed"
