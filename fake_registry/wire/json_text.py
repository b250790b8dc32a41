"""JSON as registries write it. How it is read is `spec.json_object`'s, what the documents say `oci_json`'s and
`acr_json`'s.

Registries are Go programs: their JSON is compact, ends with a newline, is UTF-8 and escapes `<`, `>` and `&` (package
encoding/json, HTMLEscape; acr-behaviour 1.8 and 16 [I]).
"""

import json
from collections.abc import Callable
from typing import TypeVar

from fake_registry.spec.errors import RegistryError

T = TypeVar("T")

# Made once: `json.dumps` with arguments makes an encoder at every call.
_text_of = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# Outside strings JSON has none of these characters, so that replacing them in the finished text is safe.
_ESCAPES = (
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("&", "\\u0026"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)


def encode_json(document: object) -> bytes:
    """Return `document` as Go would write it, keys in their own order."""
    text = _text_of(document)
    for character, escape in _ESCAPES:
        if character in text:
            text = text.replace(character, escape)
    # A lone surrogate, from a path that was not UTF-8, is no character and has no encoding.
    return text.encode("utf-8", "replace") + b"\n"


def parsed(parse: Callable[[str], T], text: str) -> T:
    """Return `parse(text)`; raises ValueError where that raises a RegistryError.

    For answers only: an ill-formed name in an answer is not the registry's refusal of a name.
    """
    try:
        return parse(text)
    except RegistryError as error:
        raise ValueError(str(error)) from None
