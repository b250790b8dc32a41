"""Values of Accept have every feature that their docstrings promise, and our registry agrees."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest
from hypothesis import given
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from fake_registry import FakeRegistry
from fake_registry.spec import media_types
from pytest_acr.strategies import (
    AcceptHeader,
    BrokenAcceptHeader,
    accept_headers,
    broken_accept_headers,
)
from tests.support.effort import examples, features_not_drawn, flaws_not_drawn
from tests.support.http import IMAGE_DIGEST, put_image, registry_of, send

TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PARAMETER: Final = rf'[ \t]*;[ \t]*(?![qQ]=){TOKEN}=(?:{TOKEN}|"(?:[^"\\]|\\.)*")'
WEIGHT: Final = r"[ \t]*;[ \t]*[qQ]=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)"
ELEMENT: Final = rf"{TOKEN}/{TOKEN}(?:{PARAMETER})*(?:{WEIGHT})?"
GRAMMAR: Final = re.compile(rf"[ \t]*(?:{ELEMENT})?(?:[ \t]*,[ \t]*(?:{ELEMENT})?)*")
"""RFC 9110 §12.5.1, in a list as a recipient reads it (§5.6.1.2)."""

TYPES: Final = (*sorted(media_types.MANIFESTS), "application/json", "text/plain", "image/png")


def has_text(pattern: str) -> Callable[[AcceptHeader], bool]:
    compiled = re.compile(pattern)
    return lambda header: compiled.search(header.text) is not None


def has_weight(*weights: int) -> Callable[[AcceptHeader], bool]:
    return lambda header: any(one.weight in weights for one in header.ranges)


def has_exception(header: AcceptHeader) -> bool:
    """Whether a type has another weight than a wildcard that includes it."""
    return header.names("*/*") and header.weight_of("*/*") != header.weight_of(media_types.OCI_INDEX)


FEATURES: Final[Mapping[str, Callable[[AcceptHeader], bool]]] = {
    "nothing": lambda header: not header.ranges,
    "four ranges": lambda header: len(header.ranges) == 4,
    "three lines": lambda header: len(header.lines) == 3,
    "three lines with ranges": lambda header: len(header.lines) == 3 and all(header.lines),
    "type of a manifest": lambda header: header.names(media_types.OCI_MANIFEST),
    "type that begins like another": lambda header: header.names(f"{media_types.OCI_MANIFEST}x"),
    "every type": lambda header: header.names("*/*"),
    "every subtype": lambda header: header.names("application/*"),
    "exception from a wildcard": has_exception,
    "weight 0": has_weight(0),
    "weight 1": has_text(r"q=1"),
    "weight between": has_weight(1, 250, 500),
    "three decimals": has_text(r"q=\d\.\d{3}"),
    "Q": has_text(r"Q="),
    "parameter": has_text(r"charset="),
    "comma in quotes": has_text(r'"a, b"'),
    "quote in quotes": has_text(r'\\"'),
    "upper case": has_text(r"[A-Z]+/[A-Z]+"),
    "tab": has_text(r"\t"),
    "empty element": has_text(r",\s*,"),
    "wildcard before a type": has_text(r"\*/\*.*, .*json"),
    "type before a wildcard": has_text(r"json.*, .*\*/\*"),
}

FLAWS: Final = (
    *("incomplete type", "two slashes", "blank in the type", "not a token", "wrong separator"),
    *("malformed weight", "malformed parameter"),
)


@pytest.fixture(scope="module")
def registry() -> Iterator[FakeRegistry]:
    """Return a registry with an OCI image, which is sent to clients alone that accept it."""
    with registry_of("acr") as opened:
        put_image(opened, "samples/hello")
        yield opened


def status_with(registry: FakeRegistry, accept: str) -> int:
    path = f"/v2/samples/hello/manifests/{IMAGE_DIGEST}"
    return send(registry, "GET", path, headers={"Accept": accept}).status


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(accept_headers(), FEATURES) == []


def test_every_flaw_is_drawn() -> None:
    assert flaws_not_drawn(broken_accept_headers(), FLAWS) == []


@given(header=accept_headers())
@examples(50)  # they are cheap, and each has few of the many forms
def test_registry_sends_a_manifest_whose_type_is_named(registry: FakeRegistry, header: AcceptHeader) -> None:
    """acr-behaviour 9.1: weights and wildcards do not count."""
    expected = 200 if header.names(media_types.OCI_MANIFEST) else 404
    assert status_with(registry, header.text) == expected


@given(header=accept_headers())
@examples(50)  # they are cheap, and each has few of the many forms
def test_weights_are_those_that_werkzeug_reads(header: AcceptHeader) -> None:
    assert GRAMMAR.fullmatch(header.text)
    if any(one.has_parameters for one in header.ranges) or re.search(r"q=\d\.(?!\d)", header.text):
        return  # werkzeug compares parameters as text, and reads no weight without a decimal

    accepted = parse_accept_header(header.text, MIMEAccept)
    found = {media_type: round(accepted.quality(media_type) * 1_000) for media_type in TYPES}
    assert found == {media_type: header.weight_of(media_type) for media_type in TYPES}


@given(header=broken_accept_headers())
@examples(50)
def test_registry_reads_no_type_in_a_malformed_range(registry: FakeRegistry, header: BrokenAcceptHeader) -> None:
    """Malformed parameters are ignored with all others (acr-behaviour 9.1)."""
    assert header.flaw in FLAWS
    assert not GRAMMAR.fullmatch(header.text)

    is_named = header.media_type == media_types.OCI_MANIFEST and header.in_parameters
    assert status_with(registry, header.text) == (200 if is_named else 404)
