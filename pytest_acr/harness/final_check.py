"""The comparison of a registry's whole content with the model, at the end of an example."""

from pytest_acr.harness.documents import ARTIFACT_TYPES
from pytest_acr.harness.final_acr import check_metadata_of_all
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties.protocol import BASE
from pytest_acr.harness.reading import check_blob
from pytest_acr.harness.reading_catalog import check_catalog
from pytest_acr.harness.reading_lists import (
    check_referrers,
    check_tags,
    walk_tags,
)
from pytest_acr.harness.reading_manifests import check_manifest
from pytest_acr.harness.trial import Trial
from pytest_acr.harness.uploading import check_status, content_of_upload, finish


def check_everything(trial: Trial) -> None:
    """Read everything that the repositories of an example hold or held, in every way there is."""
    _end_uploads(trial)
    if trial.capabilities.acr:
        check_metadata_of_all(trial)
    for model in trial.models:
        if model.was_touched:
            _check_contents(trial, model)
            _check_lists(trial, model)
    trial.require_status(trial.call("GET", "/v2/"), BASE, 200)
    if trial.capabilities.catalog:
        check_catalog(trial, 1)


def _end_uploads(trial: Trial) -> None:
    """Compare open uploads with the model, and end them: their content are the bytes that have arrived."""
    for number in list(trial.uploads):
        if trial.capabilities.upload_status:
            check_status(trial, number)
        tail = b"" if content_of_upload(trial, number) else b"tail"
        finish(trial, number, tail, has_range=False)


def _check_contents(trial: Trial, model: RepositoryModel) -> None:
    for digest in (*model.blobs, *sorted(model.gone_blobs)):
        check_blob(trial, model, digest)
    for reference in (
        *model.manifests,
        *model.tags,
        *sorted(model.gone_manifests),
        *sorted(model.gone_tags),
    ):
        check_manifest(trial, model, reference)


def _check_lists(trial: Trial, model: RepositoryModel) -> None:
    check_tags(trial, model)
    if model.exists:
        walk_tags(trial, model, 1)
    if trial.capabilities.referrers:
        subjects = {each.subject for each in model.manifests.values() if each.subject}
        for digest in sorted(subjects | model.gone_manifests.keys()):
            for artifact_type in (None, *ARTIFACT_TYPES):
                check_referrers(trial, model, digest, artifact_type)
