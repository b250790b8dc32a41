"""A step that sets a lock, does something under it, and removes the lock again."""

from collections.abc import Callable
from typing import Final, NamedTuple, cast

from pytest_acr.harness.acr_model import ATTRIBUTES, GOVERNED_BY, Attribute, ItemLevel, Lock
from pytest_acr.harness.changing_acr import KINDS, REPOSITORY_KIND, TAG_KIND, ItemKind, change_and_check
from pytest_acr.harness.locks import RefusedByLock
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.properties.acr_locks import LOCK_CODE, LOCK_STATUS, LOCKS
from pytest_acr.harness.reading import check_code
from pytest_acr.harness.reading_acr import check_tag
from pytest_acr.harness.steps.acr_items import (
    ensure_tag,
)
from pytest_acr.harness.steps.acr_operations import CHANGING, HARMLESS, OPERATIONS, WITHOUT_TAG, LockedItems
from pytest_acr.harness.steps.blobs import ensure_blob
from pytest_acr.harness.steps.pushing import push_manifest
from pytest_acr.harness.steps.step import PICK, REPOSITORY, Step
from pytest_acr.harness.trial import Trial


def try_under_lock(
    trial: Trial,
    *,
    repository: int,
    which: int,
    level: str,
    attribute: int,
    last: str,
) -> None:
    """Set an attribute of each level to false, try what it forbids, and set it to true again.

    At one level also try what it allows. Of what could change the repository, only `last` is done.
    """
    chosen = KINDS[cast(ItemLevel, level)]
    others = [kind for kind in KINDS.values() if kind is not chosen]
    for kind in (*others, chosen):
        target = _target_of(trial, repository, which)
        lock = _LockedItem(target, kind, ATTRIBUTES[attribute])
        refused = [name for name in OPERATIONS if lock.refuses(name)]
        allowed = [name for name in (*HARMLESS, last) if name not in refused]
        _try_operations(lock, [*refused, *(allowed if kind is chosen else [])])
    trial.note_effect()


def _try_operations(lock: "_LockedItem", names: list[str]) -> None:
    """Do this while an item is locked. An item that is gone then is pushed again, without locks."""
    target = lock.target
    acts = [(name, OPERATIONS[name].prepare(target)) for name in names if lock.can_try(name)]
    manifest = target.model.manifests[target.digest]

    lock.set(value=False)
    for name, act in acts:
        lock.check(name, _run(act))

    if lock.is_there:
        lock.set(value=True)
    else:
        push_manifest(target.trial, target.repository, manifest, target.tag)
        lock.kind.check(target.trial, target.model, lock.name)
    check_tag(target.trial, target.model, target.tag)


class _LockedItem(NamedTuple):
    """The item of a target whose attribute is set, and how operations obey it."""

    target: LockedItems
    kind: ItemKind
    attribute: Attribute

    @property
    def name(self) -> str:
        """The name of the repository, the tag, or the digest."""
        target = self.target
        names = {"repository": target.model.name, "manifest": target.digest, "tag": target.tag}
        return names[self.kind.level]

    @property
    def is_there(self) -> bool:
        """Whether the item still exists."""
        return self.name in self.kind.records(self.target.model)

    def set(self, *, value: bool) -> None:
        """Set the attribute, and compare the response."""
        changes = {self.attribute: value}
        change_and_check(self.target.trial, self.target.model, self.kind, self.name, changes)

    def refuses(self, name: str) -> bool:
        """Return whether the attribute forbids an operation."""
        governing = GOVERNED_BY[OPERATIONS[name].operation].get(self.kind.level, ())
        is_concerned = self.kind is not TAG_KIND or name not in WITHOUT_TAG
        return is_concerned and self.attribute in governing

    def can_try(self, name: str) -> bool:
        """Return whether the registry has an operation, and it concerns the item alone."""
        offered = self.target.trial.capabilities
        possible = {
            "untag": offered.delete_tags,
            "mount": offered.mount,
            "empty": self.kind is REPOSITORY_KIND,
        }
        return possible.get(name, True)

    def check(self, name: str, refusal: RefusedByLock | None) -> None:
        """Check that an operation was refused if it had to be, and how."""
        trial = self.target.trial
        if self.refuses(name):
            lock = Lock(OPERATIONS[name].operation, self.kind.level, self.attribute)
            trial.require(refusal is not None, LOCKS[lock], "a refusal (405)", "it was done")
        if refusal is not None and refusal.response.status >= 400:  # a mount is declined with 202
            _check_status(trial, refusal.response)


def _target_of(trial: Trial, repository: int, which: int) -> LockedItems:
    tag = ensure_tag(trial, repository, which)
    _, blob = ensure_blob(trial, repository, which)
    return LockedItems(trial, repository, tag, trial.models[repository].tags[tag], blob, which)


def _run(act: Callable[[], object]) -> RefusedByLock | None:
    try:
        act()
    except RefusedByLock as refusal:
        return refusal
    return None


def _check_status(trial: Trial, response: RawResponse) -> None:
    trial.require_status(response, LOCK_STATUS, 405)
    others = () if trial.dialect.acr else ("DENIED", "UNSUPPORTED")
    check_code(trial, response, LOCK_CODE, "REGISTRY_DISALLOWED_OPERATION", *others)


ACR_LOCK_STEPS: Final = (
    Step(
        name="try_under_lock",
        area="acr",
        act=try_under_lock,
        weight=2,
        arguments={
            "repository": REPOSITORY,
            "which": PICK,
            "level": tuple(KINDS),
            "attribute": (0, 1, 2, 3, 0, 1, 2),  # listEnabled forbids nothing
            "last": CHANGING,
        },
        needs=("acr", "delete_manifests", "delete_blobs"),
    ),
)
