"""What can be done with a tag, its manifest and a blob while one of them is locked."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from pytest_acr.harness.acr_model import OperationName
from pytest_acr.harness.contents import content_of
from pytest_acr.harness.locks import RefusedByLock
from pytest_acr.harness.model import RepositoryModel, StoredManifest
from pytest_acr.harness.properties.blobs import BLOB_DELETE
from pytest_acr.harness.properties.manifests import MANIFEST_HEAD, TAG_DELETE
from pytest_acr.harness.reading import blob_path, check_blob
from pytest_acr.harness.reading_manifests import ANY_TYPE, check_manifest, manifest_path
from pytest_acr.harness.steps.acr_items import (
    remove_manifest,
    remove_repository,
    remove_tag,
)
from pytest_acr.harness.steps.blobs import push_content
from pytest_acr.harness.steps.pushing import complete, make_image, push_manifest
from pytest_acr.harness.trial import Trial
from pytest_acr.harness.uploading import finish, note_start, start


class LockedItems(NamedTuple):
    """The tag that a step locks or uses, its manifest, and a blob of the same repository."""

    trial: Trial
    repository: int
    tag: str
    digest: str
    blob: str
    which: int

    @property
    def model(self) -> RepositoryModel:
        """The model of the repository."""
        return self.trial.models[self.repository]


Prepare = Callable[[LockedItems], Callable[[], object]]
"""Pushes what an operation needs, and returns the operation itself."""


def _pull_by_digest(target: LockedItems) -> Callable[[], object]:
    return lambda: check_manifest(target.trial, target.model, target.digest)


def _pull_by_tag(target: LockedItems) -> Callable[[], object]:
    return lambda: check_manifest(target.trial, target.model, target.tag)


def _head_by_tag(target: LockedItems) -> Callable[[], object]:
    def act() -> None:
        response = target.trial.call("HEAD", manifest_path(target.model, target.tag), ANY_TYPE)
        target.trial.require_status(response, MANIFEST_HEAD, 200)

    return act


def _pull_blob(target: LockedItems) -> Callable[[], object]:
    return lambda: check_blob(target.trial, target.model, target.blob)


def _mount(target: LockedItems) -> Callable[[], object]:
    """Mount the blob in another repository. A registry that declines begins an upload instead."""

    def act() -> None:
        trial = target.trial
        other = trial.models[1 - target.repository]
        query = f"mount={target.blob}&from={target.model.name}"
        response = trial.call("POST", f"/v2/{other.name}/blobs/uploads/?{query}")
        if response.status != 201:
            lock = target.model.lock_on("pull blob")
            if lock is not None:
                raise RefusedByLock(lock, response)
            note_start(trial, 1 - target.repository, response, "sha256")
            return
        other.put_blob(target.blob, target.model.blobs[target.blob])

    return act


def _push_same(target: LockedItems) -> Callable[[], object]:
    """Push the manifest of the tag once more."""
    manifest = target.model.manifests[target.digest]
    complete(target.trial, target.repository, manifest)
    return lambda: push_manifest(target.trial, target.repository, manifest, target.tag)


def _push_other(target: LockedItems) -> Callable[[], object]:
    """Move the tag to another manifest."""
    manifest = _another(target)
    return lambda: push_manifest(target.trial, target.repository, manifest, target.tag)


def _push_untagged(target: LockedItems) -> Callable[[], object]:
    manifest = _another(target)
    return lambda: push_manifest(target.trial, target.repository, manifest, None)


def _another(target: LockedItems) -> StoredManifest:
    """Return an image whose blobs are there, and which is not the tag's."""
    images = (make_image(target.trial, target.repository, target.which, 1, style=style) for style in range(2))
    return next(each for each in images if each.digest != target.digest)


def _push_blob(target: LockedItems) -> Callable[[], object]:
    content, digest = content_of(target.which)
    is_single = target.which % 2 == 0
    return lambda: push_content(target.trial, target.repository, content, digest, single=is_single)


def _finish_upload(target: LockedItems) -> Callable[[], object]:
    """End an upload that began before the lock. Whether a refused one goes on is left open."""
    trial = target.trial
    number = start(trial, target.repository, "sha256")

    def act() -> None:
        try:
            finish(trial, number, b"ended under a lock", has_range=False)
        except RefusedByLock:
            if number in trial.uploads:  # otherwise it has ended, and its blob cannot be read
                trial.forget_upload(number)
            raise

    return act


def _delete_manifest(target: LockedItems) -> Callable[[], object]:
    return lambda: remove_manifest(target.trial, target.repository, target.digest)


def _empty(target: LockedItems) -> Callable[[], object]:
    """Delete each manifest, so that the repository is gone."""

    def act() -> None:
        for digest in tuple(target.model.manifests):
            if digest in target.model.manifests:  # it may have gone with its subject
                remove_manifest(target.trial, target.repository, digest)

    return act


def _delete_tag(target: LockedItems) -> Callable[[], object]:
    return lambda: remove_tag(target.trial, target.repository, target.tag)


def _untag(target: LockedItems) -> Callable[[], object]:
    """Delete the tag through the manifests' route."""

    def act() -> None:
        response = target.trial.call("DELETE", manifest_path(target.model, target.tag))
        target.trial.require_status(response, TAG_DELETE, 202)
        target.model.untag(target.tag)

    return act


def _delete_blob(target: LockedItems) -> Callable[[], object]:
    def act() -> None:
        response = target.trial.call("DELETE", blob_path(target.model, target.blob))
        target.trial.require_status(response, BLOB_DELETE, 202)
        target.model.delete_blob(target.blob)

    return act


def _delete_repository(target: LockedItems) -> Callable[[], object]:
    return lambda: remove_repository(target.trial, target.repository)


class LockedOperation(NamedTuple):
    """An operation in the words of the model, and what does it."""

    operation: OperationName
    prepare: Prepare


OPERATIONS: Final[Mapping[str, LockedOperation]] = {
    "pull by digest": LockedOperation("pull manifest", _pull_by_digest),
    "pull by tag": LockedOperation("pull manifest", _pull_by_tag),
    "head by tag": LockedOperation("pull manifest", _head_by_tag),
    "pull blob": LockedOperation("pull blob", _pull_blob),
    "mount": LockedOperation("pull blob", _mount),
    "push same": LockedOperation("push manifest", _push_same),
    "push other": LockedOperation("push manifest", _push_other),
    "push untagged": LockedOperation("push manifest", _push_untagged),
    "push blob": LockedOperation("push blob", _push_blob),
    "finish upload": LockedOperation("push blob", _finish_upload),
    "delete manifest": LockedOperation("delete manifest", _delete_manifest),
    "empty": LockedOperation("delete manifest", _empty),
    "delete tag": LockedOperation("delete tag", _delete_tag),
    "untag": LockedOperation("delete tag", _untag),
    "delete blob": LockedOperation("delete blob", _delete_blob),
    "delete repository": LockedOperation("delete repository", _delete_repository),
}

WITHOUT_TAG: Final = ("pull by digest", "push untagged")
"""Operations that do not concern the tag, so that its attributes allow them."""

HARMLESS: Final = (
    *("pull by digest", "pull by tag", "head by tag", "pull blob"),
    *("push same", "push blob", "mount"),
)
"""Operations that are tried each time, whether they are allowed or not."""

CHANGING: Final = (
    *("delete manifest", "delete tag", "untag", "delete blob", "delete repository", "empty"),
    *("push other", "push untagged", "finish upload"),
)
