"""docs/how-to/control-api.md: its curl examples work in their order, and every route has one."""

import argparse
import json
import re
import shlex
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client, TestResponse

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control import ControlApp
from fake_registry.control.paths import PREFIX
from fake_registry.control.routes import ROUTES

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "control-api.md"
EXAMPLES: Final = re.findall(r"```console\n(curl .+)\n(?:(\{.+)\n)?```", PAGE.read_text(encoding="utf-8"))

CURL: Final = argparse.ArgumentParser(exit_on_error=False)
CURL.add_argument("-X", dest="method")
CURL.add_argument("--json", dest="document")
CURL.add_argument("-H", dest="header", type=lambda text: tuple(text.split(": ")))
CURL.add_argument("url")


def _method_of(arguments: argparse.Namespace) -> str:
    """Return the method that curl uses."""
    return arguments.method or ("GET" if arguments.document is None else "POST")


def send(client: Client, command: str) -> TestResponse:
    """Send the request of a curl command."""
    arguments = CURL.parse_args(shlex.split(command)[1:])
    url = urlsplit(arguments.url)
    assert url.netloc == "127.0.0.1:5000"

    headers = [] if arguments.header is None else [arguments.header]
    has_body = arguments.document is not None
    return client.open(
        path=url.path,
        method=_method_of(arguments),
        data=arguments.document,
        content_type="application/json" if has_body else None,
        query_string=url.query,
        headers=headers,
    )


@pytest.fixture
def client() -> Client:
    registry = FakeRegistry(Settings(auth="off"), clock=ManualClock())
    return Client(ControlApp(registry, registry.wsgi_app))


def test_examples_succeed_with_the_answers_of_the_page(client: Client) -> None:
    for command, expected in EXAMPLES:
        answer = send(client, command)
        assert 200 <= answer.status_code < 300, (command, answer.text)
        if expected:
            assert answer.json == json.loads(expected), command


def test_every_route_has_a_row_and_an_example() -> None:
    page = PAGE.read_text(encoding="utf-8")
    requests = [CURL.parse_args(shlex.split(command)[1:]) for command, _ in EXAMPLES]
    shown = {(_method_of(request), urlsplit(request.url).path) for request in requests}

    for route in ROUTES:
        method, path = route.method, route.path
        row = re.sub(r"<(?:\w+_)?(\w+)>", lambda match: match[1].upper(), PREFIX + path)
        assert f"| `{method} {row}` |" in page, f"docs/how-to/control-api.md has no row for {method} {row}"

        pattern = re.sub(r"<\w+>", r"[^/]+", PREFIX + path)
        is_shown = any(method == one and re.fullmatch(pattern, other) for one, other in shown)
        assert is_shown, f"docs/how-to/control-api.md has no curl example for {method} {row}"


def test_control_token_of_the_page_is_accepted() -> None:
    [command] = [command for command, _ in EXAMPLES if "Bearer" in command]
    registry = FakeRegistry()
    client = Client(ControlApp(registry, registry.wsgi_app, token="T"))
    assert send(client, command).status_code == 200
    assert client.get("/_fake/state").status_code == 401
