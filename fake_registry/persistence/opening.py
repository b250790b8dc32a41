"""`OpenFolder`: a folder whose content was loaded into a registry, and which can become its storage.

Loading changes nothing in the folder, so that several folders can be checked before one is changed.
"""

import os
from collections.abc import Callable, Set
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from fake_registry.atomic_file import check_replaceable
from fake_registry.fake import FakeRegistry
from fake_registry.layout.files import lock_folder
from fake_registry.layout.folder import resolve_folder
from fake_registry.layout.members import VERSION, check_header
from fake_registry.layout.target import check_target
from fake_registry.persistence.errors import StorageError
from fake_registry.persistence.files import STATE_NAME, BlobFiles, read_pieces, remove_temporaries, write_file
from fake_registry.persistence.index import encode_index
from fake_registry.persistence.reading import read_content, read_state
from fake_registry.persistence.storage import Storage
from fake_registry.spec.json_object import decode_object, list_member

_HEADER: Final = f'{{"imageLayoutVersion": "{VERSION}"}}\n'.encode()

_REMEDY: Final = "stop that process, or choose another folder"


class OpenFolder:
    """A folder that no other process uses. `close` gives it back."""

    def __init__(self, path: Path) -> None:
        """Lock the folder, if it exists. StorageError if another process uses it, LayoutError."""
        self._root = resolve_folder(path)
        self._files = BlobFiles(self._root)
        self._locks = ExitStack()
        self._is_locked = False
        if self._root.is_dir():
            self._lock()
        self._has_state = self._finds_state()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the folder back."""
        self._locks.close()

    def load(self, registry: FakeRegistry, *, repository: str | None = None) -> None:
        """Load the content into an empty registry.

        `repository` is for a layout of another program: see `layout.load_layout`. StorageError,
        LayoutError, and the errors of pushing.
        """
        if self._has_state:
            _check_layout(self._root)
            state = read_state(self._root / STATE_NAME)
            registry.restore(read_content(state, self._files.read))
            return

        check_target(self._root)
        if (self._root / "index.json").exists():
            loaded = registry.load_layout(self._root, repository=repository)
            _check_entries(self._root, {image.digest for image in loaded})

    def store(
        self,
        registry: FakeRegistry,
        *,
        on_failure: Callable[[StorageError], None],
    ) -> Storage:
        """Write the whole content of the registry, and store its changes from now on.

        A folder that is absent is made. StorageError, OSError.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        self._lock()
        if self._finds_state() != self._has_state:  # it had no lock while it was absent
            found = "found changes of another process since it was read"
            raise StorageError(f"expected a folder that no other process uses, {found}: {_REMEDY}")

        remove_temporaries(self._root)
        # in this order: a kill leaves a folder that `check_target` accepts
        for name, content in (("oci-layout", _HEADER), ("index.json", encode_index(()))):
            if not (self._root / name).exists():
                write_file(str(self._root / name), (content,))
        (self._root / "blobs").mkdir(exist_ok=True)

        storage = Storage(registry, self._root, self._files, on_failure=on_failure)
        # files of a layout that this program has not written are left alone at first
        storage.start(clean=self._has_state)
        return storage

    def _finds_state(self) -> bool:
        return os.path.lexists(self._root / STATE_NAME)

    def _lock(self) -> None:
        if self._is_locked:
            return
        if not self._locks.enter_context(lock_folder(self._root)):
            self._locks.close()
            raise StorageError(f"expected a folder that no other process uses, found one in use: {_REMEDY}")
        self._is_locked = True


def _check_entries(root: Path, loaded: Set[str]) -> None:
    """Refuse a layout with an entry that was not loaded: storing would lose its content.
    StorageError."""
    document = decode_object((root / "index.json").read_bytes())
    for entry in list_member(document, "manifests", dict):
        if entry.get("digest") not in loaded:
            found = f"{entry.get('digest')} of type {entry.get('mediaType')}"
            raise StorageError(f"index.json: expected manifests, found {found}, which cannot be stored")


def _check_layout(root: Path) -> None:
    """Refuse a folder whose `oci-layout` is absent or malformed, or whose `index.json` is no file.
    StorageError, LayoutError."""
    try:
        check_replaceable(root / "index.json")
    except OSError as error:
        raise StorageError(f"index.json: {error.strerror}") from error
    try:
        content = b"".join(read_pieces(str(root / "oci-layout")))
        check_header(decode_object(content))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        found = f"found a folder with {STATE_NAME} and no readable oci-layout"
        raise StorageError(f"expected a layout, {found}: {reason}") from error
