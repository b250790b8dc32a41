"""The digests of JSON that a program has parsed and written once more."""

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from itertools import product


def writings_of(document: object) -> Iterator[str]:
    """Yield a document as programs usually write it."""
    for sort_keys, ensure_ascii in product((False, True), (True, False)):
        write = partial(json.dumps, document, sort_keys=sort_keys, ensure_ascii=ensure_ascii)
        for indent in (None, 2, 3, 4):
            yield write(indent=indent)
        yield write(separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SHA-256 digest of a text in UTF-8."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"
