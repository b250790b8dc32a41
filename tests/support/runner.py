"""A runner that supports pauses without waiting: it returns a response item by item."""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse

from fake_registry import FakeRegistry
from fake_registry.wsgi import PAUSES, Pause
from tests.support.http import HOST, environ_of

Headers = list[tuple[str, str]]


class SteppedResponse:
    """A response of a registry, read by `next`. `started` is its status once the app has given it."""

    def __init__(
        self,
        registry: FakeRegistry,
        method: str,
        target: str,
        body: bytes = b"",
        **variables: Any,  # Any: what an environ may hold
    ) -> None:
        self.started: int | None = None
        path, _, query = target.partition("?")
        environ = environ_of(method, path, query, io.BytesIO(body), host=HOST)
        environ |= {PAUSES: True, "CONTENT_LENGTH": str(len(body)), **variables}

        self._pieces: Iterable[bytes | Pause] = registry.wsgi_app(environ, self._start_response)
        self._items = iter(self._pieces)

    def __iter__(self) -> Iterator[bytes | Pause]:
        return self

    def __next__(self) -> bytes | Pause:
        return next(self._items)

    def close(self) -> None:
        """Close the answer, read to its end or not."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()

    @property
    def _start_response(self) -> StartResponse:
        def start(status: str, headers: Headers, error: object = None, /) -> Callable[[bytes], object]:
            self.started = int(status[:3])
            return lambda piece: None

        return start
