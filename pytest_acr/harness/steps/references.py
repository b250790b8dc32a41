"""Steps that pull and delete manifests, by tag and by digest."""

from typing import Final

from pytest_acr.harness.documents import OCI_IMAGE, OCI_INDEX
from pytest_acr.harness.model import RepositoryModel, digest_of
from pytest_acr.harness.properties import manifests as p
from pytest_acr.harness.reading import check_code
from pytest_acr.harness.reading_manifests import (
    check_manifest,
    check_manifest_absent,
    manifest_path,
)
from pytest_acr.harness.steps.blobs import is_kept
from pytest_acr.harness.steps.pushing import (
    TAGS,
    ensure_image,
    make_image,
    push_manifest,
)
from pytest_acr.harness.steps.step import PICK, REPOSITORY, Step, numbers, pick
from pytest_acr.harness.trial import Trial


def get_manifest(trial: Trial, *, repository: int, which: int) -> None:
    """Pull a manifest by a tag or a digest that is there, was there, or never was."""
    check_manifest(trial, trial.models[repository], any_reference(trial, repository, which))
    trial.note_effect()


_ACCEPTED: Final = ("{type}", "{type};q=0.5", "text/html, {type}", "{upper}")
"""Accept headers that name the type of the manifest: RFC 9110 §12.5.1, and §8.3.1 for its case."""

_NOT_ACCEPTED: Final = ("application/vnd.example.other+json", "{type}x", "x{type}")


def get_with_accept(trial: Trial, *, repository: int, which: int, form: int, other: int) -> None:
    """Pull a manifest with an Accept header that names its type, and with one that does not."""
    model = trial.models[repository]
    manifest = ensure_image(trial, repository, which)
    path = manifest_path(model, manifest.digest)
    names = {"type": manifest.media_type, "upper": manifest.media_type.upper()}
    accept = _ACCEPTED[form].format(**names)
    served = trial.call("GET", path, {"Accept": accept})
    is_served = served.status == 200 and served.body == manifest.content
    trial.require(is_served, p.ACCEPT_NAMED, f"status 200 for Accept: {accept}")

    refused = trial.call("GET", path, {"Accept": _NOT_ACCEPTED[other].format(**names)})
    if trial.dialect.acr and manifest.media_type in (OCI_IMAGE, OCI_INDEX):
        trial.require(refused.status == 404, p.ACCEPT, "status 404")
    trial.note_effect()


def any_reference(trial: Trial, repository: int, which: int) -> str:
    """Return a tag or a digest that is there, was there, or is in another repository."""
    model = trial.models[repository]
    elsewhere = [digest for other in trial.models for digest in other.manifests]
    options = [
        *model.tags,
        *model.manifests,
        *sorted(model.gone_tags),
        *sorted(model.gone_manifests),
        *elsewhere,
        "never-pushed",
        digest_of(b"never pushed"),
    ]
    return pick(options, which)


def subjects_and_children(model: RepositoryModel) -> list[str]:
    """Return the manifests that others refer to, as their subject or as their child."""
    manifests = model.manifests.values()
    named = {each.subject for each in manifests} | {child for each in manifests for child in each.children}
    return [digest for digest in model.manifests if digest in named]


def delete_manifest(trial: Trial, *, repository: int, which: int) -> None:
    """Delete a manifest by digest, and see that it is gone with its tags."""
    ensure_image(trial, repository, which)
    model = trial.models[repository]
    options = [
        *subjects_and_children(model),
        *model.manifests,
        *sorted(model.gone_manifests),
        digest_of(b"never pushed"),
    ]
    digest = pick(options, which)
    if delete_digest(trial, repository, digest):
        trial.note_effect()


def delete_digest(trial: Trial, repository: int, digest: str) -> bool:
    """Delete a manifest, and see that it is gone. Returns whether it was there."""
    model = trial.models[repository]
    response = trial.call("DELETE", manifest_path(model, digest))
    if digest not in model.manifests:
        trial.require_status(response, p.MANIFEST_DELETE_ABSENT, 404)
        check_code(trial, response, p.MANIFEST_ABSENT_CODE, "MANIFEST_UNKNOWN", "NAME_UNKNOWN")

        nowhere = trial.call("DELETE", f"/v2/{model.name}-absent/manifests/{digest}")
        trial.require_status(nowhere, p.MANIFEST_DELETE_NO_REPOSITORY, 404)
        return False
    if is_kept(trial, response, is_in_use=model.uses_manifest(digest)):
        check_manifest(trial, model, digest)
        return False

    trial.require_status(response, p.MANIFEST_DELETE, 202)
    tags = model.tags_of(digest)
    model.delete_manifest(digest, with_referrers=trial.dialect.referrers_go_with_subject)
    for reference in (digest, *tags):
        check_manifest_absent(trial, model, reference)
    return True


def delete_tag(trial: Trial, *, repository: int, which: int) -> None:
    """Delete a tag through the manifests' route, and see that its manifest stays."""
    model = trial.models[repository]
    if not model.tags:
        manifest = make_image(trial, repository, which, 1)
        push_manifest(trial, repository, manifest, TAGS[which % len(TAGS)])
    tag = pick([*model.tags, *sorted(model.gone_tags), "never-pushed"], which)
    response = trial.call("DELETE", manifest_path(model, tag))
    if tag not in model.tags:
        trial.require_status(response, p.TAG_DELETE_ABSENT, 404)
        return

    trial.require_status(response, p.TAG_DELETE, 202)
    digest = model.tags[tag]
    model.untag(tag)
    check_manifest_absent(trial, model, tag)
    check_manifest(trial, model, digest)
    trial.note_effect()


REFERENCE_STEPS: Final = (
    Step(
        name="get_manifest",
        area="manifests",
        act=get_manifest,
        arguments={"repository": REPOSITORY, "which": PICK},
    ),
    Step(
        name="get_with_accept",
        area="manifests",
        act=get_with_accept,
        arguments={
            "repository": REPOSITORY,
            "which": PICK,
            "form": numbers(len(_ACCEPTED)),
            "other": numbers(len(_NOT_ACCEPTED)),
        },
    ),
    Step(
        name="delete_manifest",
        area="manifests",
        act=delete_manifest,
        arguments={"repository": REPOSITORY, "which": PICK},
        needs=("delete_manifests",),
    ),
    Step(
        name="delete_tag",
        area="manifests",
        act=delete_tag,
        arguments={"repository": REPOSITORY, "which": PICK},
        needs=("delete_tags",),
    ),
)
