"""Pushing images with what they refer to. Many steps need one."""

from typing import Final

from pytest_acr.harness.contents import content_by_digest
from pytest_acr.harness.documents import (
    DOCKER_IMAGE,
    OCI_IMAGE,
    image_document,
    write_manifest,
)
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import StoredManifest
from pytest_acr.harness.properties import manifests as p
from pytest_acr.harness.reading import check_location, is_digest_of
from pytest_acr.harness.reading_manifests import ANY_TYPE, manifest_path
from pytest_acr.harness.steps.blobs import ensure_blob, push_content
from pytest_acr.harness.steps.step import pick
from pytest_acr.harness.trial import ABSENT, Trial

TAGS: Final = ("latest", "v1", "1.0", "B", "a", "Z9", "_x", "v1.0-rc.1", "x" * 128)
"""Capital letters, digits and signs come in another order in each way of sorting.

The last one is as long as a tag may be: Pulling manifests.
"""


def make_image(
    trial: Trial,
    repository: int,
    layer: int,
    layers: int,
    *,
    docker: bool = False,
    style: int = 0,
) -> StoredManifest:
    """Return an image whose blobs have been pushed."""
    config, _ = ensure_blob(trial, repository, layer)
    contents = [ensure_blob(trial, repository, layer + 1 + each)[0] for each in range(layers)]
    media_type = DOCKER_IMAGE if docker else OCI_IMAGE
    return write_manifest(image_document(config, contents, docker=docker), media_type, style)


def ensure_image(trial: Trial, repository: int, which: int) -> StoredManifest:
    """Return a manifest of the repository, after pushing one where there is none."""
    model = trial.models[repository]
    if not model.manifests:
        manifest = make_image(trial, repository, which, 1)
        push_manifest(trial, repository, manifest, TAGS[which % len(TAGS)])
    return pick(list(model.manifests.values()), which)


def push_manifest(
    trial: Trial,
    repository: int,
    manifest: StoredManifest,
    tag: str | None,
) -> None:
    """Push a manifest with what it lacks, and note it in the model."""
    model = trial.models[repository]
    complete(trial, repository, manifest)
    headers = {"Content-Type": manifest.media_type}
    path = manifest_path(model, tag or manifest.digest)
    response = trial.call("PUT", path, headers, manifest.content)
    trial.require_status(response, p.MANIFEST_PUSH, 201)

    model.put_manifest(manifest, *([tag] if tag else []))
    check_pushed(trial, response, manifest, by_digest=tag is None)


def complete(trial: Trial, repository: int, manifest: StoredManifest) -> None:
    """Push those blobs and children of a manifest that an earlier step has deleted."""
    model = trial.models[repository]
    for digest in manifest.blobs:
        content = content_by_digest(digest)
        if content is not None and digest not in model.blobs:
            push_content(trial, repository, content, digest, single=True)
    for digest in manifest.children:
        child = model.gone_manifests.get(digest)
        if child is not None:
            push_manifest(trial, repository, child, None)


def check_pushed(
    trial: Trial,
    response: RawResponse,
    manifest: StoredManifest,
    *,
    by_digest: bool,
) -> None:
    """Check the headers of the response to a pushed manifest."""
    check_location(trial, response, manifest.content, p.MANIFEST_PUSH_LOCATION, ANY_TYPE)
    found = response.header("docker-content-digest")
    is_same = found in (None, manifest.digest)
    is_right = is_same or (not by_digest and is_digest_of(found, manifest.content))
    trial.require(is_right, p.MANIFEST_PUSH_DIGEST, manifest.digest, found or ABSENT)

    if manifest.subject and trial.capabilities.referrers:
        subject = response.header("oci-subject")
        wanted = p.OCI_SUBJECT_OF_INDEX if manifest.is_index else p.OCI_SUBJECT
        trial.require(subject == manifest.subject, wanted, manifest.subject, str(subject))
