"""Hostile texts are of every kind that their docstrings promise; no registry fails on them."""

from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry import FakeRegistry
from pytest_acr.strategies import HostileText, hostile_headers, hostile_paths
from tests.support.effort import examples, features_not_drawn
from tests.support.http import put_image, registry_of, send

IN_HEADERS: Final = (
    *("control character", "tab", "folded line", "line break", "Latin-1", "beyond Latin-1"),
    *("lone surrogate", "escape", "quote", "separator", "template", "long"),
)
IN_PATHS: Final = (
    *("doubled slash", "dot segment", "escaped dot", "escaped slash", "escaped escape"),
    *("malformed escape", "escaped control character", "not UTF-8", "escaped letter", "query"),
    *("fragment", "separator", "other case", "long", "control character", "blank"),
    "beyond ASCII",
)

HEADERS: Final = ("Accept", "Authorization", "Content-Type", "Range", "If-None-Match", "X-Other")


@pytest.fixture(scope="module")
def registry() -> Iterator[FakeRegistry]:
    """Return a registry with an image, which requires no login."""
    with registry_of("acr") as opened:
        put_image(opened, "samples/hello", "v1")
        yield opened


def has_kind(kind: str, found: HostileText) -> bool:
    return found.kind == kind


def features_of(kinds: tuple[str, ...]) -> dict[str, Callable[[HostileText], bool]]:
    return {kind: partial(has_kind, kind) for kind in kinds}


def is_sent(target: str, header: str = "") -> bool:
    """Whether `http.client` puts a request into its buffer, without a connection."""
    connection = HTTPConnection("localhost")
    try:
        connection.putrequest("GET", target)
        connection.putheader("X-Other", header)
    except (ValueError, HTTPException):
        return False
    return True


def test_every_kind_of_header_is_drawn() -> None:
    assert features_not_drawn(hostile_headers(), features_of(IN_HEADERS)) == []


def test_every_kind_of_path_is_drawn() -> None:
    assert features_not_drawn(hostile_paths(), features_of(IN_PATHS)) == []


@given(found=hostile_headers())
@examples(50)  # they are cheap, and each has one of many texts
def test_header_is_sent_if_it_says_so(found: HostileText) -> None:
    assert is_sent("/v2/", found.text) == found.sendable


@given(found=hostile_paths())
@examples(50)
def test_path_is_sent_if_it_says_so(found: HostileText) -> None:
    assert is_sent(found.text) == found.sendable


@given(found=hostile_headers().filter(lambda found: found.sendable), name=st.sampled_from(HEADERS))
@examples(50)
def test_registry_answers_every_header(registry: FakeRegistry, found: HostileText, name: str) -> None:
    path = "/v2/samples/hello/manifests/v1"
    assert send(registry, "GET", path, headers={name: found.text}).status < 500


@given(
    found=hostile_paths().filter(lambda found: found.sendable),
    method=st.sampled_from(("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")),
)
@examples(50)
def test_registry_answers_every_path(registry: FakeRegistry, found: HostileText, method: str) -> None:
    assert send(registry, method, found.text, b"").status < 500
