"""Strict reading of JSON objects and of their members.

All functions raise ValueError with the expected and the found kind of value, never with content.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeVar

JsonObject = Mapping[str, Any]  # Any: a JSON value, checked when it is read

T = TypeVar("T")


def decode_object(content: bytes) -> JsonObject:
    """Return the JSON object in `content`, which must be UTF-8 without repeated keys.

    NaN, infinities and lone surrogates are refused as well: they could not be written again.
    """
    try:
        text = content.decode("utf-8")
        document = _DECODER.decode(text)
        if b"\\u" in content:
            json.dumps(document, ensure_ascii=False).encode("utf-8")  # a lone surrogate has no UTF-8
    except json.JSONDecodeError as error:
        raise ValueError(f"expected JSON: {error.msg} at character {error.pos}") from None
    except UnicodeError:
        raise ValueError("expected UTF-8, found something else") from None
    except RecursionError:
        raise ValueError("expected JSON, found values nested too deeply") from None
    return as_kind(document, dict, "the document")


def member(document: JsonObject, key: str, kind: type[T]) -> T:
    """Return the value of `key`, which must have exactly this type."""
    if key not in document:
        raise ValueError(f"expected {key}, found none")
    return as_kind(document[key], kind, key)


def optional_member(document: JsonObject, key: str, kind: type[T]) -> T | None:
    """Return the value of `key`, None if it is absent or null."""
    value = document.get(key)
    return None if value is None else as_kind(value, kind, key)


def list_member(document: JsonObject, key: str, kind: type[T]) -> list[T]:
    """Return the list at `key`, with items of this type; empty for null, Go's nil slice."""
    if key not in document:
        raise ValueError(f"expected {key}, found none")
    items = optional_member(document, key, list) or []
    return [as_kind(item, kind, f"{key}[{place}]") for place, item in enumerate(items)]


def as_kind(value: object, kind: type[T], where: str) -> T:
    """Return `value`, which must have exactly this type: true is not a number."""
    if isinstance(value, kind) and type(value) is kind:
        return value
    raise ValueError(f"expected {where} to be {kind_text(kind)}, found {kind_text(type(value))}")


def kind_text(kind: type) -> str:
    """Return the name of a type for an error, such as `an integer`."""
    return _KINDS.get(kind, "null")


_KINDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("expected each key once, found one again")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"expected JSON, found {name}")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
"""Made once: a new one for each document is slower, and leaves objects in many memory arenas."""
