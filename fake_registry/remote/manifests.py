"""Pushing manifests and deleting tags over HTTP, by whichever requests the registry supports."""

from collections.abc import Iterable

from fake_registry.remote.driver import RequestsDriver
from fake_registry.spec.errors import (
    DigestInvalid,
    MethodUnsupported,
    NameUnknown,
    RouteUnknown,
    Unsupported,
)
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Reference, RepositoryName, Tag, algorithm_of
from fake_registry.wire import answers, calls
from fake_registry.wire.messages import CallResponse


def push_manifest(
    driver: RequestsDriver,
    repository: RepositoryName,
    manifest: Manifest,
    tags: Iterable[Tag],
) -> CallResponse:
    """Push `manifest` and set its tags; return the answer to the first request.

    DigestInvalid if the registry stored other content.
    """
    named = tuple(dict.fromkeys(tags))
    # A registry that is sent a tag alone chooses the algorithm itself.
    if len(named) == 1 and algorithm_of(manifest.digest) == "sha256":
        return _put(driver, repository, manifest, named[0])

    answer = _put(driver, repository, manifest, manifest.digest, named)
    for tag in sorted(set(named) - answers.confirmed_tags(answer)):
        _put(driver, repository, manifest, tag)
    return answer


def delete_tag(driver: RequestsDriver, repository: RepositoryName, tag: Tag) -> None:
    """Delete a tag and leave its manifest. Unsupported if the registry has no request for that."""
    try:
        driver.call(calls.delete_manifest(repository, tag))
    # Deleting tags: 405, or 400 from CNCF distribution 2.
    except (Unsupported, MethodUnsupported, DigestInvalid):
        _delete_acr_tag(driver, repository, tag)


def _delete_acr_tag(driver: RequestsDriver, repository: RepositoryName, tag: Tag) -> None:
    try:
        driver.call(calls.delete_acr_tag(repository, tag))
    except (RouteUnknown, NameUnknown, MethodUnsupported):
        reason = "the registry does not support deleting tags"
        raise Unsupported(reason, repository=repository, tag=tag) from None


def _put(
    driver: RequestsDriver,
    repository: RepositoryName,
    manifest: Manifest,
    reference: Reference,
    tags: Iterable[Tag] = (),
) -> CallResponse:
    call = calls.put_manifest(repository, manifest, reference=reference, tags=tags)
    answer = driver.call(call)
    answers.check_digest(answer, manifest.digest)
    return answer
