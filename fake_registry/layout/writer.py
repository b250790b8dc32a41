"""Writing an OCI image layout to a folder that may have files (image-spec v1.1, Image Layout).

The order of steps keeps the layout valid at every moment: blobs are added, `index.json` is
replaced, and only then blobs are removed that the old index referred to and the new one does not.

A file or link that is in the place of a blob and has other content is replaced just before the
index. Temporary files that a killed writer left are removed at the start: `.fake-registry-`, 32
hexadecimal digits, `.part`. No other file is changed or removed.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from fake_registry.atomic_file import replacement_of
from fake_registry.layout.errors import LayoutError
from fake_registry.layout.files import (
    PendingReplacement,
    is_temporary,
    lock_folder,
    sync_folder,
)
from fake_registry.layout.folder import (
    MAX_DOCUMENT_BYTES,
    REF_NAME,
    LayoutFolder,
    blobs_of,
    file_of,
    resolve_folder,
)
from fake_registry.layout.members import VERSION
from fake_registry.layout.target import check_target, folders_of
from fake_registry.spec import media_types
from fake_registry.spec.errors import DigestInvalid
from fake_registry.spec.graph import children_of, walk
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, algorithm_of, digest_of

_HEADER: Final = json.dumps({"imageLayoutVersion": VERSION}).encode() + b"\n"


class LayoutWriter:
    """Adds blobs to a layout, then publishes a new index. `update_layout` makes one."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._created: list[Path] = []
        self._replacements: list[PendingReplacement] = []
        self._needed: set[Digest] = set()
        self._written: set[Digest] = set()
        self._index: bytes | None = None
        self._index_before: bytes | None = None
        self._before: LayoutFolder
        """The layout before this save; `prepare` opens it."""

    def make_folder(self) -> None:
        """Create the folder, and those above it, if they are absent."""
        for folder in reversed((self._root, *self._root.parents)):
            self._make_folder(folder)

    def prepare(self) -> None:
        """Make the folder a layout without entries, unless it is a layout.

        Temporary files that a killed writer left are removed.
        """
        self._index_before = _content_of(self._root / "index.json")
        for folder in folders_of(self._root):
            _remove_temporaries(folder)

        self._create("oci-layout", _HEADER)
        self._create("index.json", _EMPTY_INDEX)
        self._make_folder(self._root / "blobs")
        self._before = LayoutFolder(self._root)

    def keep(self, digest: Digest) -> bool:
        """Return whether the layout has the content of `digest`. If so, it is not removed."""
        self._needed.add(digest)
        return digest in self._written or self._before.is_intact(digest)

    def write(self, digest: Digest, content: Iterable[bytes]) -> None:
        """Write content piece by piece. Raises DigestInvalid if it has another digest.

        A file or link with other content keeps its place until `publish`. Raises LayoutError if
        there is something else in its place.
        """
        with self._new_blob(digest) as file:
            found = digest_of(_copy(content, file), algorithm_of(digest))
            if found != digest:
                raise DigestInvalid("the registry sent other content", digest=digest, found=found)

        self._needed.add(digest)
        self._written.add(digest)

    def publish(self, entries: Iterable[tuple[str, Manifest]]) -> None:
        """Replace `index.json` by an index of these manifests, each with its name.

        Then remove the blobs that only the old index referred to. Raises LayoutError, before
        anything is replaced, for an index that is too large to be read again.
        """
        index = _encode_index(entries)
        if len(index) > MAX_DOCUMENT_BYTES:
            limit = f"at most {MAX_DOCUMENT_BYTES} bytes of JSON"
            raise LayoutError("index.json", limit, f"{len(index)} bytes")

        for replacement in self._replacements:
            replacement.apply()
        for folder in folders_of(self._root):
            sync_folder(folder)

        self._index = index
        with replacement_of(self._root / "index.json") as file:
            file.write(self._index)
        sync_folder(self._root)

        self._finish_replacements()
        after = LayoutFolder(self._root)
        needed = self._needed | _digests_in(after, after.entries)
        obsolete = _digests_in(after, self._before.entries) - needed
        for digest in obsolete:
            self._remove(digest)

    def roll_back(self) -> None:
        """Restore the files that this writer replaced, and remove the files and folders that it
        added, unless its index is published.

        Nothing is removed if another program has written `index.json` in the meantime: it may refer
        to any of them.
        """
        index = _content_of(self._root / "index.json")
        if self._index is not None and index == self._index:
            self._finish_replacements()
            return

        for replacement in reversed(self._replacements):
            with suppress(OSError):
                replacement.undo()
        if index in (None, self._index_before, _EMPTY_INDEX):
            self._remove_created()

    def _remove_created(self) -> None:
        for path in reversed(self._created):
            with suppress(OSError):
                if path.is_dir():
                    path.rmdir()
                elif path.name != "oci-layout" or _content_of(path) == _HEADER:
                    path.unlink()

    def _new_blob(self, digest: Digest) -> AbstractContextManager[BinaryIO]:
        """Return the file to write a blob to, for a `with` block.

        It takes its place when the block ends; or in `publish` if another file or a link is there.
        """
        path = self._root / file_of(digest)
        self._make_folder(path.parent)

        if not os.path.lexists(path):
            self._created.append(path)
            return replacement_of(path)
        if not (path.is_symlink() or path.is_file()):
            raise LayoutError(file_of(digest), "a file", "something else")

        replacement = PendingReplacement(path)
        self._replacements.append(replacement)
        return replacement.open()

    def _finish_replacements(self) -> None:
        for replacement in self._replacements:
            with suppress(OSError):  # the layout is valid with the old file beside the new one, too
                replacement.finish()

    def _make_folder(self, path: Path) -> None:
        if not path.exists():
            self._created.append(path)
            path.mkdir(exist_ok=True)

    def _create(self, name: str, content: bytes) -> None:
        path = self._root / name
        if not path.exists():
            self._created.append(path)
            with replacement_of(path) as file:
                file.write(content)

    def _remove(self, digest: Digest) -> None:
        path = self._root / file_of(digest)
        with suppress(OSError):  # the layout is valid with the blob, too
            if path.is_symlink() or path.is_file():
                path.unlink()


@contextmanager
def update_layout(path: Path) -> Iterator[LayoutWriter]:
    """Yield a writer for the layout at `path`.

    The folder may be absent, empty, or a layout with or without other files beside it. Anything
    else is a LayoutError, and nothing is written. An error before the index is published leaves
    everything as it was, except for temporary files of a killed writer, which are removed. A second
    writer is refused while the first one is at work.
    """
    root = resolve_folder(path)
    check_target(root)

    writer = LayoutWriter(root)
    with ExitStack() as locks:
        try:
            writer.make_folder()
            if not locks.enter_context(lock_folder(root)):
                raise LayoutError(str(root), "a folder that no other save uses", "one in use")
            writer.prepare()
            yield writer
        except BaseException:
            writer.roll_back()
            raise


def _content_of(path: Path) -> bytes | None:
    """Return the content of a file; None if it is absent or cannot be read."""
    with suppress(OSError):
        return path.read_bytes()
    return None


def _copy(content: Iterable[bytes], file: BinaryIO) -> Iterator[bytes]:
    for piece in content:
        file.write(piece)
        yield piece


def _remove_temporaries(folder: Path) -> None:
    for path in folder.iterdir():
        if is_temporary(path):
            path.unlink(missing_ok=True)


def _digests_in(folder: LayoutFolder, entries: Sequence[Descriptor]) -> set[Digest]:
    """Return the digests of all content that `entries` refer to, directly or not, as far as it can
    be read."""
    found = {entry.digest for entry in entries}
    for manifest in walk(entries, partial(_read_manifest, folder)):
        found.update(link.digest for link in (*blobs_of(manifest), *children_of(manifest)))
    return found


def _read_manifest(folder: LayoutFolder, descriptor: Descriptor) -> Manifest | None:
    """Return the manifest; None if there is none, or it is damaged."""
    if descriptor.media_type not in media_types.MANIFESTS:
        return None
    try:
        return folder.read_manifest(descriptor)
    except (LayoutError, OSError):
        return None


def _encode_index(entries: Iterable[tuple[str, Manifest]]) -> bytes:
    manifests = [
        {
            "mediaType": manifest.media_type,
            "digest": manifest.digest,
            "size": len(manifest.content),
            "annotations": {REF_NAME: name},
        }
        for name, manifest in entries
    ]
    index = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": manifests}
    return json.dumps(index, indent=2).encode() + b"\n"


_EMPTY_INDEX: Final = _encode_index(())
