"""The rule of which host receives which credential, as a table, and the messages of a refusal."""

import pytest

from fake_registry.client.access import (
    AccessPolicy,
    Credentials,
    RealmRefused,
    parse_realm_host,
    parse_realm_hosts,
)
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.wire.challenge import BASIC, Challenge, bearer

CALLERS = {
    "anonymous": Credentials(),
    "user": Credentials(username="me", password="secret"),
    "refresh token": Credentials(refresh_token="secret"),
    "Entra token": Credentials(audience="https://containerregistry.azure.net"),
}
NAMED = ["auth.example", "auth.example:5001", "127.0.0.1:5001", "xn--bcher-kva.example", "secure.example:443"]
"""The realm hosts of a caller that names some."""

EVERY = {kind for each in CALLERS for kind in (each, f"{each}, naming hosts")}
ANONYMOUS = {"anonymous", "anonymous, naming hosts"}
NAMING = {"anonymous, naming hosts", "user, naming hosts"}

ACR = "https://fake.azurecr.io"
LOCAL = "http://127.0.0.1:5000"


def policy_of(registry: str, caller: str) -> AccessPolicy:
    kind, _, naming = caller.partition(", ")
    hosts = parse_realm_hosts(NAMED if naming else ())
    return AccessPolicy(registry=parse_registry_url(registry), credentials=CALLERS[kind], realm_hosts=hosts)


@pytest.mark.parametrize(
    ("registry", "realm", "allowed"),
    [
        # the registry's own origin
        (ACR, "https://fake.azurecr.io/oauth2/token", EVERY),
        (ACR, "HTTPS://Fake.Azurecr.IO:443/oauth2/token?a=b", EVERY),
        (LOCAL, "http://127.0.0.1:5000/token", EVERY),
        # another scheme, port or spelling is another origin
        (ACR, "http://fake.azurecr.io/oauth2/token", set()),
        (ACR, "http://fake.azurecr.io:443/oauth2/token", set()),
        (ACR, "https://fake.azurecr.io:444/oauth2/token", ANONYMOUS),
        (ACR, "https://fake.azurecr.io./oauth2/token", ANONYMOUS),
        (ACR, "https://fake.azurecr.io.evil.example/oauth2/token", ANONYMOUS),
        (LOCAL, "https://127.0.0.1:5000/token", ANONYMOUS),
        (LOCAL, "http://localhost:5000/token", set()),
        # other hosts that a caller may name
        (ACR, "https://auth.example/token", ANONYMOUS | NAMING),
        (ACR, "https://AUTH.example:443/token", ANONYMOUS | NAMING),
        (ACR, "https://auth.example:5001/token", ANONYMOUS | NAMING),
        (ACR, "https://secure.example/token", ANONYMOUS | NAMING),
        (ACR, "https://xn--bcher-kva.example/token", ANONYMOUS | NAMING),
        (ACR, "https://auth.example:5002/token", ANONYMOUS),
        (ACR, "https://auth.example./token", ANONYMOUS),
        (ACR, "https://sub.auth.example/token", ANONYMOUS),
        # never from https to http, whether or not the host is named
        (ACR, "http://auth.example/token", set()),
        (ACR, "http://auth.example:5001/token", set()),
        # a registry without encryption
        (LOCAL, "http://127.0.0.1:5001/token", NAMING),
        (LOCAL, "http://auth.example/token", NAMING),
        (LOCAL, "https://auth.example/token", ANONYMOUS | NAMING),
        (LOCAL, "http://169.254.169.254/metadata/identity/oauth2/token", set()),
        # user info, and what two parsers could read differently
        (ACR, "https://me@fake.azurecr.io/token", set()),
        (ACR, "https://me:secret@auth.example/token", set()),
        (ACR, "https://fake.azurecr.io@auth.example/token", set()),
        (ACR, "https://auth.example\\@fake.azurecr.io/token", set()),
        (ACR, "https://b\u00fccher.example/token", set()),
        (ACR, "https://fake.azurecr.io\r\n.auth.example/token", set()),
        (ACR, "//fake.azurecr.io/token", set()),
        (ACR, "/oauth2/token", set()),
        (ACR, "fake.azurecr.io", set()),
        (ACR, "", set()),
    ],
)
def test_realm_receives_the_credentials_of_the_allowed_callers(registry: str, realm: str, allowed: set[str]) -> None:
    found = {caller for caller in EVERY if policy_of(registry, caller).realm_refusal(realm) is None}
    assert found == allowed


PORT_5002, CLEAR = "https://auth.example:5002", "http://auth.example"
ANOTHER_HOST = "user and password are not sent to another host"
UNENCRYPTED = "another host is not asked for a token without encryption"


@pytest.mark.parametrize(
    ("registry", "caller", "realm", "message"),
    [
        (
            ACR,
            "user",
            f"{PORT_5002}/token",
            f"the realm {PORT_5002}: {ANOTHER_HOST}; realm_hosts=['auth.example:5002'] allows it",
        ),
        (
            LOCAL,
            "anonymous",
            f"{CLEAR}/token",
            f"the realm {CLEAR}: {UNENCRYPTED}; realm_hosts=['auth.example'] allows it",
        ),
        (
            ACR,
            "refresh token, naming hosts",
            "https://auth.example/token",
            "the realm https://auth.example: a refresh token is sent to the registry alone",
        ),
        (
            ACR,
            "Entra token",
            "https://auth.example/token",
            "the realm https://auth.example: an Entra token is sent to the registry alone",
        ),
        (ACR, "user", "http://fake.azurecr.io/x", "the realm http://fake.azurecr.io, which is not encrypted"),
        (ACR, "user", "https://a@b\x1b[31m/", "the realm 'https://***@b\\x1b[31m/', malformed or with user info"),
    ],
)
def test_refusal_names_the_host_and_the_remedy(registry: str, caller: str, realm: str, message: str) -> None:
    refusal = policy_of(registry, caller).realm_refusal(realm)
    assert str(refusal) == f"login: expected a realm at {registry}, found {message}"


def test_refusal_of_a_long_realm_is_short() -> None:
    refusal = policy_of(ACR, "user").realm_refusal("https://a b/" + "x" * 10_000)
    assert refusal is not None
    assert len(str(refusal)) < 400


OWN = bearer(realm=f"{ACR}/oauth2/token", service="fake.azurecr.io")
FOREIGN = bearer(realm="https://evil.example/token", service="fake.azurecr.io")
OTHER = Challenge("Negotiate")


@pytest.mark.parametrize(
    ("caller", "challenges", "chosen"),
    [
        ("user", [OTHER, BASIC], BASIC),
        ("user", [BASIC, OWN], OWN),
        ("user", [FOREIGN, OWN], OWN),
        ("user", [FOREIGN, BASIC], BASIC),
        ("anonymous", [BASIC, FOREIGN], FOREIGN),
        ("anonymous", [BASIC], None),
        ("Entra token", [BASIC], None),
        ("refresh token", [BASIC, OWN], OWN),
        ("user", [Challenge("Bearer"), Challenge("Bearer", (("realm", ""),))], None),
        ("user", [], None),
    ],
)
def test_first_challenge_that_fits_is_chosen(
    caller: str, challenges: list[Challenge], chosen: Challenge | None
) -> None:
    assert policy_of(ACR, caller).choose_challenge(challenges) == chosen


@pytest.mark.parametrize("caller", ["user", "refresh token", "Entra token"])
def test_foreign_realm_alone_is_an_error(caller: str) -> None:
    with pytest.raises(RealmRefused, match=r"found the realm https://evil\.example: ") as raised:
        policy_of(ACR, caller).choose_challenge([OTHER, FOREIGN])
    assert raised.value.host == ("evil.example" if caller == "user" else None)


@pytest.mark.parametrize(
    "text", ["auth.docker.io", "Auth.Docker.IO", "localhost:5001", "[::1]:5001", "auth.docker.io."]
)
def test_realm_host_is_a_host_with_or_without_a_port(text: str) -> None:
    assert parse_realm_host(text) == text.lower()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("auth.io:", "auth.io"),
        ("auth.io:0443", "auth.io:443"),
        ("auth.io:443", "auth.io:443"),
        ("auth.io:05001", "auth.io:5001"),
        ("auth.io1", "auth.io1"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1:", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[::1]:", "[::1]"),
        ("[::1]:0443", "[::1]:443"),
    ],
)
def test_port_of_a_realm_host_has_its_shortest_form(text: str, host: str) -> None:
    assert parse_realm_host(text) == host


@pytest.mark.parametrize(
    "text", ["", "https://auth.docker.io", "auth.docker.io/token", "a b", "b\u00fccher.example", "a:0", "a?b", "*.io"]
)
def test_malformed_realm_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"realm_hosts: expected a host such as auth\.docker\.io") as raised:
        parse_realm_hosts(["auth.docker.io", text])
    assert repr(text) in str(raised.value)


def test_realm_host_with_a_user_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="found a user in it") as raised:
        parse_realm_host("me:secret@auth.docker.io")
    assert "secret" not in str(raised.value)


def test_text_instead_of_a_list_of_realm_hosts_is_refused() -> None:
    with pytest.raises(TypeError, match="realm_hosts: expected an iterable of str, found str: put it in a list"):
        parse_realm_hosts("auth.docker.io")


@pytest.mark.parametrize(
    "options",
    [
        {"username": "me"},
        {"password": "secret"},
        {"username": "me", "password": "secret", "refresh_token": "secret"},
        {"refresh_token": "secret", "audience": "https://aud"},
    ],
)
def test_contradicting_credentials_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="username and") as raised:
        Credentials(**options)
    assert "secret" not in str(raised.value)


def test_text_of_credentials_holds_no_secret() -> None:
    assert not [caller for caller, credentials in CALLERS.items() if "secret" in repr(credentials)]
