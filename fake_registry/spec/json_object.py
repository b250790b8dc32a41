"""JSON objects read strictly, and the checks with which values are taken out of them.

Everything raises ValueError, saying what was expected and what came, and never repeats the content.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

JsonObject = Mapping[str, Any]  # Any: a JSON value, checked where it is taken out

T = TypeVar("T")


def decode_object(content: bytes) -> JsonObject:
    """Return the JSON object that `content` is: UTF-8, no key twice, nothing that could not be written again."""
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
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
    """Return what stands under `key`, of this very kind."""
    if key not in document:
        raise ValueError(f"expected {key}, found none")
    return as_kind(document[key], kind, key)


def optional_member(document: JsonObject, key: str, kind: type[T]) -> T | None:
    """Return what stands under `key`; None if there is nothing, or null."""
    value = document.get(key)
    return None if value is None else as_kind(value, kind, key)


def list_member(document: JsonObject, key: str, kind: type[T]) -> list[T]:
    """Return the list under `key`, of items of this kind; null, Go's word for none, is empty."""
    if key not in document:
        raise ValueError(f"expected {key}, found none")
    items = optional_member(document, key, list) or []
    return [as_kind(item, kind, f"{key}[{place}]") for place, item in enumerate(items)]


def as_kind(value: object, kind: type[T], where: str) -> T:
    """Return `value` if it is of this very kind: true is no number."""
    if isinstance(value, kind) and type(value) is kind:
        return value
    raise ValueError(f"expected {where} to be {kind_text(kind)}, found {kind_text(type(value))}")


def kind_text(kind: type) -> str:
    """Return what a value of this type is called in an error, such as `an integer`."""
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
