"""A secret is in no text that leaves the journal: report, assertions, log, HAR, JSON lines."""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import ClassVar, Final, Literal
from urllib.parse import quote

import pytest

from fake_registry import Exchange, FakeRegistry, Fault, ManualClock, Settings
from fake_registry.cli.log import LogFormat, ServerLog
from fake_registry.http.answers import Answer
from fake_registry.http.faults import Scene, When
from fake_registry.journal.report import exchanges_text
from fake_registry.server import Answered
from fake_registry.spec.errors import RegistryError, Unauthorized
from tests.support.effects import Fail
from tests.support.http import HOST, begin, send
from tests.support.logins import basic, bearer, entra_token, post_form

SECRET: Final = "hunter2.Hunter2-Hunter2"
JWT: Final = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.aHVudGVyMg"
URL: Final = f"https://user:{SECRET}@other.example/x"

FORMS: Final = (
    "hunter2",
    "Hunter2",
    "aHVudGVyMg",
    *[base64.b64encode(text.encode()).decode().rstrip("=") for text in (SECRET, f"user:{SECRET}")],
)
"""The secret, parts of it, and its usual encodings."""

TAGS: Final = "/v2/samples/hello/tags/list"

NAMES: Final = (
    "sig",
    "%73ig",
    "_state",
    "password",
    "PassWord",
    "access_token",
    "refresh%5Ftoken",
    "client_secret",
    "client_assertion",
    "api-key",
    "code",
)
"""Names of secret parameters, one of each form. More are in tests/spec/test_redaction.py."""

TARGETS: Final = (
    *[f"{TAGS}?a=1&{name}={SECRET}&b=2" for name in NAMES],
    f"{TAGS}?a=1;password={SECRET};b=2",
    f"{TAGS}?to={quote(f'/x?sig={SECRET}', safe='')}",
    f"{TAGS}?to={quote(quote(f'/x?sig={SECRET}', safe=''), safe='')}",
    f"{TAGS}?to=sig={SECRET}",
    f"{TAGS}?to=sig%3d{SECRET}",
    f"{TAGS}?to={URL}",
    f"{TAGS}?{URL}",
    f"{TAGS}?{URL}=1",
    f"{TAGS}?service=user:{SECRET}@{HOST}",
    f"{TAGS}?{JWT}",
    f"{TAGS}?x={JWT}",
    f"/v2/x{quote(f'?sig={SECRET}')}",
    f"/v2/x{quote(quote(f'?sig={SECRET}'))}",
    f"/v2/password={SECRET}/tags/list",
    f"/v2/{quote(URL)}/tags/list",
    f"/v2/{JWT}/tags/list",
    f"/v2/samples/hello/manifests/sig={SECRET}",
    f"/v2/samples/hello/blobs/uploads/?digest=sig={SECRET}",
    f"/v2/_catalog?n=password={SECRET}",
)
"""Paths and queries with a secret in them."""

HEADERS: Final = (
    bearer(SECRET),
    bearer(JWT),
    basic("user", SECRET),
    {"Authorization": SECRET},
    {"Authorization": f"Digest user={SECRET}"},
    {"Proxy-Authorization": f"Basic {SECRET}"},
    {"Cookie": f"session={SECRET}; other={SECRET}"},
    {"X-Registry-Auth": SECRET},
    {"X-Api-Key": SECRET},
    {"Referer": f"https://a/?sig={SECRET}"},
    {"Origin": URL},
    {"Host": f"user:{SECRET}@{HOST}"},
    {"Forwarded": f"host=user:{SECRET}@{HOST}"},
)
"""Headers of requests."""

ANSWER_HEADERS: Final = (
    ("Location", f"/v2/x?_state={SECRET}&a=1"),
    ("Location", URL),
    ("Location", f"/x/{JWT}"),
    ("Location", f"/x#access_token={SECRET}"),
    ("Location", f"/x?a=1#access_token={SECRET}"),
    ("Content-Location", f"/x?sig={SECRET}"),
    ("Link", f'</v2/_catalog?last=a&token={SECRET}>; rel="next"'),
    ("Link", f'<{URL}>; rel="next"'),
    ("Www-Authenticate", f'Bearer realm="{URL}",service="a"'),
    ("WWW-Authenticate", f'Bearer realm="https://a/?sig={SECRET}",error="token={SECRET}"'),
    ("Proxy-Authenticate", f'Basic realm="{URL}"'),
    ("Set-Cookie", f"session={SECRET}; Path=/"),
    ("X-Auth-Token", SECRET),
)
"""Headers of answers."""

ERRORS: Final = (
    Unauthorized(f"expected a token, found {JWT}"),
    Unauthorized("refused", failure=f"password={SECRET}"),
    Unauthorized("refused", failure=f"the login at {URL} failed"),
    Unauthorized("refused", failure=f"found 'Bearer {SECRET}'"),
    Unauthorized(f'found {{"refresh_token": "{SECRET}"}}'),
    RuntimeError(f"access_token={SECRET}"),
)
"""Errors, among them that of a bug."""


@dataclass(frozen=True)
class AddHeader:
    """The answer has another header."""

    default_when: ClassVar[When] = "after"

    header: Mapping[str, str]

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return replace(answer, headers=(*answer.headers, *self.header.items()))


def texts_of(
    request: Callable[[FakeRegistry], object], folder: Path, *, auth: Literal["off", "token"]
) -> Iterator[tuple[str, str]]:
    """Send requests to a registry, and yield each text about them, after its name."""
    recorded: list[Exchange] = []
    registry = FakeRegistry(Settings(auth=auth), clock=ManualClock(), on_exchange=recorded.append)
    request(registry)

    yield "requests", str(registry.requests)
    yield "report", exchanges_text(tuple(registry.requests), limit=None)
    yield "assertion", assertion_of(registry)
    yield "repr", repr(list(registry.requests))
    yield "har", registry.requests.to_har(folder / "a.har").read_text()
    yield "json lines", registry.requests.to_json_lines(folder / "a.jsonl").read_text()
    yield "text log", log_of(recorded, "text", folder / "a.log")
    yield "json log", log_of(recorded, "json", folder / "a.log")


def assertion_of(registry: FakeRegistry) -> str:
    """Return the message of an assertion on the requests of a registry."""
    with pytest.raises(AssertionError) as raised:
        registry.requests.assert_none()
    return str(raised.value)


def log_of(exchanges: list[Exchange], style: LogFormat, path: Path) -> str:
    """Return the lines that the server command writes about exchanges."""
    with FileIO(path, "w") as file:
        log = ServerLog(file, style, now=lambda: 0)
        for exchange in exchanges:
            log.exchange(exchange)
            log.answer(Answered(peer="a:1", status=200, sent_bytes=0, seconds=0, problem=""))
        log.close()
    return path.read_text()


def leaks_of(
    request: Callable[[FakeRegistry], object], folder: Path, *, auth: Literal["off", "token"] = "off"
) -> list[tuple[str, str]]:
    """Return the forms of the secret that are in the texts about requests, with the text's name."""
    texts = dict(texts_of(request, folder, auth=auth))
    assert all(texts.values())
    return [(name, form) for name, text in texts.items() for form in FORMS if form in text]


@pytest.mark.parametrize("auth", ["off", "token"])
@pytest.mark.parametrize("target", TARGETS)
def test_secret_in_path_or_query_is_in_no_text(tmp_path: Path, target: str, auth: Literal["off", "token"]) -> None:
    assert leaks_of(lambda registry: send(registry, "GET", target), tmp_path, auth=auth) == []


@pytest.mark.parametrize("target", TARGETS)
def test_secret_in_the_target_of_an_upload_is_in_no_text(tmp_path: Path, target: str) -> None:
    assert leaks_of(lambda registry: send(registry, "POST", target, b"{}"), tmp_path) == []


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_secret_in_a_header_is_in_no_text(tmp_path: Path, headers: dict[str, str]) -> None:
    assert leaks_of(lambda registry: send(registry, "GET", TAGS, headers=headers), tmp_path, auth="token") == []


@pytest.mark.parametrize(("name", "value"), ANSWER_HEADERS)
def test_secret_in_a_header_of_the_answer_is_in_no_text(tmp_path: Path, name: str, value: str) -> None:
    def request(registry: FakeRegistry) -> None:
        registry.faults.add(Fault("base", AddHeader({name: value})))
        send(registry, "GET", "/v2/")

    assert leaks_of(request, tmp_path) == []


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_secret_in_an_error_is_in_no_text(tmp_path: Path, error: Exception) -> None:
    def request(registry: FakeRegistry) -> None:
        registry.faults.add(Fault("base", Fail(error)))
        with suppress(RuntimeError):
            send(registry, "GET", "/v2/")

    assert leaks_of(request, tmp_path) == []
    if isinstance(error, RegistryError):
        assert [form for form in FORMS if form in str(error)] == []


@pytest.mark.parametrize("path", ["/oauth2/exchange", "/oauth2/token"])
@pytest.mark.parametrize(
    "field", ["grant_type", "service", "scope", "access_token", "refresh_token", "password", "username"]
)
def test_secret_in_a_login_is_in_no_text(tmp_path: Path, path: str, field: str) -> None:
    fields = {"grant_type": "password", "service": HOST, "username": "me", "password": SECRET}
    value = f"password={SECRET}" if field in ("service", "scope", "username") else SECRET

    assert leaks_of(lambda registry: post_form(registry, path, **fields | {field: value}), tmp_path, auth="token") == []


@pytest.mark.parametrize("path", ["/oauth2/exchange", "/oauth2/token"])
def test_secret_in_the_host_of_a_login_is_in_no_text(tmp_path: Path, path: str) -> None:
    content = f"grant_type=access_token&service={HOST}&access_token={entra_token()}".encode()
    headers = {"Host": f"user:{SECRET}@{HOST}", "Content-Type": "application/x-www-form-urlencoded"}

    assert leaks_of(lambda registry: send(registry, "POST", path, content, headers), tmp_path, auth="token") == []


def test_state_of_an_upload_is_in_no_text(tmp_path: Path) -> None:
    states = []

    def request(registry: FakeRegistry) -> None:
        location = begin(registry, "samples/hello", b"four")
        states.append(location.rpartition("_state=")[2])
        send(registry, "GET", location)

    texts = list(texts_of(request, tmp_path, auth="off"))
    assert len(states[0]) > 20
    assert [name for name, text in texts if states[0] in text] == []
