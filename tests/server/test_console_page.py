"""The console without a browser: its page and parts, their headers, and the cookie for the control token."""

import re
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Final

import pytest
from werkzeug.test import Client, TestResponse

from fake_registry import FakeRegistry, Settings
from fake_registry.control import ControlApp, ControlChoice
from fake_registry.http.hosts import HostApp
from tests.server.control_client import client_of, error_of, json_of

FOLDER: Final = Path(__file__).parents[2] / "fake_registry" / "control" / "page"
PARTS: Final = sorted(path.name for path in FOLDER.iterdir())
TOKEN: Final = "s3;cret,=ä"


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(Settings(auth="off"))


def logged_in(registry: FakeRegistry, *, host: str = "127.0.0.1:5000") -> tuple[Client, TestResponse]:
    """Return a client with the cookie, and the answer that has set it."""
    client = Client(ControlApp(registry, registry.wsgi_app, token=TOKEN))
    answer = client.get("/_fake/ui", query_string={"token": TOKEN}, base_url=f"http://{host}")
    return client, answer


@pytest.mark.parametrize("path", ["ui", *(f"ui/{name}" for name in PARTS)])
def test_page_and_parts_load_nothing_from_elsewhere(registry: FakeRegistry, path: str) -> None:
    answer = client_of(registry).get(f"/_fake/{path}")

    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy == ["default-src 'self'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    links = re.findall(r"https?://[^\"' )`$]+", answer.text)
    assert set(links) <= {"http://www.w3.org/2000/svg"}


def test_page_and_parts_are_small() -> None:
    assert sum((FOLDER / name).stat().st_size for name in PARTS) < 150 * 1024


@pytest.mark.parametrize("name", [name for name in PARTS if name.endswith((".js", ".html"))])
def test_texts_are_never_read_as_markup(name: str) -> None:
    source = (FOLDER / name).read_text(encoding="utf-8")
    code = re.sub(r"^\s*//.*$", "", source, flags=re.MULTILINE)
    names = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "style=")
    assert [one for one in names if one in code] == []


def test_page_needs_no_request_of_clients(registry: FakeRegistry) -> None:
    client = client_of(registry)
    client.get("/_fake/ui")
    assert len(registry.requests) == 0


@pytest.mark.parametrize("path", ["ui/", "ui/none.js", "ui/../app.py", "ui/%2e%2e/app.py", "ui/page/app.js"])
def test_unknown_part_is_not_found(registry: FakeRegistry, path: str) -> None:
    answer = client_of(registry).get(f"/_fake/{path}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_page_is_only_read(registry: FakeRegistry) -> None:
    answer = client_of(registry).post("/_fake/ui")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "headers", [{"Host": "attacker.example"}, {"Host": "localhost", "Origin": "http://attacker.example"}]
)
@pytest.mark.parametrize("path", ["ui", "ui/app.js", "ui?token=T"])
def test_foreign_page_is_refused(registry: FakeRegistry, path: str, headers: dict[str, str]) -> None:
    answer = client_of(registry, token="T").get(f"/_fake/{path}", headers=headers)
    assert answer.status_code == 403
    assert error_of(answer)


def test_token_in_the_url_becomes_a_cookie(registry: FakeRegistry) -> None:
    client, answer = logged_in(registry)

    assert (answer.status_code, answer.headers["Location"], answer.data) == (303, "/_fake/ui", b"")
    [(name, cookie)] = SimpleCookie(answer.headers["Set-Cookie"]).items()
    assert name == "fake_registry_control_5000"
    assert (cookie["path"], cookie["samesite"], cookie["httponly"], cookie["secure"]) == ("/_fake/", "Strict", True, "")
    assert TOKEN not in cookie.value
    for path in ("ui", "state", "events?timeout=0"):
        assert client.get(f"/_fake/{path}", base_url="http://127.0.0.1:5000").status_code == 200


def test_other_parameters_of_the_url_stay(registry: FakeRegistry) -> None:
    client = Client(ControlApp(registry, registry.wsgi_app, token="T"))
    answer = client.get("/_fake/ui?registry=left%26&token=T", base_url="https://localhost")
    assert answer.headers["Location"] == "/_fake/ui?registry=left%26"
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["ui", "ui?token=", "ui?token=wrong", "ui?token=T%C3%A4", "ui?registry=fake"])
def test_missing_or_wrong_token_is_refused_with_a_page(registry: FakeRegistry, path: str) -> None:
    answer = client_of(registry, token="T").get(f"/_fake/{path}")

    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert "missing or wrong" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_server_without_a_token_needs_none(registry: FakeRegistry) -> None:
    answer = client_of(registry).get("/_fake/ui?token=any")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/_fake/ui")


def test_cookie_of_another_port_or_another_token_is_refused(registry: FakeRegistry) -> None:
    client, _ = logged_in(registry)
    assert client.get("/_fake/state", base_url="http://127.0.0.1:5001").status_code == 401

    other = client_of(registry, token="other")
    for value in ("", "b3RoZXI", "czM7Y3JldCw9w6Q="):
        headers = {"Cookie": f"fake_registry_control_5000={value}", "Host": "127.0.0.1:5000"}
        assert other.get("/_fake/state", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("none", 200), ("same-site", 401), ("cross-site", 401)]
)
def test_cookie_is_accepted_from_the_own_page_alone(registry: FakeRegistry, site: str, status: int) -> None:
    client, _ = logged_in(registry)
    headers = {"Sec-Fetch-Site": site}
    answer = client.get("/_fake/requests.har", base_url="http://127.0.0.1:5000", headers=headers)
    assert answer.status_code == status


class TestSeveralRegistries:
    @pytest.fixture
    def client(self) -> Client:
        registries = [FakeRegistry(Settings(auth="off", name=name)) for name in ("left", "right")]
        hosts = {host: app for registry in registries for host, app in registry.hosts.items()}
        return Client(ControlChoice(registries, HostApp(hosts), token="T"))

    def test_page_is_the_same_for_all(self, client: Client) -> None:
        assert client.get("/_fake/ui").status_code == 401
        assert client.get("/_fake/ui?registry=left&token=T").headers["Location"] == "/_fake/ui?registry=left"
        assert client.get("/_fake/ui?registry=left").status_code == 200
        assert client.get("/_fake/ui/app.js?registry=left").status_code == 200

    def test_names_are_listed_without_a_choice(self, client: Client) -> None:
        client.get("/_fake/ui?token=T")
        for query in ("", "?registry=right"):
            assert json_of(client.get(f"/_fake/registries{query}")) == {"registries": ["left", "right"]}
        stream = client.get("/_fake/events?registry=right&timeout=0&after=3")
        assert (stream.status_code, stream.mimetype) == (200, "text/event-stream")
