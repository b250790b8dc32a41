"""A finding as a POSIX shell script of curl commands, which shows it once more.

The registry and the names of the repositories are variables. A request to the Location of an
earlier response uses the one that the script has received.
"""

import base64
import re
import textwrap
from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Final
from urllib.parse import quote as quote_url

from fake_registry.spec.redaction import redact_url
from fake_registry.spec.shell_words import escape_double_quoted, header_word
from fake_registry.spec.text import printable
from pytest_acr.harness.findings import Finding, RawExchange
from pytest_acr.harness.messages import RawRequest
from pytest_acr.harness.transcript import SECRET_HEADERS

DEFAULT_REGISTRY: Final = "http://127.0.0.1:5000"

MAX_ARGUMENT_BYTES: Final = 2_000
"""Longer bodies are written into a file: Linux takes at most 128 KiB in one argument."""

_HEAD: Final = """\
#!/bin/sh
{comments}
#
# The last command shows it. Variables: REGISTRY, the URL; REPOSITORY, the first part of the names;
# CURL_OPTIONS, such as "--user NAME:PASSWORD"; AUTHORIZATION, where a request has one of its own.

REGISTRY=${{REGISTRY:-{registry}}}
BASE=${{REPOSITORY:-registry-check}}/curl-$(date +%s)-$$

answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT
number=0

curl() {{ # prints the response, and keeps it for its Location
  number=$((number + 1))
  printf '\\n\\n# %s\\n' "$number"
  # shellcheck disable=SC2086 # several options
  command curl -sSig --path-as-is --max-time 60 -H 'Accept:' ${{CURL_OPTIONS:-}} "$@" | tee "$answers/$number"
}}

location() {{ # of a response, at the registry
  path=$(tr -d '\\r' <"$answers/$1" | sed -n '/^$/q; s/^[Ll]ocation: *//p' | sed 's|^[a-z]*://[^/]*||')
  printf '%s%s' "$REGISTRY" "$path"
}}
"""

_PRINTABLE: Final = re.compile(rb"[ -~]*")


def shell_script_of(finding: Finding, *, registry: str = DEFAULT_REGISTRY) -> str:
    """Return the script. It ends with the request that breaks the property, and the expected response."""
    exchanges = finding.transcript
    head = _HEAD.format(
        comments="\n".join(f"# {line}" for line in _comments_of(finding)),
        registry=quote(registry),
    )
    awaited = {exchange.request.sent_to.exchange for exchange in exchanges if exchange.request.sent_to}
    commands = (
        command
        for number, exchange in enumerate(exchanges)
        for command in _commands_of(number, exchange, finding.repositories, is_awaited=number in awaited)
    )
    expected = quote(f"expected: {printable(finding.expected)}")
    return "\n".join((head, *commands, "", f"printf '\\n\\n%s\\n' {expected}", ""))


def _comments_of(finding: Finding) -> Iterator[str]:
    broken = finding.property
    yield f"{broken.id} ({broken.level}, {broken.section})"
    yield broken.sentence
    yield f"expected: {printable(finding.expected)}"
    yield f"found: {printable(finding.found)}"


def _commands_of(
    number: int,
    exchange: RawExchange,
    repositories: Sequence[str],
    *,
    is_awaited: bool,
) -> Iterator[str]:
    request = exchange.request
    body = _body_option(number, request)
    if body.startswith("@"):
        yield _file_of(number, request.body)

    words = [
        "curl",
        *_method_options(request),
        *(f"-H {_header_word(name, value)}" for name, value in request.headers),
        *([f"--data-binary {body}"] if body else []),
        _url_of(request, repositories),
    ]
    yield " ".join(words)

    if is_awaited:
        yield f"LOCATION_{number + 1}=$(location {number + 1})"


def _method_options(request: RawRequest) -> Iterator[str]:
    if request.method == "HEAD":
        yield "--head --location"
    elif request.method == "GET":
        yield "--location"
    else:
        yield f"-X {quote(request.method)}"
        if not any(name.lower() == "content-type" for name, _ in request.headers):
            # curl would send that of a form
            yield "-H 'Content-Type:'"


def _header_word(name: str, value: str) -> str:
    if name.lower() in SECRET_HEADERS:
        return f'"{name}: ${{{name.upper().replace("-", "_")}:?}}"'
    return header_word(name, value)


def _body_option(number: int, request: RawRequest) -> str:
    """Return the value of --data-binary; nothing for a request that has no body."""
    if request.method in ("GET", "HEAD") and not request.body:
        return ""

    is_short = len(request.body) <= MAX_ARGUMENT_BYTES
    if is_short and _PRINTABLE.fullmatch(request.body) and not request.body.startswith(b"@"):
        return quote(request.body.decode())
    return f'@"$answers/body-{number + 1}"'


def _file_of(number: int, body: bytes) -> str:
    lines = textwrap.wrap(base64.b64encode(body).decode(), 76)
    return "\n".join((f'base64 -d >"$answers/body-{number + 1}" <<BODY', *lines, "BODY"))


def _url_of(request: RawRequest, repositories: Sequence[str]) -> str:
    if request.sent_to is not None:
        start, path = f"$LOCATION_{request.sent_to.exchange + 1}", request.sent_to.added
    else:
        start, path = "$REGISTRY", redact_url(request.path)

    path = escape_double_quoted(path)
    # the names of an example differ in their last letter, and a list may begin before both
    for base in {name[:-1] for name in repositories}:
        quoted = quote_url(base, safe="")
        path = path.replace(base, "${BASE}").replace(quoted, "${BASE}")
    return f'"{start}{path}"'
