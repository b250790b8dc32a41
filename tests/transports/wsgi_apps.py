"""Small WSGI applications for tests of transports."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from fake_registry.wsgi import PAUSES


def null_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Respond with 200 and no body."""
    start_response("200 OK", [("Content-Length", "0")])
    return []


def mirror(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Respond with a description of the request, as JSON."""
    seen = {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "length": environ.get("CONTENT_LENGTH"),
        "type": environ.get("CONTENT_TYPE"),
        "coding": environ.get("HTTP_TRANSFER_ENCODING"),
        "accept": environ.get("HTTP_ACCEPT"),
        "body": _whole_body(environ).decode("latin-1"),
    }
    answer = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def _whole_body(environ: WSGIEnvironment) -> bytes:
    if environ.get("wsgi.input_terminated"):
        return b"".join(iter(lambda: environ["wsgi.input"].read(3), b""))
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


@dataclass
class Scripted:
    """An application with a given response, which counts the uses of its body."""

    chunks: list[bytes]
    status: str = "200 OK"
    headers: list[tuple[str, str]] = field(default_factory=list)
    error: BaseException | None = None
    """Raised when the chunks are used up."""
    before: BaseException | None = None
    """Raised instead of a response."""
    yielded: int = 0
    closed: int = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> "ScriptedBody":
        if self.before is not None:
            raise self.before
        start_response(self.status, self.headers)
        return ScriptedBody(self)


class ScriptedBody:
    """The iterable that one call of a `Scripted` returned."""

    def __init__(self, script: Scripted) -> None:
        self._script = script
        self._chunks = iter(script.chunks)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        for chunk in self._chunks:
            self._script.yielded += 1
            return chunk
        if self._script.error is not None:
            raise self._script.error
        raise StopIteration

    def close(self) -> None:
        self._script.closed += 1


STARTED = object()
"""Stands for `start_response` among the items of a `Pausing`."""


class Pausing:
    """An application that pauses: before it starts its response, within its body, or after it."""

    def __init__(self, *items: Any, status: str = "200 OK", length: int | None = None) -> None:
        self._items = items
        self._status = status
        self._headers = [] if length is None else [("Content-Length", str(length))]
        self.served: list[bool] = []
        """Whether the environ announced that the runner knows pauses, for each response started."""
        self.closed = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return PausingItems(self, self._run(environ, start))

    def _run(self, environ: WSGIEnvironment, start: StartResponse) -> Iterator[Any]:
        for item in self._items:
            if item is STARTED:
                self.served.append(environ[PAUSES])
                start(self._status, self._headers)
            else:
                yield item


class PausingItems:
    """The iterable that one call of a `Pausing` returned."""

    def __init__(self, app: Pausing, items: Iterator[Any]) -> None:
        self._app = app
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return self._items

    def close(self) -> None:
        self._app.closed += 1
