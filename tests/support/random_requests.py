"""Random requests without Hypothesis, twenty times as fast, for runs of a million."""

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeVar
from urllib.parse import quote

from fake_registry.spec.endpoints import ENDPOINTS
from tests.support import request_parts as parts
from tests.support.http import IMAGE
from tests.support.request_parts import Sent, bytes_of

T = TypeVar("T")

_LATIN = [chr(code) for code in range(0x20, 0x100) if code != 0x7F]
_ANY_TEXT = [*map(chr, range(0x20)), *_LATIN, "\x7f", "\u017f", "\u2028", "\ud800", "🐳"]


class RandomRequests:
    """Makes the same requests each time it is made with the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def next(self) -> Sent:
        """Return the next request."""
        method, path = self._target() if self._chance(0.85) else self._junk_target()
        return Sent(
            target=(method, path.decode("latin-1")),
            query=self._query(upload=b"/uploads/" in path),
            headers=self._headers(),
            body=self._body(),
            cut=3 if self._chance(0.1) else 0,
        )

    def next_for_socket(self) -> bytes:
        """Return the next request as it is sent, which may be malformed, or less than a request."""
        sent = self.next()
        headers = dict(sent.headers)
        content = sent.stream.read()
        if "Transfer-Encoding" in headers and self._chance(0.7):
            headers["Transfer-Encoding"] = "chunked"
            headers.pop("Content-Length", None)
            content = self._chunks(content)
        elif "Content-Length" not in headers and self._chance(0.9):
            headers["Content-Length"] = str(len(sent.body))
        if self._chance(0.9):
            headers["Host"] = "fake.azurecr.io"

        method, path = sent.target
        target = quote(path.encode("latin-1"), safe="/:") if self._chance(0.95) else path
        version = "HTTP/1.1" if self._chance(0.97) else self._one_of(("HTTP/1.0", "HTTP/2.0", "HTTP/1", ""))
        lines = [f"{method} {target}?{sent.query} {version}", *map(": ".join, headers.items()), "", ""]
        head = "\r\n".join(lines).encode("latin-1", "replace")
        return self._mutate(head) + content

    def _target(self) -> tuple[str, bytes]:
        endpoint = self._one_of(ENDPOINTS)
        path = endpoint.path
        for name, values in parts.PATH_PARTS.items():
            if name in path:
                path = path.replace(name, self._path_part(values))
        return endpoint.method if self._chance(0.85) else self._one_of(parts.METHODS), bytes_of(path)

    def _path_part(self, values: Sequence[str]) -> str:
        """Return a value, most often the first, which most registries of the tests have."""
        if self._chance(0.6):
            return values[0]
        return self._one_of(values) if self._chance(0.8) else self._junk()

    def _junk_target(self) -> tuple[str, bytes]:
        words = [self._one_of((*parts.WORDS, *parts.NAMES, self._junk())) for _ in range(self._random.randrange(8))]
        path = bytes_of("/" + "/".join(words)) if self._chance(0.8) else self._random.randbytes(12)
        return self._one_of(parts.METHODS), path

    def _query(self, *, upload: bool) -> str:
        if self._chance(0.3):
            return ""
        start = [parts.UPLOAD_QUERY] if self._chance(0.7 if upload else 0.05) else []
        return "&".join([*start, *(self._pair() for _ in range(self._random.randrange(4)))])

    def _pair(self) -> str:
        key = self._one_of(parts.QUERY_KEYS) if self._chance(0.9) else self._junk()
        value = self._one_of(self._one_of((parts.QUERY_VALUES, parts.NAMES, parts.DIGESTS, parts.TAGS)))
        if self._chance(0.1):
            value = self._junk()
        return f"{quote(bytes_of(key))}={quote(bytes_of(value))}"

    def _headers(self) -> dict[str, str]:
        names = [name for name in parts.HEADER_VALUES if self._chance(0.06)]
        values = {name: self._header_value(name) for name in names}
        real = {"Authorization": parts.ADMIN, "Accept": "*/*", "Content-Type": parts.MANIFEST_KINDS[0]}
        return {**real, **values} if self._chance(0.8) else values

    def _header_value(self, name: str) -> str:
        return self._one_of(parts.HEADER_VALUES[name]) if self._chance(0.8) else self._text(_LATIN)

    def _body(self) -> bytes:
        kind = self._random.random()
        if kind < 0.2:
            return IMAGE
        if kind < 0.6:
            return self._one_of(parts.BODIES)
        if kind < 0.7:
            return json.dumps(self._document(3)).encode()
        if kind < 0.85:
            return self._manifest()
        if kind < 0.95:
            return "&".join(self._pair() for _ in range(5)).encode("latin-1", "replace")
        return self._random.randbytes(30) if kind < 0.999 else bytes(70_000)

    def _manifest(self) -> bytes:
        changed = {self._one_of(parts.MANIFEST_KEYS): self._document(2)}
        return json.dumps({**json.loads(IMAGE), **changed, "mediaType": self._one_of(parts.MANIFEST_KINDS)}).encode()

    def _document(self, depth: int) -> Any:  # Any: JSON
        if depth == 0 or self._chance(0.3):
            return self._one_of((None, True, 1e308, float("nan"), -1, 2**70, "", *parts.DIGESTS, self._junk()))
        if self._chance(0.4):
            return [self._document(depth - 1) for _ in range(self._random.randrange(3))]
        return {self._one_of(parts.DOCUMENT_KEYS): self._document(depth - 1) for _ in range(3)}

    def _chunks(self, content: bytes) -> bytes:
        if self._chance(0.1):
            return self._one_of((b"", b"x\r\n", b"-1\r\n", b"5\r\nab", b"0\r\nno colon\r\n\r\n", b"1;\0\r\n"))
        coded = b"%x\r\n%s\r\n" % (len(content), content) if content else b""
        return coded + b"0\r\n\r\n"

    def _mutate(self, head: bytes) -> bytes:
        """Return the head, rarely with a byte that is another, is missing or ends it."""
        if not self._chance(0.05):
            return head
        place = self._random.randrange(len(head))
        other = self._one_of((b"", b"\0", b"\n", b"\r", b" ", b":", b"\xff"))
        return head[:place] + other + (head[place + 1 :] if self._chance(0.8) else b"")

    def _junk(self) -> str:
        return self._one_of(parts.JUNK_TEXTS) if self._chance(0.7) else self._text(_ANY_TEXT)

    def _text(self, characters: Sequence[str]) -> str:
        return "".join(self._random.choices(characters, k=self._random.randrange(12)))

    def _one_of(self, values: Sequence[T]) -> T:
        return values[int(self._random.random() * len(values))]

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability


def repeatable(sent: Sent) -> str:
    """Return a request as Python text, for the message of a failed test."""
    return repr(replace(sent, body=sent.body[:200]))
