"""`PersistentApp`: sends no answer before the changes of its request are in the folders."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from msgspec import json

from fake_registry.persistence.errors import StorageError
from fake_registry.persistence.storage import Storage
from fake_registry.wsgi import close_pieces

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that acknowledge no change (RFC 9110 §9.2.1)."""


class PersistentApp:
    """Passes each request to `app`, and stores what it has changed before its answer starts.

    The answer to a change that cannot be stored is 503: clients send the request again.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        storages: Sequence[Storage],
        *,
        on_failure: Callable[[StorageError], None],
    ) -> None:
        """`on_failure` is called with the reason of each 503."""
        self._app = app
        self._storages = storages
        self._on_failure = on_failure

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterator[bytes]:
        store = self._store_early if environ["REQUEST_METHOD"] in _SAFE else self._store

        def store_and_start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            # Any: as in PEP 3333
            store()
            return start_response(status, headers, *exc_info)

        pieces: Iterable[bytes] = ()
        try:
            pieces = self._app(environ, store_and_start)
            yield from pieces
        except StorageError as failure:
            self._on_failure(failure)
            body = json.encode({"errors": [{"code": "UNAVAILABLE", "message": str(failure)}]})
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response("503 Service Unavailable", headers)
            yield body
        finally:
            close_pieces(pieces)

    def _store(self) -> None:
        """Store all changes. StorageError, once each folder that can be written to has its own."""
        failures = []
        for storage in self._storages:
            try:
                storage.store()
            except StorageError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    def _store_early(self) -> None:
        """Store changes that have no answer yet, such as those of a fault, if that is possible."""
        for storage in self._storages:
            if storage.has_changes:
                with suppress(StorageError):
                    storage.store()
