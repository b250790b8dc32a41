"""The login as it is, a flow without I/O: what is kept for how long, told the time."""

import base64
import json
from dataclasses import dataclass, field

import pytest

from fake_registry.client.login import Ask, Attempt, GetToken, Keyring
from fake_registry.wire.answers import Answer

REGISTRY = "https://fake.azurecr.io"
CHALLENGE = 'Bearer realm="https://fake.azurecr.io/oauth2/token",service="fake.azurecr.io",scope="repository:a:pull"'
REFUSED = Answer(status=401, url=f"{REGISTRY}/v2/a/manifests/v1", headers={"Www-Authenticate": CHALLENGE})
DONE = Answer(status=200, url=f"{REGISTRY}/v2/a/manifests/v1")


def jwt(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature"


@dataclass
class Registry:
    """Answers a login's commands; notes what was asked."""

    refresh: str
    access: str
    steps: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def admit(self, keyring: Keyring, now: float, scope: str = "repository:a:pull") -> list[str]:
        """Return the steps of one request."""
        self.steps = []
        flow, given = keyring.admit(scope, now=now), None
        try:
            while True:
                given = self._answer(flow.send(given))
        except StopIteration:
            return self.steps

    def _answer(self, command: GetToken | Ask | Attempt) -> object:
        match command:
            case GetToken(audience):
                self.steps.append(f"credential {audience}")
                return "entra"
            case Ask(call):
                self.steps.append(call.endpoint)
                token = {"refresh_token": self.refresh} if call.endpoint == "oauth.exchange" else {}
                body = json.dumps(token or {"access_token": self.access}).encode()
                return Answer(status=200, url=call.url(REGISTRY), body=body)
            case Attempt(authorization):
                self.steps.append(authorization or "nothing")
                return DONE if authorization == f"Bearer {self.access}" else REFUSED


def keyring(*, anonymous: bool = False) -> Keyring:
    return Keyring(REGISTRY, audience="https://aud", anonymous=anonymous, api_version="2021-07-01")


FIRST = ["nothing", "credential https://aud", "oauth.exchange", "oauth.token"]


def test_tokens_are_kept_until_shortly_before_they_expire() -> None:
    """Access tokens of 75 minutes, refresh tokens of 195: replaced five minutes early."""
    ring, registry = keyring(), Registry(refresh=jwt(exp=11_700), access=jwt(exp=4_500))
    kept = f"Bearer {registry.access}"
    assert registry.admit(ring, 0) == [*FIRST, kept]
    assert registry.admit(ring, 4_199) == [kept]
    registry.access = jwt(exp=9_000)
    assert registry.admit(ring, 4_200) == ["oauth.token", f"Bearer {registry.access}"]
    registry.access = jwt(exp=20_000)
    assert registry.admit(ring, 11_400) == [*FIRST[1:], f"Bearer {registry.access}"]


def test_short_lived_tokens_are_kept_for_half_their_life() -> None:
    ring, registry = keyring(), Registry(refresh=jwt(exp=11_700), access=jwt(exp=60))
    registry.admit(ring, 0)
    assert registry.admit(ring, 29) == [f"Bearer {registry.access}"]
    assert registry.admit(ring, 30) == ["oauth.token", f"Bearer {registry.access}"]


def test_token_that_does_not_say_is_kept_for_a_minute_or_what_its_answer_says() -> None:
    """CNCF distribution, Token Authentication Specification: 60 seconds without an expires_in."""
    ring, registry = keyring(anonymous=True), Registry(refresh="", access="opaque")
    assert registry.admit(ring, 0) == ["nothing", "oauth.token", "Bearer opaque"]
    assert registry.admit(ring, 29) == ["Bearer opaque"]
    assert registry.admit(ring, 31) == ["oauth.token", "Bearer opaque"]


def test_tokens_are_kept_by_scope() -> None:
    ring, registry = keyring(), Registry(refresh=jwt(exp=11_700), access=jwt(exp=4_500))
    kept = f"Bearer {registry.access}"
    registry.admit(ring, 0)
    assert registry.admit(ring, 1, "repository:a:delete") == ["oauth.token", kept]
    assert registry.admit(ring, 2, "repository:a:delete") == [kept]
    assert registry.admit(ring, 3) == [kept]


def test_refused_token_is_replaced_once() -> None:
    ring, registry = keyring(), Registry(refresh=jwt(exp=11_700), access=jwt(exp=4_500))
    old = f"Bearer {registry.access}"
    registry.admit(ring, 0)
    registry.access = jwt(exp=4_501)
    assert registry.admit(ring, 1) == [old, "oauth.token", f"Bearer {registry.access}"]


@pytest.mark.parametrize(
    "payload", ["", "a", "a.b.c", "a.!!.c", jwt(exp="soon"), jwt(exp=None), jwt(), jwt(exp=10**400)]
)
def test_token_of_any_form_will_do(payload: str) -> None:
    """Also one whose payload has - or _ in it, which the official client cannot read (azure-sdk-quirks)."""
    ring, registry = keyring(), Registry(refresh=payload or "x", access=payload or "y")
    assert registry.admit(ring, 0)[-1] == f"Bearer {registry.access}"


def test_no_secret_in_a_command_s_text() -> None:
    assert "secret" not in repr(Attempt("Bearer secret"))
