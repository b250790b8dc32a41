"""JSON as typed values: `read_document` reads it, `convert` checks it.

msgspec checks the types, and knows the schema of each. Of JSON itself this reader is stricter than
msgspec: see `read_document`. Both functions raise ValueError, in the words of `refusals`.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from math import isfinite
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from fake_registry.control.limits import MAX_DEPTH
from fake_registry.control.refusals import refusal_text
from fake_registry.spec.json_object import JsonObject, decode_object

Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""The integers that each JSON library reads."""

Seconds = Annotated[int, Meta(ge=0, le=2**63 - 1)] | Annotated[float, Meta(ge=0)]


def read_document(content: bytes) -> JsonObject:
    """Return the JSON object in `content`. ValueError.

    Repeated names, NaN, lone surrogates and numbers beyond those of a double are refused: a client
    would not get what it has sent.
    """
    if not content:
        raise ValueError("expected a JSON object as the body, found no body")

    document = decode_object(content)
    _check_items(document)
    return document


def _check_items(document: JsonObject) -> None:
    """Refuse too many levels, and numbers that a double cannot have.

    `msgspec.json.decode` would do that too, and keep hundreds of names, each of which holds a whole
    arena of memory.
    """
    level: Sequence[object] = [document]
    for _ in range(MAX_DEPTH):
        items = list(chain.from_iterable(map(_items_of, level)))
        if any(isinstance(item, float) and not isfinite(item) for item in items):
            raise ValueError("expected JSON: number out of range")

        level = [item for item in items if isinstance(item, dict | list)]
        if not level:
            return

    raise ValueError(f"expected at most {MAX_DEPTH} levels of lists and objects, found more")


def _items_of(value: object) -> Iterable[object]:
    """Return the items of a list, or the values of an object."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def convert(document: object, kind: Any, *, where: str = "", strict: bool = True) -> Any:
    """Return a document, as `read_document` returns it, as a value of this type.

    `where` begins the message of an error. Unless `strict`, numbers and null may be text.
    """
    # Any: of a type that is made at run time
    try:
        return msgspec.convert(document, kind, strict=strict)
    except msgspec.ValidationError as error:
        text = refusal_text(str(error), document, kind)
        raise ValueError(f"{where}: {text}" if where else text) from error
