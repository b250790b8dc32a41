"""`PersistentApp`: sends no answer before the changes of its request are in the folders."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

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
        is_safe = environ["REQUEST_METHOD"] in _SAFE

        def store_and_start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            # Any: as in PEP 3333
            for storage in self._storages:
                # another request may be storing changes of this one: only `store` waits for that
                if not is_safe or storage.has_changes:
                    storage.store()
            return start_response(status, headers, *exc_info)

        return self._app(environ, store_and_start)
