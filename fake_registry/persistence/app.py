"""`PersistentApp`: sends no answer before the changes of its request are in the folders."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from fake_registry.persistence.errors import StorageError
from fake_registry.persistence.storage import Storage

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that acknowledge no change (RFC 9110 §9.2.1)."""


class PersistentApp:
    """Passes each request to `app`, and stores what it has changed before its answer starts."""

    def __init__(self, app: "WSGIApplication", storages: Sequence[Storage]) -> None:
        self._app = app
        self._storages = storages

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        store = self._store_early if environ["REQUEST_METHOD"] in _SAFE else self._store

        def store_and_start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            # Any: as in PEP 3333
            store()
            return start_response(status, headers, *exc_info)

        return self._app(environ, store_and_start)

    def _store(self) -> None:
        """Store all changes. StorageError: the server then answers 500."""
        for storage in self._storages:
            storage.store()

    def _store_early(self) -> None:
        """Store changes that have no answer yet, such as those of a fault, if that is possible."""
        with suppress(StorageError):
            for storage in self._storages:
                if storage.has_changes:
                    storage.store()
