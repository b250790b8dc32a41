"""Planted races: what one thread has done is lost, or another thread sees what is past.

Each is right for one client at a time. See `moments` for how a witness shows it nevertheless.
"""

from typing import Final

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import begin
from tests.support.planted.attributes import attributes_at
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit, together
from tests.support.planted.locks import TAG
from tests.support.planted.moments import in_another_thread, meanwhile
from tests.support.planted.steps import ACR, A, artifact, lock, put_index, read_tag, status_of, tags_in

_MOMENT: Final = "from tests.support.planted.moments import moment"


def change_attributes_at_once(registry: FakeRegistry) -> object:
    put_index(registry, artifact(1), "v1")
    with meanwhile(lambda: _lock(registry, delete=False)):
        lock(registry, TAG, list=False)
    return attributes_at(registry, TAG, "tag")


def _lock(registry: FakeRegistry, **attributes: bool) -> None:
    lock(registry, TAG, **attributes)


def push_at_once(registry: FakeRegistry) -> object:
    """Push two tags at once, and list them."""
    put_index(registry, artifact(1), "v0")
    with meanwhile(lambda: _push(registry, 2, "v2")):
        put_index(registry, artifact(3), "v3")
    return tags_in(registry)


def _push(registry: FakeRegistry, number: int, *tags: str) -> None:
    put_index(registry, artifact(number), *tags)


def append_at_once(registry: FakeRegistry) -> object:
    """Send two chunks to one location at once; return how many were accepted."""
    location, statuses = begin(registry, A), list[int]()
    with meanwhile(lambda: statuses.append(status_of(registry, "PATCH", location, b"more"))):
        statuses.append(status_of(registry, "PATCH", location, b"four"))
    return statuses.count(202)


def close_at_once(registry: FakeRegistry) -> object:
    """Close one upload twice at once; return how many were accepted."""
    closing = f"{begin(registry, A)}&digest={digest_of(b'four')}"
    statuses = list[int]()
    with meanwhile(lambda: statuses.append(status_of(registry, "PUT", closing, b"four"))):
        statuses.append(status_of(registry, "PUT", closing, b"four"))
    return statuses.count(201)


def untag_at_once(registry: FakeRegistry) -> object:
    put_index(registry, artifact(1), "v1")
    statuses = list[int]()
    with meanwhile(lambda: statuses.append(status_of(registry, "DELETE", f"{ACR}/_tags/v1"))):
        statuses.append(status_of(registry, "DELETE", f"{ACR}/_tags/v1"))
    return sorted(statuses)


def list_during_pushes(registry: FakeRegistry) -> object:
    """Return whether a list that has the second of two pushes has the first."""
    put_index(registry, artifact(1), "m")
    with meanwhile(lambda: _push(registry, 1, "a", "z")):
        tags = tags_in(registry)
    return "z" not in tags or "a" in tags


def read_in_two_threads(registry: FakeRegistry) -> object:
    """Return whether a thread that has read a tag sees that another has moved it."""
    digests = [put_index(registry, artifact(1), "v1")]
    assert read_tag(registry, "v1") == digests[0]
    in_another_thread(lambda: digests.append(put_index(registry, artifact(2), "v1")))
    return read_tag(registry, "v1") == digests[1]


RACES: Final = (
    PlantedBug(
        name="attributes-are-read-and-written-in-two-steps",
        kind="lost updates",
        part="linearizability",
        profile="acr",
        plant=edit(
            "core.memory:MemoryRegistry.update_tag_attributes",
            "with self._repositories.hold(repository) as state:",
            f"""
{_MOMENT}
with self._repositories.hold(repository) as state:
    before = state.tags.get(tag)
moment()
with self._repositories.hold(repository) as state:
    if before is not None and tag in state.tags:
        state.tags[tag] = catalog.replace(state.tags[tag], attributes=before.attributes)
""",
        ),
        witness=change_attributes_at_once,
        right=["deleteEnabled", "listEnabled"],
    ),
    PlantedBug(
        name="push-writes-a-copy-of-the-repository",
        kind="lost updates",
        part="linearizability",
        plant=edit(
            "core.memory:MemoryRegistry.put_manifest",
            "with self._repositories.change(repository) as state:",
            f"""
{_MOMENT}
with self._repositories.hold(repository) as state:
    before = state.copy()
moment()
with self._repositories.change(repository) as state:
    vars(state).update(vars(before))
""",
        ),
        witness=push_at_once,
        right=["v0", "v2", "v3"],
    ),
    PlantedBug(
        name="chunks-that-arrive-at-once-overwrite-each-other",
        kind="lost updates",
        part="linearizability",
        plant=edit(
            "core.uploads:Uploads.append",
            "longer = session.append(room.count(content), now=now)",
            f"""
{_MOMENT}
longer = session.append(room.count(content), now=now)
moment()
with self._repositories.hold(repository) as state:
    find_upload(state, upload)
    state.uploads[upload] = session
""",
        ),
        witness=append_at_once,
        right=1,
    ),
    PlantedBug(
        name="upload-can-be-closed-twice-at-once",
        kind="lost updates",
        part="linearizability",
        plant=edit(
            "core.uploads:Uploads.finish",
            "with self._repositories.hold(repository) as state:\n"
            "            _check_current(state, session, offset)\n"
            "            locks.guard_push(state)\n"
            "            self._remove(repository, state, upload)",
            f"""
{_MOMENT}
moment()
with self._repositories.hold(repository) as state:
    locks.guard_push(state)
    if upload in state.uploads:
        self._remove(repository, state, upload)
""",
        ),
        witness=close_at_once,
        right=1,
    ),
    PlantedBug(
        name="tag-can-be-deleted-twice-at-once",
        kind="lost updates",
        part="linearizability",
        profile="acr",
        plant=edit(
            "core.memory:MemoryRegistry.delete_tag",
            "with self._repositories.change(repository) as state:",
            f"""
{_MOMENT}
with self._repositories.hold(repository) as state:
    found = catalog.find_tag(state, tag)
    locks.guard_tag_delete(state, tag, found)
moment()
with self._repositories.change(repository) as state:
    if tag not in state.tags:
        return found.digest
""",
        ),
        witness=untag_at_once,
        right=[202, 404],
    ),
    PlantedBug(
        name="list-of-tags-is-read-in-two-halves",
        kind="lost updates",
        part="linearizability",
        plant=edit(
            "core.memory:MemoryRegistry.list_tags",
            "with self._repositories.hold(repository) as state:",
            f"""
{_MOMENT}
with self._repositories.hold(repository) as state:
    first = catalog.list_tags(state, after=after, limit=limit)
half = len(first.items) // 2
if after is None and limit is None and first.items:
    moment()
    with self._repositories.hold(repository) as state:
        rest = content.Index.walk(state.tag_index, after=first.items[half])
        return Page([*first.items[: half + 1], *rest])
with self._repositories.hold(repository) as state:
""",
        ),
        witness=list_during_pushes,
        right=True,
    ),
    PlantedBug(
        name="thread-reads-the-tag-that-it-has-read-before",
        kind="lost updates",
        part="linearizability",
        plant=together(
            edit(
                "core.memory:MemoryRegistry.get_manifest",
                "with self._repositories.hold(repository) as state:",
                """
import threading

kept = self.__dict__.setdefault("_kept", {}).setdefault(threading.get_ident(), {})
if (repository, reference) in kept:
    return kept[repository, reference]
with self._repositories.hold(repository) as state:
    kept[repository, reference] = find_manifest(state, reference).manifest
with self._repositories.hold(repository) as state:
""",
            ),
            edit(
                "core.memory:MemoryRegistry.put_manifest",
                "tags = tuple(tags)",
                """
import threading

tags = tuple(tags)
kept = self.__dict__.setdefault("_kept", {}).setdefault(threading.get_ident(), {})
for one in (*tags, manifest.digest):
    kept.pop((repository, one), None)
""",
            ),
            edit(
                "core.memory:MemoryRegistry.delete_tag",
                "with self._repositories.change(repository) as state:",
                """
import threading

kept = self.__dict__.setdefault("_kept", {}).setdefault(threading.get_ident(), {})
kept.pop((repository, tag), None)
with self._repositories.change(repository) as state:
""",
            ),
            *(
                edit(
                    f"core.memory:MemoryRegistry.{deletes}",
                    "with self._repositories.change(repository) as state:",
                    """
import threading

self.__dict__.setdefault("_kept", {}).pop(threading.get_ident(), None)
with self._repositories.change(repository) as state:
""",
                )
                for deletes in ("delete_manifest", "delete_repository")
            ),
        ),
        witness=read_in_two_threads,
        right=True,
    ),
)
