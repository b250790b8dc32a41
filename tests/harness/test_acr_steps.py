"""The machine finds bugs in ACR's metadata and locks, each by a property that it breaks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.core import catalog, content, locks
from fake_registry.core.index import Index
from fake_registry.spec.attributes import UNLOCKED, DeletedRepository, Order
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import PropertyBroken
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.search import run_machine

SECOND: Final = 10**9
"""In nanoseconds."""


@dataclass(frozen=True)
class AcrBug:
    """A function that is replaced by a wrong one, and the properties that this breaks."""

    name: str
    place: object
    function: str
    wrong: Callable[..., object]
    breaks: str
    """Ids, separated by blanks. Which one is broken first is left open."""


# Any: the arguments of the functions that are replaced, which they pass on


def do_nothing(*_arguments: Any, **_names: Any) -> None:
    pass


def pull_in_any_tag(state: Any, record: Any = None, _reference: Any = None) -> None:
    RIGHT["guard_pull"](state, record, None)


def push_to_any_tag(state: Any, _tags: Any = ()) -> None:
    RIGHT["guard_push"](state, ())


def delete_any_tagged(state: Any, record: Any) -> None:
    """Look at the manifest alone, not at its tags."""
    locks.guard_delete_in(state)
    RIGHT["_guard_deletable"](state, record.attributes)


def delete_locked_items(state: Any) -> None:
    """Look at the repository alone."""
    RIGHT["_guard_deletable"](state, state.attributes)


def reset_other_attributes(state: Any, tag: Any, changes: Any) -> None:
    RIGHT["update_tag_attributes"](state, tag, changes)
    state.tags[tag] = replace(state.tags[tag], attributes=changes.applied_to(UNLOCKED))


def update_time_of_manifest(state: Any, digest: Any, changes: Any) -> None:
    RIGHT["update_manifest_attributes"](state, digest, changes)
    record = state.manifests[digest]
    state.manifests[digest] = replace(record, updated=record.updated + SECOND)


def take_hidden(items: Any, limit: Any, _keep: Any) -> object:
    return RIGHT["take"](items, limit, lambda _item: True)


def take_one_too_many(items: Any, limit: Any, keep: Any) -> object:
    """Say that items follow each full page."""
    page = list(islice(filter(keep, items), limit))
    return page, bool(page) and len(page) == limit


def count_tagged(state: Any) -> object:
    return replace(RIGHT["repository_properties"](state), manifest_count=len(state.tags_of))


def create_moved_tag(state: Any, tag: Any, digest: Any, now: Any) -> None:
    RIGHT["_point"](state, tag, digest, now)
    state.tags[tag] = replace(state.tags[tag], created=now)


def forget_update_of_moved_tag(state: Any, tag: Any, digest: Any, now: Any) -> None:
    before = state.tags.get(tag)
    RIGHT["_point"](state, tag, digest, now)
    if before is not None:
        state.tags[tag] = replace(state.tags[tag], updated=before.updated)


def size_of_layers(state: Any, manifest: Any) -> int:
    """Leave out the bytes of the manifest itself, as ACR did until 2022."""
    return int(RIGHT["_size_of"](state, manifest)) - len(manifest.content)


def list_all_tags(state: Any, **names: Any) -> object:
    return RIGHT["list_tag_properties"](state, **{**names, "digest": None})


def walk_upwards(self: Any, *, after: Any = None, order: Order = Order.NAME) -> object:
    """Take each order by time for the ascending one."""
    is_descending = order is Order.NEWEST_FIRST
    return RIGHT["walk"](self, after=after, order=Order.OLDEST_FIRST if is_descending else order)


def start_at_present_position(self: Any, after: Any) -> object:
    name = getattr(after, "name", after)
    updated = self._updated.get(name)
    return None if updated is None else (updated, name)


def leave_out_tags(state: Any) -> DeletedRepository:
    deleted: DeletedRepository = RIGHT["delete_repository"](state)
    return replace(deleted, tags=())


def name_another_digest(state: Any, tag: Any, now: Any) -> str:
    RIGHT["delete_tag"](state, tag, now)
    return "sha256:" + 64 * "0"


def ignore_platform(_state: Any, _manifest: Any) -> None:
    return None


BUGS: Final = (
    AcrBug(
        "tag-can-be-deleted-under-its-lock",
        locks,
        "guard_tag_delete",
        do_nothing,
        "acr-lock-tag-delete-enabled-delete-tag acr-lock-tag-write-enabled-delete-tag "
        "acr-lock-repository-write-enabled-delete-tag",
    ),
    AcrBug(
        "read-lock-of-a-tag-is-ignored",
        locks,
        "guard_pull",
        pull_in_any_tag,
        "acr-lock-tag-read-enabled-pull-manifest",
    ),
    AcrBug(
        "write-lock-of-a-tag-is-ignored",
        locks,
        "guard_push",
        push_to_any_tag,
        "acr-lock-tag-write-enabled-push-manifest",
    ),
    AcrBug(
        "manifest-goes-with-its-locked-tag",
        locks,
        "guard_manifest_delete",
        delete_any_tagged,
        "acr-lock-tag-delete-enabled-delete-manifest acr-lock-tag-write-enabled-delete-manifest "
        "acr-lock-tag-delete-enabled-delete-repository "
        "acr-lock-tag-write-enabled-delete-repository",
    ),
    AcrBug(
        "locked-items-go-with-their-repository",
        locks,
        "guard_repository_delete",
        delete_locked_items,
        "acr-lock-tag-delete-enabled-delete-repository "
        "acr-lock-tag-write-enabled-delete-repository "
        "acr-lock-manifest-delete-enabled-delete-repository "
        "acr-lock-manifest-write-enabled-delete-repository",
    ),
    AcrBug(
        "content-of-a-locked-repository-can-be-deleted",
        locks,
        "guard_delete_in",
        do_nothing,
        "acr-lock-repository-write-enabled-delete-blob "
        "acr-lock-repository-write-enabled-delete-tag "
        "acr-lock-repository-write-enabled-delete-manifest",
    ),
    AcrBug(
        "change-of-a-tag-resets-its-other-attributes",
        catalog,
        "update_tag_attributes",
        reset_other_attributes,
        "acr-tag-attributes",
    ),
    AcrBug(
        "change-of-a-manifest-moves-its-time",
        catalog,
        "update_manifest_attributes",
        update_time_of_manifest,
        "acr-manifest-updated",
    ),
    AcrBug(
        "hidden-items-are-listed",
        catalog,
        "take",
        take_hidden,
        "acr-tags-hidden acr-manifests-hidden tags-list",
    ),
    AcrBug(
        "full-last-page-has-a-link",
        catalog,
        "take",
        take_one_too_many,
        "acr-tags-link-too-many acr-manifests-link-too-many tags-link-too-many",
    ),
    AcrBug(
        "untagged-manifests-are-not-counted",
        catalog,
        "repository_properties",
        count_tagged,
        "acr-manifest-count",
    ),
    AcrBug("moved-tag-is-created-anew", content, "_point", create_moved_tag, "acr-tag-created acr-created-order"),
    AcrBug(
        "moved-tag-keeps-its-time",
        content,
        "_point",
        forget_update_of_moved_tag,
        "acr-tag-moved acr-tags-by-time acr-updated-order acr-tags-link-too-many",
    ),
    AcrBug("size-lacks-the-manifest", content, "_size_of", size_of_layers, "acr-manifest-size"),
    AcrBug(
        "platform-is-not-read",
        content,
        "_platform_of",
        ignore_platform,
        "acr-manifest-platform",
    ),
    AcrBug("filter-is-ignored", catalog, "list_tag_properties", list_all_tags, "acr-tags-filter"),
    AcrBug(
        "descending-order-ascends",
        Index,
        "walk",
        walk_upwards,
        "acr-tags-by-time acr-manifests-by-time",
    ),
    AcrBug(
        "page-begins-where-its-item-is-now",
        Index,
        "_bound_of",
        start_at_present_position,
        "acr-tags-pages-moved acr-manifests-pages-moved acr-tags-page-size "
        "acr-manifests-page-size acr-tags-link-too-many acr-manifests-link-too-many",
    ),
    AcrBug(
        "deleted-tags-are-not-named",
        catalog,
        "delete_repository",
        leave_out_tags,
        "acr-repository-delete-tags",
    ),
    AcrBug(
        "deleted-tag-names-another-digest",
        content,
        "delete_tag",
        name_another_digest,
        "acr-tag-delete-digest",
    ),
)

RIGHT: Final[dict[str, Callable[..., Any]]] = {
    "_guard_deletable": locks._guard_deletable,
    **{bug.function: getattr(bug.place, bug.function) for bug in BUGS},
}
"""The functions that are replaced, and one that a wrong one calls."""


def property_broken_by(bug: AcrBug, monkeypatch: pytest.MonkeyPatch, seed: int, examples: int) -> str | None:
    """Return the first property that a run finds broken."""
    monkeypatch.setattr(bug.place, bug.function, bug.wrong)
    settings = Settings(profile="acr", auth="off")
    plan = MachinePlan(lambda: FakeRegistry(settings).wsgi_app, Dialect.like("acr"))
    try:
        run_machine(plan, seed_number=seed, examples=examples)
    except PropertyBroken as broken:
        return broken.finding.property.id
    return None


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_machine_finds_the_bug(bug: AcrBug, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert property_broken_by(bug, monkeypatch, seed, examples=200) in bug.breaks.split()


def test_machine_finds_tags_that_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    [bug] = [bug for bug in BUGS if bug.name == "untagged-manifests-are-not-counted"]
    assert property_broken_by(bug, monkeypatch, 1, examples=20) == "acr-manifest-count"
