"""What steps on ACR's metadata share: tags to read or change, and deletes that are checked."""

from pytest_acr.harness.json_bodies import Json, decode_json
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import acr_changes as p
from pytest_acr.harness.properties import manifests as m
from pytest_acr.harness.reading_acr import (
    acr_path,
    check_metadata,
    check_repository,
    check_tag,
    check_tag_absent,
    tag_path,
)
from pytest_acr.harness.reading_lists import member
from pytest_acr.harness.reading_manifests import manifest_path
from pytest_acr.harness.steps.pushing import TAGS, ensure_image, make_image, push_manifest
from pytest_acr.harness.steps.step import pick
from pytest_acr.harness.trial import ABSENT, Trial
from pytest_acr.harness.uploading import is_gone


def ensure_tags(trial: Trial, repository: int, which: int, count: int = 2) -> None:
    """Push until the repository has as many manifests, and as many tags. At most three."""
    model = trial.models[repository]
    manifest = ensure_image(trial, repository, which)
    for style in range(count + 1):
        if len(model.manifests) < count:
            other = make_image(trial, repository, which + 1, 2, style=style)
            push_manifest(trial, repository, other, None)
    for tag in TAGS:
        if tag not in model.tags and len(model.tags) < count:
            push_manifest(trial, repository, manifest, tag)


def ensure_tag(trial: Trial, repository: int, which: int) -> str:
    """Return a tag of the repository, after pushing one where there is none."""
    model = trial.models[repository]
    if not model.tags:
        manifest = ensure_image(trial, repository, which)
        if not model.tags:
            push_manifest(trial, repository, manifest, pick(TAGS, which))
    return pick(list(model.tags), which)


def remove_manifest(trial: Trial, repository: int, digest: str) -> None:
    """Delete a manifest that is there."""
    model = trial.models[repository]
    response = trial.call("DELETE", manifest_path(model, digest))
    trial.require_status(response, m.MANIFEST_DELETE, 202)
    model.delete_manifest(digest, with_referrers=trial.dialect.referrers_go_with_subject)


def remove_tag(trial: Trial, repository: int, tag: str) -> None:
    """Delete a tag through ACR's route, and see that it is gone and its manifest is not."""
    model = trial.models[repository]
    response = trial.call("DELETE", tag_path(model, tag))
    if tag not in model.tags:
        trial.require_status(response, p.ACR_TAG_DELETE_ABSENT, 404)
        check_tag_absent(trial, response)
        return

    digest = model.tags[tag]
    trial.require_status(response, p.ACR_TAG_DELETE, 202)
    model.untag(tag)
    found = response.header("x-ms-int-docker-content-digest")
    trial.require(found == digest, p.ACR_TAG_DELETE_DIGEST, digest, found or ABSENT)
    check_tag(trial, model, tag)
    check_metadata(trial, model, digest)


def remove_repository(trial: Trial, repository: int) -> None:
    """Delete a repository, and see that it is gone, or that it is absent."""
    model = trial.models[repository]
    response = trial.call("DELETE", acr_path(model))
    if not model.exists:
        trial.require_status(response, p.ACR_REPOSITORY_DELETE_ABSENT, 404)
        return

    trial.require_status(response, p.ACR_REPOSITORY_DELETE, 202)
    _check_deleted(trial, model, response)
    uploads = [(number, each) for number, each in trial.uploads.items() if each.repository == repository]
    for number, _ in uploads:
        trial.forget_upload(number)
    model.delete_repository()
    check_repository(trial, model)
    if trial.capabilities.upload_status:
        for _, upload in uploads:
            is_gone(trial, upload)


def _check_deleted(trial: Trial, model: RepositoryModel, response: RawResponse) -> None:
    document = decode_json(response)
    digests = _list_in(document, "manifestsDeleted")
    wanted = sorted(model.manifests)
    trial.require(digests == wanted, p.ACR_REPOSITORY_DELETE_MANIFESTS, str(wanted), str(digests))
    tags = _list_in(document, "tagsDeleted")
    names = sorted(model.tags)
    is_same = isinstance(tags, list) and sorted(map(str, tags)) == names
    trial.require(is_same, p.ACR_REPOSITORY_DELETE_TAGS, str(names), str(tags))


def _list_in(document: Json, name: str) -> Json:
    """Return a list; an empty one for null. None if it is absent."""
    found = member(document, name)
    return [] if found is None and isinstance(document, dict) and name in document else found
