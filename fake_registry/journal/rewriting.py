"""JSON that a program has parsed and written once more."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import product


def writings_of(document: object) -> Iterator[bytes]:
    """Yield a document as programs usually write it, in UTF-8."""
    for sort_keys, ensure_ascii in product((False, True), (True, False)):
        write = partial(json.dumps, document, sort_keys=sort_keys, ensure_ascii=ensure_ascii)
        for indent in (None, 2, 3, 4):
            yield _encode(write(indent=indent))
        yield _encode(write(separators=(",", ":")))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")
