"""Steps that push manifests: images, indexes, referrers, and more tags."""

from typing import Final

from pytest_acr.harness.documents import (
    ARTIFACT_TYPES,
    EXAMPLE_CONFIG,
    EXAMPLE_TYPE,
    INDEX_KIND,
    Document,
    describe,
    index_document,
    referrer_document,
    sha512_index,
    write_manifest,
)
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import manifests as p
from pytest_acr.harness.reading_lists import check_referrers
from pytest_acr.harness.reading_manifests import (
    check_manifest,
    check_manifest_absent,
    manifest_path,
)
from pytest_acr.harness.steps.blobs import ensure_blob
from pytest_acr.harness.steps.pushing import (
    TAGS,
    check_pushed,
    complete,
    ensure_image,
    make_image,
    push_manifest,
)
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step, numbers
from pytest_acr.harness.trial import Trial

STYLE: Final = numbers(4)
TAG: Final = numbers(len(TAGS))
_PUSHED_BY: Final = {"by_tag": EITHER, "tag": TAG}


def push_image(
    trial: Trial,
    *,
    repository: int,
    layer: int,
    layers: int,
    docker: bool,
    style: int,
    by_tag: bool,
    tag: int,
) -> None:
    """Push an image with its blobs, by tag or by digest."""
    is_docker = docker and trial.capabilities.docker_types
    manifest = make_image(trial, repository, layer, layers, docker=is_docker, style=style)
    push_manifest(trial, repository, manifest, TAGS[tag] if by_tag else None)
    trial.note_effect()


def push_index(
    trial: Trial,
    *,
    repository: int,
    first: int,
    second: int,
    style: int,
    by_tag: bool,
    tag: int,
) -> None:
    """Push an index over one or two manifests of the repository, which may be indexes."""
    children = [ensure_image(trial, repository, first), ensure_image(trial, repository, second)]
    distinct = list({child.digest: child for child in children}.values())
    document = index_document(distinct)
    manifest = write_manifest(document, document["mediaType"], style)
    push_manifest(trial, repository, manifest, TAGS[tag] if by_tag else None)
    trial.note_effect()


def push_referrer(
    trial: Trial,
    *,
    repository: int,
    which: int,
    absent: bool,
    kind: int,
    note: str,
    by_tag: bool,
    tag: int,
) -> None:
    """Push a manifest with a subject, which may be a referrer itself, deleted, or not there yet."""
    config, _ = ensure_blob(trial, repository, 4)
    subject = _subject_of(trial, repository, which, absent=absent)
    document = referrer_document(config, subject, kind, note)
    manifest = write_manifest(document, document["mediaType"], 0)
    push_manifest(trial, repository, manifest, TAGS[tag] if by_tag else None)
    trial.note_effect()


def push_referrers(
    trial: Trial,
    *,
    repository: int,
    which: int,
    kind: int,
    count: int,
) -> None:
    """Push several referrers of one type to one manifest, and read the list of that type."""
    config, _ = ensure_blob(trial, repository, 4)
    subject = ensure_image(trial, repository, which)
    described = describe(subject.content, subject.media_type)
    for number in range(count):
        document = referrer_document(config, described, kind, f"number {number}")
        push_manifest(trial, repository, write_manifest(document, document["mediaType"], 0), None)

    if trial.capabilities.referrers:
        artifact_type = (*ARTIFACT_TYPES, EXAMPLE_CONFIG)[kind]
        check_referrers(trial, trial.models[repository], subject.digest, artifact_type)
    trial.note_effect()


def _subject_of(trial: Trial, repository: int, which: int, *, absent: bool) -> Document:
    if absent:
        future = make_image(trial, repository, which, 1)
        return describe(future.content, future.media_type)
    manifest = ensure_image(trial, repository, which)
    return describe(manifest.content, manifest.media_type)


def tag_again(trial: Trial, *, repository: int, which: int, tag: int) -> None:
    """Push a manifest of the repository once more, under a tag."""
    manifest = ensure_image(trial, repository, which)
    push_manifest(trial, repository, manifest, TAGS[tag])
    trial.note_effect()


def push_unknown_type(trial: Trial, *, repository: int, layer: int, style: int, tag: int) -> None:
    """Push a manifest of a media type that no document defines."""
    config, _ = ensure_blob(trial, repository, layer)
    document = {"config": describe(config, EXAMPLE_CONFIG), "example": tag}
    push_manifest(trial, repository, write_manifest(document, EXAMPLE_TYPE, style), TAGS[tag])
    trial.note_effect()


def push_with_tags(trial: Trial, *, repository: int, which: int, first: int, second: int) -> None:
    """Push a manifest by digest, with two tags as parameters."""
    manifest = ensure_image(trial, repository, which)
    complete(trial, repository, manifest)
    model = trial.models[repository]
    tags = sorted({TAGS[first], TAGS[second]})
    query = "&".join(f"tag={tag}" for tag in tags)
    path = f"{manifest_path(model, manifest.digest)}?{query}"
    headers = {"Content-Type": manifest.media_type}
    response = trial.call("PUT", path, headers, manifest.content)
    trial.require_status(response, p.MANIFEST_PUSH, 201)

    accepted = {tag.strip() for line in response.all_of("oci-tag") for tag in line.split(",")}
    model.put_manifest(manifest, *(tag for tag in tags if tag in accepted))
    trial.require(accepted == set(tags), p.OCI_TAG, ", ".join(tags), ", ".join(sorted(accepted)))
    trial.note_effect()


def push_by_sha512(trial: Trial, *, repository: int, note: str) -> None:
    """Push, pull and delete a manifest under its sha512 digest.

    Whether it can be pulled by its sha256 digest as well is left open: its repository is one that
    no other step uses.
    """
    model = RepositoryModel(f"{trial.models[repository].name}-sha512")
    manifest = sha512_index(note)
    path = manifest_path(model, manifest.digest)
    headers = {"Content-Type": manifest.media_type}

    response = trial.call("PUT", path, headers, manifest.content)
    trial.require_status(response, p.MANIFEST_PUSH, 201)

    model.put_manifest(manifest)
    check_pushed(trial, response, manifest, by_digest=True)
    check_manifest(trial, model, manifest.digest)

    if trial.capabilities.delete_manifests:
        trial.require_status(trial.call("DELETE", path), p.MANIFEST_DELETE, 202)
        check_manifest_absent(trial, model, manifest.digest)
    trial.note_effect()


MANIFEST_STEPS: Final = (
    Step(
        name="push_image",
        area="manifests",
        act=push_image,
        weight=2,
        arguments={
            "repository": REPOSITORY,
            "layer": PICK,
            "layers": numbers(3),
            "docker": (False, False, True),
            "style": STYLE,
            **_PUSHED_BY,
        },
    ),
    Step(
        name="push_index",
        area="manifests",
        act=push_index,
        arguments={
            "repository": REPOSITORY,
            "first": PICK,
            "second": PICK,
            "style": STYLE,
            **_PUSHED_BY,
        },
    ),
    Step(
        name="push_referrer",
        area="referrers",
        act=push_referrer,
        weight=2,
        arguments={
            "repository": REPOSITORY,
            "which": PICK,
            "absent": (False, False, False, True),
            "kind": numbers(INDEX_KIND + 1),
            "note": ("", "one", "two"),
            **_PUSHED_BY,
        },
    ),
    Step(
        name="push_referrers",
        area="referrers",
        act=push_referrers,
        arguments={
            "repository": REPOSITORY,
            "which": PICK,
            "kind": numbers(INDEX_KIND),
            "count": (2, 3),
        },
    ),
    Step(
        name="push_by_sha512",
        area="manifests",
        act=push_by_sha512,
        arguments={"repository": REPOSITORY, "note": ("", "one", "two")},
        needs=("sha512_manifests",),
    ),
    Step(
        name="push_unknown_type",
        area="manifests",
        act=push_unknown_type,
        arguments={"repository": REPOSITORY, "layer": PICK, "style": STYLE, "tag": TAG},
        needs=("unknown_types",),
    ),
    Step(
        name="tag_again",
        area="manifests",
        act=tag_again,
        weight=2,
        arguments={"repository": REPOSITORY, "which": PICK, "tag": TAG},
    ),
    Step(
        name="push_with_tags",
        area="manifests",
        act=push_with_tags,
        arguments={"repository": REPOSITORY, "which": PICK, "first": TAG, "second": TAG},
        needs=("tag_parameters",),
    ),
)
