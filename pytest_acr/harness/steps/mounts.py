"""Steps that mount blobs from another repository."""

from typing import Final

from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import uploads as p
from pytest_acr.harness.reading import check_blob, check_location
from pytest_acr.harness.steps.blobs import OCTETS, ensure_blob
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step
from pytest_acr.harness.trial import OpenUpload, Trial


def mount_blob(trial: Trial, *, repository: int, content: int, has_source: bool) -> None:
    """Mount a blob that the other repository has."""
    source = 1 - repository
    body, digest = ensure_blob(trial, source, content)
    may_leave_out = trial.capabilities.mount_from_anywhere and not trial.dialect.acr
    is_named = has_source or not may_leave_out
    origin = f"&from={trial.models[source].name}" if is_named else ""
    response, upload = _mount(trial, repository, digest, origin)
    if trial.capabilities.mount and trial.dialect.mounts:
        trial.require_status(response, p.MOUNT, 201)
    if response.status == 201:
        trial.models[repository].put_blob(digest, body)
        check_location(trial, response, body, p.MOUNT_LOCATION)
        check_blob(trial, trial.models[repository], digest)
    _upload_instead(trial, upload, body)
    trial.note_effect()


def mount_absent(trial: Trial, *, repository: int, content: int) -> None:
    """Mount a blob that no repository has."""
    digest = digest_of(b"in no repository %d" % content)
    source = trial.models[1 - repository].name
    response, _ = _mount(trial, repository, digest, f"&from={source}")
    trial.require(response.status != 201, p.MOUNT_ABSENT, "status 202")
    check_blob(trial, trial.models[repository], digest)
    trial.note_effect()


def mount_from_wrong_source(trial: Trial, *, repository: int, content: int) -> None:
    """Mount a blob from a repository that lacks it, though another one has it."""
    source = 1 - repository
    body, digest = ensure_blob(trial, source, content)
    model = trial.models[repository]
    response, upload = _mount(trial, repository, digest, f"&from={model.name}-absent")
    if digest in model.blobs:
        return
    if trial.dialect.acr:  # otherwise the registry MAY mount the blob "if it can be found"
        trial.require(response.status == 202, p.MOUNT_SOURCE, "status 202")
    if response.status == 201:
        model.put_blob(digest, body)
    check_blob(trial, model, digest)
    _upload_instead(trial, upload, body)
    trial.note_effect()


def _mount(
    trial: Trial,
    repository: int,
    digest: str,
    origin: str,
) -> tuple[RawResponse, OpenUpload | None]:
    """Return the response to a mount, and the upload that the registry has begun instead.

    A refusal breaks a SHOULD, and changes nothing.
    """
    name = trial.models[repository].name
    response = trial.call("POST", f"/v2/{name}/blobs/uploads/?mount={digest}{origin}")
    trial.require_status(response, p.MOUNT_STATUS, 201, 202)
    if response.status != 202:
        return response, None

    upload = trial.note_location(repository, response)
    trial.require(upload is not None, p.UPLOAD_START, "a Location", "none")
    return response, upload


def _upload_instead(trial: Trial, upload: OpenUpload | None, content: bytes) -> None:
    """Upload a blob that was not mounted. Nothing else: the registry knows the digest."""
    if upload is None:
        return

    digest = digest_of(content)
    query = f"digest={digest}"
    response = trial.call_upload("PUT", upload, query=query, headers=OCTETS, body=content)
    trial.require_status(response, p.UPLOAD_FINISH, 201)
    trial.models[upload.repository].put_blob(digest, content)


MOUNT_STEPS: Final = (
    Step(
        name="mount_blob",
        area="mounts",
        act=mount_blob,
        arguments={"repository": REPOSITORY, "content": PICK, "has_source": EITHER},
    ),
    Step(
        name="mount_absent",
        area="mounts",
        act=mount_absent,
        arguments={"repository": REPOSITORY, "content": PICK},
    ),
    Step(
        name="mount_from_wrong_source",
        area="mounts",
        act=mount_from_wrong_source,
        arguments={"repository": REPOSITORY, "content": PICK},
    ),
)
