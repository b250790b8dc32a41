"""docs/how-to/control-api.md: its curl examples work in their order, and every route has one."""

import json
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control import ControlApp
from fake_registry.control.paths import PREFIX
from fake_registry.control.routes import ROUTES
from tests.support.curl import method_of, parse_curl, send

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "control-api.md"
EXAMPLES: Final = re.findall(r"```console\n(curl .+)\n(?:(\{.+)\n)?```", PAGE.read_text(encoding="utf-8"))


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
    requests = [parse_curl(command) for command, _ in EXAMPLES]
    shown = {(method_of(request), urlsplit(request.url).path) for request in requests}

    for route in ROUTES:
        method, path = route.method, route.path
        row = re.sub(r"<(?:\w+_)?(\w+)>", lambda match: match[1].upper(), PREFIX + path)
        assert f"| `{method} {row}` |" in page, f"docs/how-to/control-api.md has no row for {method} {row}"

        pattern = re.sub(r"<\w+>", ".+" if route.has_slashes else "[^/]+", PREFIX + path)
        is_shown = any(method == one and re.fullmatch(pattern, other) for one, other in shown)
        assert is_shown, f"docs/how-to/control-api.md has no curl example for {method} {row}"


def test_control_token_of_the_page_is_accepted() -> None:
    [command] = [command for command, _ in EXAMPLES if "Bearer" in command]
    registry = FakeRegistry()
    client = Client(ControlApp(registry, registry.wsgi_app, token="T"))
    assert send(client, command).status_code == 200
    assert client.get("/_fake/state").status_code == 401
