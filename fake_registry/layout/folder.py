"""An OCI image layout on disk: its files read and checked (image-spec v1.1, Image Layout).

A digest is parsed before it becomes a path, no file outside the folder is opened, and nothing is believed before its
digest and size are checked. Writing is in `writer`, what the manifests mean to a registry in `layout`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fake_registry.spec import media_types
from fake_registry.spec.errors import ManifestInvalid
from fake_registry.spec.json_object import decode_object
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.names import Digest, algorithm_of, digest_of

REF_NAME: Final = "org.opencontainers.image.ref.name"
"""image-spec v1.1, Pre-Defined Annotation Keys: what an entry of `index.json` is called."""

VERSION: Final = "1.0.0"
"""image-spec v1.1, oci-layout Example: the layout's version stands still while the layout does."""

MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024
"""Larger JSON is read by nobody: registries take manifests of 4 MiB, and this is an index of 200,000 tags."""

_PIECE_BYTES = 1024 * 1024


class LayoutError(ValueError):
    """A folder is not the layout it should be. `file` is relative to the folder; `expected` and `found` are prose."""

    def __init__(self, file: str, expected: str, found: str) -> None:
        super().__init__(f"{file}: expected {expected}, found {found}")
        self.file = file
        self.expected = expected
        self.found = found


def file_of(digest: Digest) -> str:
    """Return where a layout keeps content, relative to its folder."""
    return f"blobs/{digest.replace(':', '/')}"


def blobs_of(manifest: Manifest) -> tuple[Descriptor, ...]:
    """Return all blobs that a layout may hold for a manifest: those that may live elsewhere, too."""
    config = manifest.facts.config
    return (() if config is None else (config,)) + manifest.facts.layers


class LayoutFolder:
    """A layout to read from. Opening it checks `oci-layout` and `index.json`. Raises LayoutError, as every method."""

    def __init__(self, path: Path) -> None:
        self._root = path.resolve()
        self._verified: dict[Digest, int] = {}
        with _refusing("oci-layout", "a layout's header"):
            version = decode_object(self._read("oci-layout")).get("imageLayoutVersion")
        if version != VERSION:
            raise LayoutError("oci-layout", f"imageLayoutVersion {VERSION!r}", repr(version))
        with _refusing("index.json", "an image index"):
            index = read_manifest(self._read("index.json"), media_types.OCI_INDEX)
        self.entries: Sequence[Descriptor] = index.facts.manifests
        self._check_sizes()

    def holds(self, digest: Digest) -> bool:
        """Tell whether there is a file for `digest`, checked or not."""
        return (self._root / file_of(digest)).exists()

    def verify(self, descriptor: Descriptor) -> None:
        """Check that the content is there and has the descriptor's digest and size. Each file is hashed once."""
        digest, file = descriptor.digest, file_of(descriptor.digest)
        if digest not in self._verified:
            size = self._find(file).stat().st_size
            self._check(file, descriptor, size)
            found = digest_of(self.chunks(digest), algorithm_of(digest))
            if found != digest:
                raise LayoutError(file, digest, found)
            self._verified[digest] = size
        self._check(file, descriptor, self._verified[digest])

    def read_manifest(self, descriptor: Descriptor) -> Manifest:
        """Return the manifest that `descriptor` means, checked as by `verify`."""
        self.verify(descriptor)
        file = file_of(descriptor.digest)
        with _refusing(file, f"a manifest of type {descriptor.media_type}"):
            return read_manifest(self._read(file), descriptor.media_type, algorithm=algorithm_of(descriptor.digest))

    def chunks(self, digest: Digest) -> Iterator[bytes]:
        """Yield the content in pieces."""
        with self._find(file_of(digest)).open("rb") as content:
            while piece := content.read(_PIECE_BYTES):
                yield piece

    def is_intact(self, digest: Digest) -> bool:
        """Return whether the content of `digest` is there. A file with other content does not count."""
        try:
            self.verify(Descriptor(media_type=media_types.OCTET_STREAM, digest=digest, size=None))
        except LayoutError:
            return False
        return True

    def _check_sizes(self) -> None:
        """Refuse an entry without a size: image-spec requires it, other than ACR (`spec.manifest.Descriptor`)."""
        for number, entry in enumerate(self.entries):
            if entry.size is None:
                raise LayoutError(f"index.json, manifests[{number}]", "a size in bytes", "none")

    @staticmethod
    def _check(file: str, descriptor: Descriptor, size: int) -> None:
        if descriptor.size not in (None, size):
            raise LayoutError(file, f"{descriptor.size} bytes", f"{size} bytes")

    def _read(self, file: str) -> bytes:
        path = self._find(file)
        size = path.stat().st_size
        if size > MAX_DOCUMENT_BYTES:
            raise LayoutError(file, f"at most {MAX_DOCUMENT_BYTES} bytes of JSON", f"{size} bytes")
        return path.read_bytes()

    def _find(self, file: str) -> Path:
        """Return the path of a regular file inside the folder, symbolic links resolved."""
        try:
            path = (self._root / file).resolve(strict=True)
        except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError before Python 3.13
            raise LayoutError(file, f"a file in {self._root}", "none") from error
        if not path.is_relative_to(self._root):
            raise LayoutError(file, f"a file in {self._root}", "a link that leads out of it")
        if not path.is_file():
            raise LayoutError(file, "a file", "something else")
        return path


@contextmanager
def _refusing(file: str, expected: str) -> Iterator[None]:
    """Say in which file it was that a manifest or other JSON is not what it should be."""
    try:
        yield
    except LayoutError:
        raise
    except (ManifestInvalid, ValueError) as error:
        found = error.reason if isinstance(error, ManifestInvalid) else error
        raise LayoutError(file, expected, f"other content: {found}") from error
