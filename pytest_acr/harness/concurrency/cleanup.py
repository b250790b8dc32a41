"""Removes what a concurrent check has pushed, as far as the registry allows it."""

from collections.abc import Iterator
from contextlib import suppress

from pytest_acr.harness.concurrency.history import ConcurrentHistory, ObjectKind
from pytest_acr.harness.concurrency.plan import LOCKED_TAGS
from pytest_acr.harness.concurrency.repository import PreparedRepository
from pytest_acr.harness.concurrency.setup import SETUP_BLOBS, SETUP_MANIFESTS
from pytest_acr.harness.concurrency.tags import lock_request
from pytest_acr.harness.messages import RawRequest, RegistryTarget, TargetFailed
from pytest_acr.harness.model import digest_of


def remove_content(
    target: RegistryTarget,
    repository: PreparedRepository,
    history: ConcurrentHistory,
) -> None:
    """Delete the content of the repository. Content that the registry keeps is left."""
    with suppress(TargetFailed):
        for request in _deletes(repository, history):
            target.send(request)


def _deletes(repository: PreparedRepository, history: ConcurrentHistory) -> Iterator[RawRequest]:
    for upload in repository.uploads.values():
        yield RawRequest("DELETE", upload.position.location)
    if repository.offered.locks:
        yield from _deletes_of_acr(repository.name)
        return

    base = f"/v2/{repository.name}"
    if repository.offered.manifest_delete:
        for digest in [*_names_of("manifest", history), *SETUP_MANIFESTS]:
            yield RawRequest("DELETE", f"{base}/manifests/{digest}")
    if repository.offered.blob_delete:
        for digest in [*_names_of("blob", history), *map(digest_of, SETUP_BLOBS)]:
            yield RawRequest("DELETE", f"{base}/blobs/{digest}")


def _names_of(kind: ObjectKind, history: ConcurrentHistory) -> list[str]:
    return [key.name for key in history.objects() if key.kind == kind]


def _deletes_of_acr(repository: str) -> Iterator[RawRequest]:
    """Yield the delete of a whole repository, after its tags have been unlocked."""
    for tag in LOCKED_TAGS:
        yield lock_request(f"/acr/v1/{repository}/_tags/{tag}", write_enabled=True, delete_enabled=True)
    yield RawRequest("DELETE", f"/acr/v1/{repository}")
