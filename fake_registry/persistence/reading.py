"""Reading a storage folder: its state file, and the content that this needs. Nothing is changed."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from msgspec import UNSET

from fake_registry.clock import LATEST_NS
from fake_registry.core.blobs import Blob
from fake_registry.core.rebuilding import rebuild_state
from fake_registry.core.repositories import ContentSnapshot
from fake_registry.core.state import ManifestRecord, RepositoryState, TagRecord
from fake_registry.inspection import Snapshot
from fake_registry.persistence.documents import (
    KeptFacts,
    KeptManifest,
    KeptTag,
    RepositoryChanges,
    StateLine,
    decode_header,
    line_decoder,
)
from fake_registry.persistence.errors import StorageError
from fake_registry.persistence.files import STATE_NAME, read_pieces
from fake_registry.persistence.kept import KeptContent
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import (
    Digest,
    algorithm_of,
    digest_of,
    parse_digest,
    parse_repository_name,
    parse_tag,
)

ReadContent = Callable[[Digest], tuple[bytes, ...]]
"""Returns the content of a digest in pieces. OSError."""

KeptItem = TypeVar("KeptItem")

_MOST_CHARACTERS: Final = 300


def read_state(path: Path) -> KeptContent:
    """Return the content of a state file. StorageError.

    A line without an end was cut by a kill. No client had an answer to its changes: it is ignored.
    """
    try:
        lines = b"".join(read_pieces(str(path))).split(b"\n")[:-1]
    except OSError as error:
        raise StorageError(f"{path.name} cannot be read: {error.strerror}") from error

    state = KeptContent()
    decode = line_decoder().decode
    for number, content in enumerate(lines, 1):
        try:
            if number == 1:
                decode_header(content)
            else:
                state.apply(_check_names(decode(content)))
        except (ValueError, RegistryError) as error:
            reason = str(error)[:_MOST_CHARACTERS]  # it may repeat a name of any length
            raise StorageError(f"{path.name}, line {number}: {reason}") from error

    if not lines:
        remedy = "remove the file to read the folder as a layout"
        raise StorageError(f"{path.name}: expected the state of a registry, found an empty file: {remedy}")
    return state


def _check_names(line: StateLine) -> StateLine:
    """Return a line whose names are well-formed. RegistryError: a digest becomes a path."""
    for name, changes in line.repositories.items():
        parse_repository_name(name)
        for digest in (*changes.blobs, *changes.manifests):
            parse_digest(digest)
        for tag, stored in changes.tags.items():
            parse_tag(tag)
            if stored is not None:
                parse_digest(stored.digest)
    for digest in line.contents:
        parse_digest(digest)
    return line


def read_content(state: KeptContent, read: ReadContent) -> Snapshot:
    """Return the content of all repositories, roles and tokens. StorageError.

    All content is compared with its digest.
    """
    contents = _Contents(state, read)
    states = [contents.state_of(name, found) for name, found in state.repositories.items()]
    return Snapshot(ContentSnapshot(tuple(states)), state.accounts)


class _Contents:
    """The content of a folder, each file read once."""

    def __init__(self, state: KeptContent, read: ReadContent) -> None:
        self._state = state
        self._read = read
        self._pieces: dict[Digest, tuple[bytes, ...]] = {}
        self._blobs: dict[tuple[str, int], Blob] = {}
        """Repositories share a blob that they mounted from each other."""

    def state_of(self, name: str, found: RepositoryChanges) -> RepositoryState:
        facts = found.facts or KeptFacts(0, 0)
        _check_times(name, found)
        _check_tags(name, found)
        return rebuild_state(
            parse_repository_name(name),
            created=facts.created,
            updated=facts.updated,
            attributes=facts.attributes,
            blobs={Digest(digest): self._blob(digest, one.stored, name) for digest, one in _items(found.blobs)},
            manifests={Digest(digest): self._manifest(digest, one, name) for digest, one in _items(found.manifests)},
            tags={parse_tag(tag): _tag_of(one) for tag, one in _items(found.tags)},
        )

    def _blob(self, digest: str, stored: int, repository: str) -> Blob:
        key = (digest, stored)
        if key not in self._blobs:
            self._blobs[key] = Blob(self._content(digest, repository), stored=stored)
        return self._blobs[key]

    def _manifest(self, digest: str, stored: KeptManifest, repository: str) -> ManifestRecord:
        content = b"".join(self._content(digest, repository))
        algorithm = algorithm_of(Digest(digest))
        try:
            manifest = read_manifest(content, stored.media_type, algorithm=algorithm)
        except RegistryError as error:
            raise StorageError(f"{STATE_NAME}: the manifest {repository}@{digest}: {error}") from error

        if stored.bytes != len(content) or stored.size < 0:
            expected = f"{len(content)} bytes, as its content has, and a size of 0 or more"
            found = f"{stored.bytes} bytes, size {stored.size}"
            raise StorageError(f"{STATE_NAME}: {repository}@{digest}: expected {expected}, found {found}")
        return ManifestRecord(
            manifest=manifest,
            size=stored.size,
            platform=stored.platform,
            created=stored.created,
            updated=stored.updated,
            attributes=stored.attributes,
        )

    def _content(self, text: str, repository: str) -> tuple[bytes, ...]:
        digest = Digest(text)
        if digest in self._pieces:
            return self._pieces[digest]

        where = f"the content of {repository}@{digest}"
        try:
            pieces = self._read_file_or_line(digest)
        except OSError as error:
            raise StorageError(f"{where} cannot be read: {error.strerror}") from error
        found = digest_of(pieces, algorithm_of(digest))
        if found != digest:
            raise StorageError(f"{where} is damaged: expected {digest}, found {found}")

        self._pieces[digest] = pieces
        return pieces

    def _read_file_or_line(self, digest: Digest) -> tuple[bytes, ...]:
        try:
            return self._read(digest)
        except FileNotFoundError:  # short content, of which a kill has left no file
            if digest in self._state.contents:
                return (self._state.contents[digest],)
            raise


def _check_times(repository: str, found: RepositoryChanges) -> None:
    """Refuse times that cannot be shown. StorageError."""
    times = [one.stored for _, one in _items(found.blobs)]
    dated = (found.facts, *found.manifests.values(), *found.tags.values())
    for one in dated:
        if one is not None and one is not UNSET:
            times += one.created, one.updated
    for time in times:
        if not 0 <= time <= LATEST_NS:
            expected = f"times from 0 to {LATEST_NS}"
            raise StorageError(f"{STATE_NAME}: {repository}: expected {expected}, found {time}")


def _check_tags(repository: str, found: RepositoryChanges) -> None:
    """Refuse a tag of no manifest. StorageError."""
    for tag, one in _items(found.tags):
        if one.digest not in found.manifests:
            expected = f"a manifest of the repository, found {one.digest}, which it has not"
            raise StorageError(f"{STATE_NAME}: the tag {repository}:{tag}: expected {expected}")


def _items(table: Mapping[str, KeptItem | None]) -> Iterator[tuple[str, KeptItem]]:
    return ((key, item) for key, item in table.items() if item is not None)


def _tag_of(stored: KeptTag) -> TagRecord:
    return TagRecord(
        digest=Digest(stored.digest),
        created=stored.created,
        updated=stored.updated,
        attributes=stored.attributes,
    )
