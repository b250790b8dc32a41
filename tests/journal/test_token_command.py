"""The command that gets the token of a recorded request anew."""

import shlex
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given

from fake_registry import FakeRegistry, Settings
from fake_registry.journal.curl_command import curl_command
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.token_command import token_command
from fake_registry.server import RegistryServer
from tests.support.exchanges import exchange_of, exchanges

WITH_TOKEN: dict[str, Any] = {  # Any: of fields
    "host": "127.0.0.1:5000",
    "scheme": "http",
    "repository": "dev/web",
    "request_headers": (("Authorization", "Bearer ***"),),
}


def url_in(command: str) -> str:
    return next(word for word in shlex.split(command.partition("$(")[2]) if word.startswith("http"))


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({"endpoint": "base"}, ""),
        ({"endpoint": "manifest.put"}, "&scope=repository:dev/web:pull,push"),
        ({"endpoint": "tags.list"}, "&scope=repository:dev/web:metadata_read,pull"),
        ({"endpoint": "acr.catalog"}, "&scope=registry:catalog:*"),
        (
            {"endpoint": "upload.start", "query": "mount=sha256:1&from=dev%2Fapi"},
            "&scope=repository:dev/web:pull,push&scope=repository:dev/api:pull",
        ),
        (
            {
                "response_headers": (
                    ("WWW-Authenticate", 'Bearer realm="x",scope="repository:a:pull repository:b:pull"'),
                )
            },
            "&scope=repository:a:pull&scope=repository:b:pull",
        ),
    ],
)
def test_login_requests_what_the_call_requires(fields: dict[str, Any], query: str) -> None:
    command = token_command(exchange_of(**WITH_TOKEN | fields))
    assert url_in(command) == f"http://127.0.0.1:5000/oauth2/token?service=127.0.0.1:5000{query}"


@pytest.mark.parametrize("value", [None, "", "Bearer", "Digest ***", "***"])
def test_request_without_such_a_secret_has_no_command(value: str | None) -> None:
    headers = () if value is None else (("Authorization", value),)
    assert token_command(exchange_of(request_headers=headers)) == ""


@given(exchanges())
def test_command_is_one_line_of_words(exchange: Exchange) -> None:
    with_token = exchange_of(
        **{name: getattr(exchange, name) for name in ("host", "path", "query", "endpoint", "repository")},
        request_headers=(("authorization", "bearer ***"),),
    )
    command = token_command(with_token)
    assert command.isprintable()
    assert shlex.split(command.partition("$(")[2])[:4] == ["curl", "-s", "-u", "USER:PASSWORD"]


@pytest.mark.parametrize("scheme", ["bearer", "basic"])
def test_commands_together_send_the_request_once_more(scheme: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed (Debian: apt-get install curl)")

    password = "secret" * 20  # base64 of it has several lines
    registry = FakeRegistry(Settings(auth="token", admin_user="fake", admin_password=password))
    registry.push_image("dev/web:1.0")
    with RegistryServer(registry.wsgi_app) as server:
        host = server.url.removeprefix("http://")
        line = {"scheme": "http", "host": host, "repository": "dev/web", "path": "/v2/dev/web/tags/list"}
        sent = exchange_of(**line, endpoint="tags.list", request_headers=(("Authorization", f"{scheme} ***"),))
        script = token_command(sent).replace("USER:PASSWORD", f"fake:{password}")
        subprocess.run(["sh", "-c", f"{script}\n{curl_command(sent)}"], check=True, capture_output=True)

    assert (registry.requests[-1].path, registry.requests[-1].status) == ("/v2/dev/web/tags/list", 200)
