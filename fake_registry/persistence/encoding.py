"""Changes of the core as a line of the state file, and the content that they need as files."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from fake_registry.auth.accounts import Accounts
from fake_registry.core.blobs import Blob
from fake_registry.core.changes import Change, ContentTable, RepositoryFacts
from fake_registry.core.state import ManifestRecord, TagRecord
from fake_registry.persistence.documents import (
    KeptBlob,
    KeptFacts,
    KeptManifest,
    KeptTag,
    RepositoryChanges,
    StateLine,
)
from fake_registry.spec import media_types
from fake_registry.spec.names import Digest

FileContents = dict[Digest, tuple[bytes, ...]]
"""The pieces of the content of each digest."""


def line_of(
    changes: Iterable[Change],
    accounts: Accounts | UnsetType = UNSET,
) -> tuple[StateLine, FileContents]:
    """Return a line with the last state of each item, and the content of all items in it."""
    line = StateLine(accounts=accounts)
    contents: FileContents = {}
    for change in changes:
        if change.table == "all":
            line = StateLine(clear=True, accounts=accounts)
        else:
            repository = line.repositories.setdefault(change.repository, RepositoryChanges())
            _apply(change, repository, contents)

    needed = {
        digest
        for repository in line.repositories.values()
        for table in (repository.blobs, repository.manifests)
        for digest, stored in table.items()
        if stored is not None
    }
    return line, {digest: pieces for digest, pieces in contents.items() if digest in needed}


def _apply(change: Change, repository: RepositoryChanges, contents: FileContents) -> None:
    key, record = change.key, change.record
    match record:
        case Blob():
            contents[Digest(key)] = record.pieces
            repository.blobs[key] = KeptBlob(record.stored)
        case ManifestRecord():
            contents[Digest(key)] = (record.manifest.content,)
            repository.manifests[key] = _manifest_of(record)
        case TagRecord():
            repository.tags[key] = KeptTag(record.digest, record.created, record.updated, record.attributes)
        case RepositoryFacts():
            repository.facts = KeptFacts(record.created, record.updated, record.attributes)
        case None:
            _remove(change, repository)


def _remove(change: Change, repository: RepositoryChanges) -> None:
    tables: Mapping[ContentTable, dict[str, Any]] = {  # Any: records of each table
        "blobs": repository.blobs,
        "manifests": repository.manifests,
        "tags": repository.tags,
    }
    if change.table == "facts":
        repository.facts = None
    else:
        tables[change.table][change.key] = None


def _manifest_of(record: ManifestRecord) -> KeptManifest:
    manifest = record.manifest
    children = (one for one in manifest.facts.manifests if one.media_type in media_types.MANIFESTS)
    return KeptManifest(
        media_type=manifest.media_type,
        bytes=len(manifest.content),
        size=record.size,
        created=record.created,
        updated=record.updated,
        platform=record.platform,
        attributes=record.attributes,
        children=tuple(child.digest for child in children),
    )
