"""Registries in folders, and their content as a value that a reload does not change."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control import ControlApp
from fake_registry.core.blobs import Blob
from fake_registry.persistence import OpenFolder, PersistentApp, Storage, StorageError

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

SETTINGS = Settings(auth="off", sparse_manifests=True, referrers_go_with_subject=False)
"""Without a login; with some content that a layout alone does not have."""


@dataclass(frozen=True)
class StoredRegistry:
    """A registry, its folder, and the app that stores before it answers, with the control API."""

    registry: FakeRegistry
    storage: Storage
    app: "WSGIApplication"
    failures: list[StorageError]
    """Why requests were answered with 503."""

    def copy_to(self, copy: Path) -> Path:
        """Copy the folder, as a kill now leaves it, and return the copy."""
        with self.storage._tidying:  # its thread would add and remove files meanwhile
            return Path(shutil.copytree(self.storage._root, copy))


def raise_failure(failure: StorageError) -> None:
    raise failure


@contextmanager
def stored_in(
    path: Path,
    settings: Settings = SETTINGS,
    *,
    on_failure: Callable[[StorageError], None] = raise_failure,
) -> Iterator[StoredRegistry]:
    """Open a folder, load it and store in it."""
    registry = FakeRegistry(settings, clock=ManualClock(0))
    failures: list[StorageError] = []
    with OpenFolder(path) as folder:
        folder.load(registry)
        storage = folder.store(registry, on_failure=on_failure)
        try:
            control = ControlApp(registry, registry.wsgi_app)
            app = PersistentApp(control, [storage], on_failure=failures.append)
            yield StoredRegistry(registry, storage, app, failures)
        finally:
            storage.close()


def loaded_from(path: Path, settings: Settings = SETTINGS) -> FakeRegistry:
    """Return a registry with the content of a folder, which is not changed."""
    registry = FakeRegistry(settings, clock=ManualClock(0))
    with OpenFolder(path) as folder:
        folder.load(registry)
    return registry


def everything_in(registry: FakeRegistry) -> dict[str, object]:
    """Return all content, roles and tokens, also what clients cannot see. Uploads are left out."""
    states = registry.content.snapshot().repositories
    kept = {state.name: replace(state, uploads={}) for state in states}
    found: dict[str, object] = {
        name: {**vars(state), "blobs": {digest: _content_of(blob) for digest, blob in state.blobs.items()}}
        for name, state in kept.items()
        if not state.empty
    }
    return found | {"": (registry.accounts(), registry.repositories())}


def _content_of(blob: Blob) -> tuple[bytes, int]:
    return b"".join(blob.pieces), blob.stored
