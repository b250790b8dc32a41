"""Noted changes: applied to the tables before, they make the tables after, for every kind of call."""

import operator
from collections.abc import Callable

import pytest

from fake_registry.core.changes import Change, NotedTable
from fake_registry.core.losses import lose_manifest
from fake_registry.core.memory import MemoryRegistry
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import TagUnknown
from fake_registry.spec.names import digest_of
from tests.support.images import HELLO, NOWHERE, OTHER, V1, V2, image, index, push

LOCK = AttributeChanges(delete_enabled=False)
SBOM = image(b"sbom", subject=image(b"child").manifest.descriptor)

Items = dict[tuple[str, str, str], object]
"""Records by table, repository and key."""


def fill(registry: MemoryRegistry) -> None:
    child = image(b"child")
    push(registry, HELLO, child, SBOM, index(child.manifest), tags=[V1, V2])
    push(registry, OTHER, image(b"other"), tags=[V1])


def items_of(registry: MemoryRegistry) -> Items:
    """Return all items that a repository has. The facts are as `RepositoryFacts` has them."""
    found: Items = {}
    for state in registry.snapshot().repositories:
        found["facts", state.name, ""] = (state.created, state.updated, state.attributes)
        for table in ("blobs", "manifests", "tags"):
            found |= {(table, state.name, key): record for key, record in getattr(state, table).items()}
    return found


def apply(items: Items, changes: list[Change]) -> None:
    for table, repository, key, record in changes:
        if table == "all":
            items.clear()
        elif record is None:
            del items[table, repository, key]
        else:
            items[table, repository, key] = tuple(vars(record).values()) if table == "facts" else record


def upload(registry: MemoryRegistry) -> None:
    started = registry.start_upload(HELLO)
    registry.append_chunk(HELLO, started.upload, [b"one"])
    registry.finish_upload(HELLO, started.upload, digest_of(b"one two"), tail=[b" two"])


CALLS: dict[str, Callable[[MemoryRegistry], object]] = {
    "upload": upload,
    "blob": lambda registry: registry.put_blob(HELLO, digest_of(b"new"), [b"new"]),
    "blob-in-new-repository": lambda registry: registry.put_blob(NOWHERE, digest_of(b"new"), [b"new"]),
    "mount": lambda registry: registry.mount_blob(OTHER, digest_of(b"child"), source=HELLO),
    "push": lambda registry: push(registry, HELLO, image(b"new"), tags=[V1]),
    "delete-blob": lambda registry: registry.delete_blob(HELLO, digest_of(b"child")),
    "delete-manifest": lambda registry: registry.delete_manifest(HELLO, image(b"child").digest),
    "delete-tag": lambda registry: registry.delete_tag(HELLO, V1),
    "delete-repository": lambda registry: registry.delete_repository(HELLO),
    "lock-repository": lambda registry: registry.update_repository_attributes(HELLO, LOCK),
    "lock-manifest": lambda registry: registry.update_manifest_attributes(HELLO, SBOM.digest, LOCK),
    "lock-tag": lambda registry: registry.update_tag_attributes(HELLO, V1, LOCK),
    "lose-manifest": lambda registry: lose_manifest(registry, HELLO, V1),
    "restore": lambda registry: registry.restore(registry.snapshot()),
}


@pytest.mark.parametrize("name", CALLS)
def test_changes_make_the_content_after_a_call(registry: MemoryRegistry, name: str) -> None:
    """Twice, because the second call meets tables that the first one has made."""
    fill(registry)
    registry.repositories.note_changes()
    items: Items = {}
    apply(items, registry.repositories.take_changes())
    assert items == items_of(registry)

    CALLS[name](registry)
    changed = registry.repositories.take_changes()
    apply(items, changed)
    assert (items, bool(changed)) == (items_of(registry), True)

    push(registry, HELLO, image(b"last"), tags=[V2])
    apply(items, registry.repositories.take_changes())
    assert items == items_of(registry)


@pytest.mark.parametrize(
    "call",
    [
        lambda registry: registry.start_upload(HELLO),
        lambda registry: registry.start_upload(NOWHERE),
        lambda registry: registry.start_upload(HELLO) and registry.get_manifest(HELLO, V1),
    ],
)
def test_nothing_is_noted_of_uploads_and_reads(
    registry: MemoryRegistry, call: Callable[[MemoryRegistry], object]
) -> None:
    fill(registry)
    registry.repositories.note_changes()
    registry.repositories.take_changes()
    call(registry)
    assert not registry.repositories.has_changes


def test_refused_call_notes_nothing(registry: MemoryRegistry) -> None:
    fill(registry)
    registry.repositories.note_changes()
    registry.repositories.take_changes()
    with pytest.raises(TagUnknown):
        registry.delete_tag(OTHER, V2)
    assert registry.repositories.take_changes() == []


Table = NotedTable[str, int]
WRITES: dict[str, Callable[[Table], object]] = {
    "set": lambda table: operator.setitem(table, "b", 2),
    "delete": lambda table: operator.delitem(table, "a"),
    "setdefault": lambda table: table.setdefault("b", 2),
    "pop": lambda table: table.pop("a"),
    "clear": lambda table: table.clear(),
    "popitem": lambda table: table.popitem(),
    "update": lambda table: table.update({"b": 2}),
    "|=": lambda table: table.__ior__({"b": 2}),
}


@pytest.mark.parametrize("name", WRITES)
def test_write_to_a_table_is_noted_or_refused(name: str) -> None:
    noted: dict[str, int | None] = {}
    table = NotedTable({"a": 1}, noted.__setitem__)
    try:
        WRITES[name](table)
    except NotImplementedError:
        assert (table, noted) == ({"a": 1}, {})
    else:
        items = {"a": 1} | noted
        assert table == {key: value for key, value in items.items() if value is not None}
        assert noted


def test_call_that_changes_nothing_is_not_noted() -> None:
    noted: dict[str, int | None] = {}
    table = NotedTable({"a": 1}, noted.__setitem__)
    assert (table.setdefault("a", 2), table.pop("b", 0)) == (1, 0)
    assert (table, noted) == ({"a": 1}, {})


def test_registry_without_notes_has_no_changes(registry: MemoryRegistry) -> None:
    fill(registry)
    assert (registry.repositories.has_changes, registry.repositories.take_changes()) == (False, [])
