"""Reading manifests, compared with the model. Steps and the last check share it."""

from typing import Final

from pytest_acr.harness.documents import ALL_TYPES
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import RepositoryModel, StoredManifest
from pytest_acr.harness.properties import manifests as p
from pytest_acr.harness.reading import (
    check_code,
    check_digest_header,
    check_head_like_get,
    check_length_of_head,
)
from pytest_acr.harness.trial import Trial

ANY_TYPE: Final = {"Accept": ALL_TYPES}


def manifest_path(model: RepositoryModel, reference: str) -> str:
    """Return the path of a manifest, by tag or digest."""
    return f"/v2/{model.name}/manifests/{reference}"


def check_manifest(trial: Trial, model: RepositoryModel, reference: str) -> None:
    """Compare GET and HEAD of a manifest, by tag or digest, with the model."""
    manifest = model.find(reference)
    if manifest is None:
        check_manifest_absent(trial, model, reference)
        return

    path = manifest_path(model, reference)
    response = trial.call("GET", path, ANY_TYPE)
    trial.require_status(response, p.MANIFEST_GET, 200)
    _check_content(trial, response, manifest)
    _check_head(trial, trial.call("HEAD", path, ANY_TYPE), response, manifest)


def _check_content(trial: Trial, response: RawResponse, manifest: StoredManifest) -> None:
    wanted = manifest.content
    trial.require(response.body == wanted, p.MANIFEST_GET, f"the bytes {wanted[:200]!r}")
    check_digest_header(
        trial,
        response,
        wanted,
        p.MANIFEST_DIGEST_HEADER,
        p.MANIFEST_GET_DIGEST,
    )
    if trial.dialect.content_type_kept:
        kept = response.header("content-type")
        wanted_type = manifest.media_type
        trial.require(kept == wanted_type, p.MANIFEST_GET_TYPE, wanted_type, str(kept))


def _check_head(
    trial: Trial,
    head: RawResponse,
    got: RawResponse,
    manifest: StoredManifest,
) -> None:
    trial.require_status(head, p.MANIFEST_HEAD, 200)
    content = manifest.content
    check_length_of_head(trial, head, content, p.MANIFEST_HEAD_LENGTH)
    check_digest_header(trial, head, content, p.MANIFEST_DIGEST_HEADER, p.MANIFEST_HEAD_DIGEST)
    check_head_like_get(trial, head, got, may_lack=("etag",))


def check_manifest_absent(trial: Trial, model: RepositoryModel, reference: str) -> None:
    """Check that a manifest is 404, for GET and HEAD."""
    path = manifest_path(model, reference)
    response = trial.call("GET", path, ANY_TYPE)
    trial.require_status(response, p.MANIFEST_ABSENT, 404)
    check_code(trial, response, p.MANIFEST_ABSENT_CODE, "MANIFEST_UNKNOWN", "NAME_UNKNOWN")
    trial.require_status(trial.call("HEAD", path, ANY_TYPE), p.MANIFEST_ABSENT, 404)
