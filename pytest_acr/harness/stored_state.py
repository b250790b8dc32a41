"""Reading what a repository holds, as one value that can be compared with the model.

The steps of the content machine compare answer by answer. After a failure it is the whole that
matters: which of the things that the model has are there, and which are gone.
"""

from collections.abc import Iterable

from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import Property
from pytest_acr.harness.reading import blob_path
from pytest_acr.harness.reading_manifests import ANY_TYPE, manifest_path
from pytest_acr.harness.trial import ABSENT, Trial
from pytest_acr.harness.uploading import content_of_upload, note_progress, range_text

StoredState = dict[str, bytes | None]
"""The content at each path; None where there is nothing."""


def state_of(model: RepositoryModel) -> StoredState:
    """Return the state that the model has, of all that is there or was there."""
    blobs = {blob_path(model, digest): content for digest, content in model.blobs.items()}
    gone_blobs = dict.fromkeys(blob_path(model, digest) for digest in sorted(model.gone_blobs))
    references = (*model.manifests, *model.tags)
    gone = (*sorted(model.gone_manifests), *sorted(model.gone_tags))
    manifests = {manifest_path(model, each): _content_of(model, each) for each in references}
    gone_manifests = dict.fromkeys(manifest_path(model, each) for each in gone)

    return {**gone_blobs, **blobs, **gone_manifests, **manifests}


def _content_of(model: RepositoryModel, reference: str) -> bytes | None:
    found = model.find(reference)
    return None if found is None else found.content


def check_paths(trial: Trial, state: StoredState, paths: Iterable[str], wanted: Property) -> None:
    """Compare the contents at some paths with a state."""
    for path in paths:
        content = state.get(path)
        response = trial.call("GET", path, ANY_TYPE)
        if content is None:
            trial.require(response.status == 404, wanted, f"nothing at {path}: status 404")
        else:
            expected = f"the {len(content)} bytes of {path}"
            trial.require(_has(response, content), wanted, expected)


def _has(response: RawResponse, content: bytes) -> bool:
    return response.status == 200 and response.body == content


def check_uploads(trial: Trial, wanted: Property) -> None:
    """Compare the status of all unfinished uploads with the model."""
    for number in list(trial.uploads):
        check_upload(trial, number, wanted)


def check_upload(trial: Trial, number: int, wanted: Property) -> None:
    """Compare the status of an unfinished upload with the model."""
    response = trial.call_upload("GET", trial.uploads[number])
    trial.require(response.status == 204, wanted, "the upload: status 204")
    note_progress(trial, number, response)
    size = len(content_of_upload(trial, number))
    if size:  # the header has no form for no bytes
        found = response.header("range")
        expected = range_text(0, size)
        trial.require(found == expected, wanted, f"Range: {expected}", found or ABSENT)
