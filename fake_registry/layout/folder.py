"""An OCI image layout on disk: its files, read and checked (image-spec v1.1, Image Layout).

A digest is parsed before it becomes a path, no file outside the folder is opened, and content is
used only after its digest and size are checked. Writing is in `writer`; `plan` decides where the
manifests go in a registry.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fake_registry.layout.errors import LayoutError
from fake_registry.layout.members import check_header, check_index, check_manifest
from fake_registry.spec import media_types
from fake_registry.spec.errors import ManifestInvalid
from fake_registry.spec.json_object import decode_object
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.names import Digest, algorithm_of, digest_of

REF_NAME: Final = "org.opencontainers.image.ref.name"
"""The annotation that names an entry of `index.json` (image-spec v1.1, Pre-Defined Annotation
Keys)."""

MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024
"""Larger JSON is refused. Registries accept manifests of 4 MiB; an index of this size has 200,000
tags."""

_PIECE_BYTES: Final = 1024 * 1024


def file_of(digest: Digest) -> str:
    """Return the path of content in a layout, relative to its folder."""
    return f"blobs/{digest.replace(':', '/')}"


def blobs_of(manifest: Manifest) -> tuple[Descriptor, ...]:
    """Return the config and all layers, also layers that a registry need not hold."""
    config = manifest.facts.config
    return manifest.facts.layers if config is None else (config, *manifest.facts.layers)


def path_of(folder: str | os.PathLike[str]) -> Path:
    """Return the path of a layout. ValueError for an empty text: it is no name for this folder."""
    if os.fspath(folder) == "":
        raise ValueError("path: expected the path of a folder, found an empty text")
    return Path(folder)


def resolve_folder(path: Path) -> Path:
    """Return an absolute path without symbolic links. Raises LayoutError for a loop of links."""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError before Python 3.13
        raise LayoutError(str(path), "a folder", "a symbolic link that leads to itself") from error


class LayoutFolder:
    """A layout to read. Opening it checks `oci-layout` and `index.json`.

    Every method may raise LayoutError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root = resolve_folder(path)
        if not self._root.is_dir():
            found = "a file" if self._root.exists() else "none"
            raise LayoutError(str(path), "a folder with an OCI image layout", found)

        self._verified: dict[Digest, int] = {}

        self._check_header()
        self.entries: Sequence[Descriptor] = self._read_index()
        """The descriptors in `index.json`. Each has a size."""

    def holds(self, digest: Digest) -> bool:
        """Return whether there is a file for `digest`. Its content is not checked."""
        return (self._root / file_of(digest)).exists()

    def size_of(self, digest: Digest) -> int:
        """Return the bytes of the file for `digest`, which must be there."""
        return (self._root / file_of(digest)).stat().st_size

    def is_intact(self, digest: Digest) -> bool:
        """Return whether there is a file for `digest` and its content has that digest."""
        try:
            self.verify(Descriptor(media_type=media_types.OCTET_STREAM, digest=digest, size=None))
        except LayoutError:
            return False
        return True

    def verify(self, descriptor: Descriptor) -> None:
        """Check that the content is there and has the descriptor's digest and size.

        Each file is hashed once.
        """
        digest, file = descriptor.digest, file_of(descriptor.digest)
        known_size = self._verified.get(digest)
        size = self._find(file).stat().st_size if known_size is None else known_size

        if descriptor.size not in (None, size):
            raise LayoutError(file, f"{descriptor.size} bytes", f"{size} bytes")
        if known_size is not None:
            return

        found = digest_of(self.chunks(digest), algorithm_of(digest))
        if found != digest:
            raise LayoutError(file, digest, found)
        self._verified[digest] = size

    def read_manifest(self, descriptor: Descriptor) -> Manifest:
        """Return the manifest that `descriptor` refers to, checked as by `verify`."""
        self.verify(descriptor)

        file, algorithm = file_of(descriptor.digest), algorithm_of(descriptor.digest)
        media_type = descriptor.media_type
        with _refuse_malformed(file, f"a manifest of type {media_type}"):
            content = self._read(file)
            check_manifest(decode_object(content), media_type, file)
            return read_manifest(content, media_type, algorithm=algorithm)

    def chunks(self, digest: Digest) -> Iterator[bytes]:
        """Yield the content in pieces."""
        with self._find(file_of(digest)).open("rb") as content:
            while piece := content.read(_PIECE_BYTES):
                yield piece

    def _check_header(self) -> None:
        if not os.path.lexists(self._root / "oci-layout"):
            found = "a folder without the file oci-layout"
            raise LayoutError(str(self._path), "an OCI image layout", found)

        with _refuse_malformed("oci-layout", "a layout's header"):
            check_header(decode_object(self._read("oci-layout")))

    def _read_index(self) -> Sequence[Descriptor]:
        with _refuse_malformed("index.json", "an image index"):
            content = self._read("index.json")
            check_index(decode_object(content))
            return read_manifest(content, media_types.OCI_INDEX).facts.manifests

    def _read(self, file: str) -> bytes:
        path = self._find(file)
        size = path.stat().st_size
        if size > MAX_DOCUMENT_BYTES:
            raise LayoutError(file, f"at most {MAX_DOCUMENT_BYTES} bytes of JSON", f"{size} bytes")
        return path.read_bytes()

    def _find(self, file: str) -> Path:
        """Return the path of a regular file inside the folder, symbolic links resolved."""
        expected = f"a file in {self._root}"
        try:
            path = (self._root / file).resolve(strict=True)
        except (OSError, RuntimeError) as error:  # a loop of links: RuntimeError before Python 3.13
            raise LayoutError(file, expected, "none") from error

        if not path.is_relative_to(self._root):
            raise LayoutError(file, expected, "a link that leads out of it")
        if not path.is_file():
            raise LayoutError(file, "a file", "something else")
        return path


@contextmanager
def _refuse_malformed(file: str, expected: str) -> Iterator[None]:
    """Raise a LayoutError that names `file` for malformed content."""
    try:
        yield
    except LayoutError:
        raise
    except ManifestInvalid as error:
        raise LayoutError(file, expected, f"other content: {error.reason}") from error
    except ValueError as error:
        raise LayoutError(file, expected, f"other content: {error}") from error
