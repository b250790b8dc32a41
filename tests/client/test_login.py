"""The login as a flow without I/O: its commands, step by step, for each kind of credential."""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest

from fake_registry.client.access import AccessPolicy, Credentials, LoginFailed, RealmRefused
from fake_registry.client.login import Ask, Attempt, GetToken, Keyring
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.spec.endpoints import EndpointName, endpoint_of
from fake_registry.wire.messages import CallRequest, CallResponse

REGISTRY = "https://fake.azurecr.io"
PULL = "repository:a:pull"
BASIC = "Basic bWU6c2VjcmV0"

ANONYMOUS = Credentials()
USER = Credentials(username="me", password="secret")
REFRESH_TOKEN = Credentials(refresh_token="given")
ENTRA = Credentials(audience="https://aud")


def jwt(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature"


@dataclass
class LoginServer:
    """Answers the commands of a login and notes them as steps."""

    access: str = "access"
    refresh: str = field(default_factory=lambda: jwt(exp=11_700))
    challenge: str = f'Bearer realm="{REGISTRY}/oauth2/token",service="fake.azurecr.io",scope="{PULL}"'
    accepted: str | None = None
    """The Authorization that the registry accepts; the current access token by default."""
    token_status: int = 200
    token_body: bytes | None = None
    steps: list[str] = field(default_factory=list)

    def serve(
        self, keyring: Keyring, now: float, scope: str = PULL, *, replayable: bool = True, preauthorize: bool = True
    ) -> list[str]:
        """Return the steps of one request."""
        self.steps = []
        flow = keyring.authorize(scope, now=now, replayable=replayable, preauthorize=preauthorize)
        answer = None
        try:
            while True:
                answer = self.perform(flow.send(answer))
        except StopIteration:
            return self.steps

    def perform(self, command: GetToken | Ask | Attempt) -> object:
        match command:
            case GetToken(audience):
                self.steps.append(f"credential {audience}")
                return "entra"
            case Ask(call, authorization):
                return self._answer_token_request(call, authorization)
            case Attempt(authorization):
                self.steps.append(authorization or "nothing")
                is_accepted = authorization == (self.accepted or f"Bearer {self.access}")
                return CallResponse(
                    status=200 if is_accepted else 401,
                    url=f"{REGISTRY}/v2/a/manifests/v1",
                    headers={} if is_accepted else {"Www-Authenticate": self.challenge},
                )

    def _answer_token_request(self, call: CallRequest, authorization: str | None) -> CallResponse:
        fields = {**parse_qs(call.url("").partition("?")[2]), **parse_qs(call.body.decode())}
        asked = "+".join(fields.get("scope", []))
        self.steps.append(" ".join(filter(None, (call.endpoint.name, asked, authorization))))
        is_exchange = call.endpoint.name == "oauth.exchange"
        token = {"refresh_token": self.refresh} if is_exchange else {"access_token": self.access}
        body = json.dumps(token).encode() if self.token_body is None else self.token_body
        return CallResponse(status=self.token_status, url=call.url(REGISTRY), body=body)


def keyring_of(credentials: Credentials = ENTRA) -> Keyring:
    return Keyring(AccessPolicy(registry=parse_registry_url(REGISTRY), credentials=credentials))


ASK = f"oauth.token {PULL}"
FIRST = ["nothing", "credential https://aud", "oauth.exchange", ASK]


@pytest.mark.parametrize(
    ("credentials", "asked"),
    [
        (ANONYMOUS, [ASK]),
        (USER, [f"{ASK} {BASIC}"]),
        (REFRESH_TOKEN, [ASK]),
        (ENTRA, FIRST[1:]),
    ],
)
def test_each_kind_of_credential_logs_in(credentials: Credentials, asked: list[str]) -> None:
    keyring, server = keyring_of(credentials), LoginServer()
    assert server.serve(keyring, 0) == ["nothing", *asked, "Bearer access"]
    assert server.serve(keyring, 1) == ["Bearer access"]


@pytest.mark.parametrize(("credentials", "sent"), [(REFRESH_TOKEN, "given"), (ENTRA, jwt(exp=11_700))])
def test_refresh_token_is_sent_in_the_body(credentials: Credentials, sent: str) -> None:
    flow, server = keyring_of(credentials).authorize(PULL, now=0), LoginServer()
    command = flow.send(None)
    while not isinstance(command, Ask) or command.call.endpoint.name != "oauth.token":
        command = flow.send(server.perform(command))
    assert (command.call.method, command.authorization) == ("POST", None)
    assert parse_qs(command.call.body.decode())["refresh_token"] == [sent]
    assert command.call.url(REGISTRY) == f"{REGISTRY}/oauth2/token"


def test_api_version_is_sent_with_tokens() -> None:
    policy = AccessPolicy(registry=parse_registry_url(REGISTRY), credentials=ENTRA)
    flow, server = Keyring(policy, api_version="2021-07-01").authorize(PULL, now=0), LoginServer()
    queries = []
    command = flow.send(None)
    for _ in range(4):
        command = flow.send(server.perform(command))
        if isinstance(command, Ask):
            queries.append(command.call.query)
    assert queries == [(("api-version", "2021-07-01"),)] * 2


def test_tokens_are_kept_until_shortly_before_they_expire() -> None:
    """Access tokens of 75 minutes, refresh tokens of 195: replaced five minutes early."""
    keyring, server = keyring_of(), LoginServer(access=jwt(exp=4_500))
    kept = f"Bearer {server.access}"
    assert server.serve(keyring, 0) == [*FIRST, kept]
    assert server.serve(keyring, 4_199) == [kept]
    server.access = jwt(exp=9_000)
    assert server.serve(keyring, 4_200) == [ASK, f"Bearer {server.access}"]
    server.access = jwt(exp=20_000)
    assert server.serve(keyring, 11_400) == [*FIRST[1:], f"Bearer {server.access}"]


def test_short_lived_tokens_are_kept_for_half_their_life() -> None:
    keyring, server = keyring_of(), LoginServer(access=jwt(exp=60))
    server.serve(keyring, 0)
    assert server.serve(keyring, 29) == [f"Bearer {server.access}"]
    assert server.serve(keyring, 30) == [ASK, f"Bearer {server.access}"]


@pytest.mark.parametrize("access", ["opaque", jwt(exp=500)], ids=["opaque", "expired on arrival"])
def test_token_without_a_usable_expiry_is_kept_for_a_minute(access: str) -> None:
    """CNCF distribution, Token Authentication Specification: 60 seconds without an expires_in."""
    keyring, server = keyring_of(ANONYMOUS), LoginServer(access=access)
    kept = f"Bearer {access}"
    assert server.serve(keyring, 1_000) == ["nothing", ASK, kept]
    assert server.serve(keyring, 1_029) == [kept]
    assert server.serve(keyring, 1_031) == [ASK, kept]


def test_expires_in_counts_for_a_token_without_an_expiry() -> None:
    keyring = keyring_of(ANONYMOUS)
    server = LoginServer(token_body=b'{"token": "access", "expires_in": 3600}')
    server.serve(keyring, 0)
    assert server.serve(keyring, 3_299) == ["Bearer access"]
    assert server.serve(keyring, 3_301) == [ASK, "Bearer access"]


def test_tokens_are_kept_by_scope() -> None:
    keyring, server = keyring_of(), LoginServer(access=jwt(exp=4_500))
    kept = f"Bearer {server.access}"
    server.serve(keyring, 0)
    assert server.serve(keyring, 1, "repository:a:delete") == ["oauth.token repository:a:delete", kept]
    assert server.serve(keyring, 2, "repository:a:delete") == [kept]
    assert server.serve(keyring, 3) == [kept]


def test_scope_of_the_challenge_is_requested_and_requested_again() -> None:
    """Azure/acr AAD-OAuth: the challenge decides on the scope."""
    wider = "repository:a:pull,push"
    server = LoginServer(access=jwt(exp=60))
    server.challenge = server.challenge.replace(PULL, wider)
    keyring = keyring_of()
    assert server.serve(keyring, 0)[-2] == f"oauth.token {wider}"
    server.access = jwt(exp=120)
    assert server.serve(keyring, 60) == [f"oauth.token {wider}", f"Bearer {server.access}"]


def test_refused_token_is_replaced_once() -> None:
    keyring, server = keyring_of(), LoginServer(access=jwt(exp=4_500))
    old = f"Bearer {server.access}"
    server.serve(keyring, 0)
    server.access, server.accepted = jwt(exp=4_501), "nothing will do"
    assert server.serve(keyring, 1) == [old, ASK, f"Bearer {server.access}"]


def test_equal_token_is_not_sent_again() -> None:
    keyring, server = keyring_of(ANONYMOUS), LoginServer()
    server.serve(keyring, 0)
    server.accepted = "nothing will do"
    assert server.serve(keyring, 1) == ["Bearer access", ASK]


def test_refresh_token_that_is_refused_is_replaced() -> None:
    keyring, server = keyring_of(), LoginServer(access=jwt(exp=60))
    server.serve(keyring, 0)
    flow = keyring.authorize(PULL, now=60)
    assert isinstance(flow.send(None), Ask)
    assert flow.send(CallResponse(status=401, url=REGISTRY)) == GetToken("https://aud")


@pytest.mark.parametrize("credentials", [ANONYMOUS, USER, REFRESH_TOKEN, ENTRA])
@pytest.mark.parametrize("status", [400, 401, 403, 429, 503])
def test_refusal_by_the_token_service_is_the_last_step(credentials: Credentials, status: int) -> None:
    steps = LoginServer(token_status=status).serve(keyring_of(credentials), 0)
    assert steps[-1].startswith("oauth.")


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"no JSON", "expected an access token, found another answer: "),
        (200, b"{}", "expected an access token, found another answer: "),
        (200, b'{"token": "a\\r\\nX-Evil: 1"}', "expected a token of visible ASCII"),
        (200, '{"token": "caf\u00e9"}'.encode(), "expected a token of visible ASCII"),
        (204, b"", "expected an access token, found status 204"),
        (307, b"", "expected an access token, found status 307"),
    ],
)
def test_unusable_answer_of_the_token_service_fails_the_login(status: int, body: bytes, message: str) -> None:
    with pytest.raises(LoginFailed, match=message):
        LoginServer(token_status=status, token_body=body).serve(keyring_of(USER), 0)


def test_unusable_refresh_token_fails_the_login() -> None:
    with pytest.raises(LoginFailed, match="expected a refresh token, found another answer"):
        LoginServer(token_body=b'{"refresh_token": 5}').serve(keyring_of(), 0)


@pytest.mark.parametrize("challenge", ["", "Bearer realm=", 'Negotiate, Basic realm="x"', 'Bearer service="x"'])
def test_challenge_that_no_credential_fits_ends_the_login(challenge: str) -> None:
    server = LoginServer(challenge=challenge)
    assert server.serve(keyring_of(), 0) == ["nothing"]
    assert server.serve(keyring_of(ANONYMOUS), 0) == ["nothing"]


def test_foreign_realm_is_not_contacted() -> None:
    server = LoginServer(challenge='Bearer realm="https://evil.example/token",service="fake.azurecr.io"')
    with pytest.raises(RealmRefused, match=r"realm_hosts=\['evil.example'\] allows it"):
        server.serve(keyring_of(USER), 0)
    assert server.steps == ["nothing"]


def test_refused_password_is_not_sent_again() -> None:
    keyring, server = keyring_of(USER), LoginServer(challenge='Basic realm="x"', accepted=BASIC)
    assert server.serve(keyring, 0) == ["nothing", BASIC]
    assert server.serve(keyring, 1) == [BASIC]
    server.accepted = "nothing will do"
    assert server.serve(keyring, 2) == [BASIC]


def test_request_that_cannot_be_replayed_is_sent_once() -> None:
    """Its token is fetched before; a refused token is not used again."""
    keyring, server = keyring_of(ANONYMOUS), LoginServer()
    assert server.serve(keyring, 0, replayable=False) == ["nothing"]
    server.serve(keyring, 1)
    push = "repository:a:push"
    assert server.serve(keyring, 2, push, replayable=False) == [f"oauth.token {push}", "Bearer access"]
    server.accepted = "another token"
    assert server.serve(keyring, 3, push, replayable=False) == ["Bearer access"]
    server.access, server.accepted = "newer", None
    assert server.serve(keyring, 4, push, replayable=False) == [f"oauth.token {push}", "Bearer newer"]


@pytest.mark.parametrize(
    ("challenge", "login"),
    [(LoginServer().challenge, [f"{ASK} {BASIC}", "Bearer access"]), ('Basic realm="x"', [BASIC])],
)
def test_first_attempt_can_be_without_authorization(challenge: str, login: list[str]) -> None:
    """For the target of a redirect, which refuses it if it needs one (acr-behaviour 8.3)."""
    server = LoginServer(challenge=challenge, accepted=login[-1])
    keyring = keyring_of(USER)
    server.serve(keyring, 0)
    assert server.serve(keyring, 1, preauthorize=False) == ["nothing", *login]


@pytest.mark.parametrize(
    "payload", ["", "a", "a.b.c", "a.!!.c", jwt(exp="soon"), jwt(exp=None), jwt(), jwt(exp=10**400), jwt(exp=-1)]
)
def test_token_of_any_form_is_sent(payload: str) -> None:
    """Also a payload with - or _, which the official client cannot read (azure-sdk-quirks)."""
    server = LoginServer(refresh=payload or "x", access=payload or "y")
    assert server.serve(keyring_of(), 0)[-1] == f"Bearer {server.access}"


def test_text_of_a_command_holds_no_secret() -> None:
    endpoint = endpoint_of(EndpointName.OAUTH_TOKEN)
    call = CallRequest(endpoint=endpoint, path=endpoint.path, body=b"refresh_token=secret")
    assert "secret" not in repr([Attempt("Bearer secret"), Ask(call, "Basic secret")])
