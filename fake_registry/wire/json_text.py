"""JSON as registries write it. `spec.json_object` reads it.

Registries are Go programs: their JSON is compact, ends with a newline, is UTF-8 and escapes `<`,
`>` and `&` (package encoding/json, HTMLEscape; acr-behaviour 1.8 and 16 [I]). ACR's login is
another program, whose bodies end without a newline.
"""

import json
from collections.abc import Callable, Sized
from typing import Final, TypeVar

from fake_registry.spec.endpoints import Endpoint, Family
from fake_registry.spec.errors import RegistryError

JSON_TYPE: Final = "application/json; charset=utf-8"
"""The content type of JSON, documents and errors alike."""

T = TypeVar("T")
S = TypeVar("S", bound=Sized)

# Made once: with arguments `json.dumps` makes an encoder at every call.
_text_of = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# JSON has these characters in strings alone, so they may be replaced in the finished text.
_ESCAPES = (
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("&", "\\u0026"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)


def encode_json(document: object) -> bytes:
    """Return `document` as Go writes it, with its keys in their order."""
    text = _text_of(document)
    for character, escape in _ESCAPES:
        if character in text:
            text = text.replace(character, escape)

    # A lone surrogate, from a path that was not UTF-8, has no encoding.
    return text.encode("utf-8", "replace") + b"\n"


def encode_json_for(endpoint: Endpoint | None, document: object) -> bytes:
    """Return `document` as `endpoint` writes it: without a newline at the login (acr-behaviour 1.8).

    None stands for a path that is not routed.
    """
    text = encode_json(document)
    is_login = endpoint is not None and endpoint.family is Family.OAUTH
    return text.removesuffix(b"\n") if is_login else text


def list_or_null(items: S, *, null_empty: bool) -> S | None:
    """Return `items`; with `null_empty` None for an empty list, as Go writes a nil slice."""
    if null_empty and not items:
        return None
    return items


def parse_member(parse: Callable[[str], T], text: str) -> T:
    """Return `parse(text)`. Raises ValueError instead of a RegistryError.

    For names in responses: a malformed one is not a refusal by the registry.
    """
    try:
        return parse(text)
    except RegistryError as error:
        raise ValueError(str(error)) from None
