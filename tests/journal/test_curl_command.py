"""A recorded request as a command of curl."""

import shlex

import pytest
from hypothesis import given

from fake_registry.journal.curl_command import curl_command
from fake_registry.journal.exchange import Exchange
from tests.support.exchanges import exchange_of, exchanges


def test_request_has_its_method_headers_and_url() -> None:
    exchange = exchange_of(
        method="PATCH",
        scheme="http",
        host="127.0.0.1:5000",
        path="/v2/a b/blobs/uploads/1",
        query="_state=***",
        request_bytes=5,
        request_headers=(
            ("Host", "127.0.0.1:5000"),
            ("Authorization", "Bearer ***"),
            ("Content-Length", "5"),
            ("Content-Range", "0-4"),
            ("X-Name", "it's $HOME"),
            ("X-Empty", ""),
        ),
    )

    assert curl_command(exchange) == (
        "curl -X PATCH -H \"Authorization: Bearer $TOKEN\" -H 'Content-Range: 0-4'"
        " -H 'X-Name: it'\"'\"'s $HOME' -H 'X-Empty;' -H Content-Type: --data-binary @body"
        " 'http://127.0.0.1:5000/v2/a%20b/blobs/uploads/1?_state=***'"
    )


@pytest.mark.parametrize(
    ("method", "words"),
    [("GET", []), ("HEAD", ["--head"]), ("DELETE", ["-X", "DELETE"]), ("POST", ["-X", "POST"])],
)
def test_method_is_an_option(method: str, words: list[str]) -> None:
    command = curl_command(exchange_of(method=method))
    assert shlex.split(command) == ["curl", *words, "https://fake.azurecr.io/v2/"]


def test_body_with_its_type_is_a_file() -> None:
    headers = (("Content-Type", "application/json"),)
    command = curl_command(exchange_of(method="PUT", request_bytes=2, request_headers=headers))
    expected = ["-X", "PUT", "-H", "Content-Type: application/json", "--data-binary", "@body"]
    assert shlex.split(command)[1:-1] == expected


def test_secret_is_between_quotes_in_which_a_shell_reads_variables() -> None:
    command = curl_command(exchange_of(request_headers=(("X-Auth", '`a` "b" $c \\d ***'),)))
    assert command.startswith(r'curl -H "X-Auth: \`a\` \"b\" \$c \\d $TOKEN" ')


@given(exchanges())
def test_any_request_is_one_printable_line_that_a_shell_splits(exchange: Exchange) -> None:
    command = curl_command(exchange)
    assert command.isprintable()
    assert shlex.split(command)[0] == "curl"
    assert shlex.split(command)[-1].startswith(f"{exchange.scheme}://")
