"""Steps that push manifests which a registry has to refuse, or may."""

from typing import Final

from pytest_acr.harness.documents import (
    DOCKER_IMAGE,
    OCI_IMAGE,
    image_document,
    index_document,
    write_manifest,
)
from pytest_acr.harness.model import StoredManifest
from pytest_acr.harness.properties import manifests as p
from pytest_acr.harness.properties.blobs import BLOB_DELETE
from pytest_acr.harness.protocol import error_codes
from pytest_acr.harness.reading import blob_path, check_code
from pytest_acr.harness.reading_manifests import (
    check_manifest,
    manifest_path,
)
from pytest_acr.harness.steps.blobs import ensure_blob, is_kept
from pytest_acr.harness.steps.pushing import TAGS, ensure_image, make_image
from pytest_acr.harness.steps.step import PICK, REPOSITORY, Step, numbers
from pytest_acr.harness.trial import Trial

STYLE: Final = numbers(4)
TAG: Final = numbers(len(TAGS))

_PARTS: Final = ("config", "layer", "child")


def push_wrong_manifest_digest(trial: Trial, *, repository: int, layer: int, style: int) -> None:
    """Push a manifest under the digest of the same document in another style."""
    model = trial.models[repository]
    manifest = make_image(trial, repository, layer, 1, style=style)
    other = write_manifest(dict(manifest.document), manifest.media_type, style + 1)
    headers = {"Content-Type": manifest.media_type}
    path = manifest_path(model, other.digest)
    response = trial.call("PUT", path, headers, manifest.content)

    trial.require(400 <= response.status < 500, p.MANIFEST_WRONG_DIGEST, "a refusal (4xx)")
    check_code(trial, response, p.MANIFEST_WRONG_DIGEST_CODE, "DIGEST_INVALID", "MANIFEST_INVALID")
    check_manifest(trial, model, other.digest)
    check_manifest(trial, model, manifest.digest)
    trial.note_effect()


def push_incomplete(trial: Trial, *, repository: int, layer: int, part: str, tag: int) -> None:
    """Push a manifest that refers to something absent. A registry may accept or refuse it."""
    model = trial.models[repository]
    manifest = _incomplete_manifest(trial, repository, layer, part)
    headers = {"Content-Type": manifest.media_type}
    path = manifest_path(model, TAGS[tag])
    response = trial.call("PUT", path, headers, manifest.content)

    if response.status == 201:
        trial.require(not trial.dialect.acr, p.MANIFEST_CHECKED, "status 400")
        model.put_manifest(manifest, TAGS[tag])
    else:
        trial.require(400 <= response.status < 500, p.MANIFEST_BLOB_UNKNOWN, "201 or a refusal")
        codes = error_codes(response)
        is_named = not codes or "MANIFEST_BLOB_UNKNOWN" in codes
        trial.require(is_named, p.MANIFEST_BLOB_UNKNOWN, "MANIFEST_BLOB_UNKNOWN", str(codes))
        check_manifest(trial, model, TAGS[tag])
        check_manifest(trial, model, manifest.digest)
    trial.note_effect()


def _incomplete_manifest(
    trial: Trial,
    repository: int,
    layer: int,
    part: str,
) -> StoredManifest:
    """Return a manifest whose config, layer or child was never pushed to the repository."""
    there, _ = ensure_blob(trial, repository, layer)
    never = b"never pushed to %d" % repository
    if part == "child":
        child = write_manifest(image_document(there, [never], docker=False), OCI_IMAGE, 0)
        there_too = ensure_image(trial, repository, layer)
        document = index_document([there_too, child])
        return write_manifest(document, document["mediaType"], 0)

    config, layers = (never, [there]) if part == "config" else (there, [there, never])
    return write_manifest(image_document(config, layers, docker=False), OCI_IMAGE, 0)


def push_known_incomplete(trial: Trial, *, repository: int, which: int, tag: int) -> None:
    """Push a manifest of the repository again, after its config was deleted."""
    model = trial.models[repository]
    manifest = ensure_image(trial, repository, which)
    config = next(iter(manifest.blobs), None)
    if config not in model.blobs:
        return
    response = trial.call("DELETE", blob_path(model, config))
    if is_kept(trial, response, is_in_use=True):
        return
    trial.require_status(response, BLOB_DELETE, 202)
    model.delete_blob(config)

    headers = {"Content-Type": manifest.media_type}
    response = trial.call("PUT", manifest_path(model, TAGS[tag]), headers, manifest.content)
    if response.status == 201:
        trial.require(not trial.dialect.acr, p.MANIFEST_CHECKED, "status 400")
        model.put_manifest(manifest, TAGS[tag])
    check_manifest(trial, model, TAGS[tag])
    trial.note_effect()


def push_contradiction(trial: Trial, *, repository: int, layer: int, tag: int) -> None:
    """Push a manifest whose mediaType is not its Content-Type. A registry may accept it."""
    model = trial.models[repository]
    config, _ = ensure_blob(trial, repository, layer)
    document = {**image_document(config, [], docker=False), "annotations": {"as": "Docker"}}
    manifest = write_manifest(document, DOCKER_IMAGE, 0)
    headers = {"Content-Type": DOCKER_IMAGE}
    response = trial.call("PUT", manifest_path(model, TAGS[tag]), headers, manifest.content)
    if response.status == 201:
        trial.require(not trial.dialect.acr, p.MANIFEST_TYPE_CHECKED, "status 400")
        model.put_manifest(manifest, TAGS[tag])
    else:
        check_manifest(trial, model, TAGS[tag])
    trial.note_effect()


REFUSAL_STEPS: Final = (
    Step(
        name="push_wrong_manifest_digest",
        area="manifests",
        act=push_wrong_manifest_digest,
        arguments={"repository": REPOSITORY, "layer": PICK, "style": STYLE},
    ),
    Step(
        name="push_incomplete",
        area="manifests",
        act=push_incomplete,
        arguments={
            "repository": REPOSITORY,
            "layer": PICK,
            "part": _PARTS,
            "tag": TAG,
        },
    ),
    Step(
        name="push_known_incomplete",
        area="manifests",
        act=push_known_incomplete,
        arguments={"repository": REPOSITORY, "which": PICK, "tag": TAG},
        needs=("delete_blobs",),
    ),
    Step(
        name="push_contradiction",
        area="manifests",
        act=push_contradiction,
        arguments={"repository": REPOSITORY, "layer": PICK, "tag": TAG},
    ),
)
