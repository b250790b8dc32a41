"""Steps that mount blobs from another repository."""

from typing import Final

from pytest_acr.harness.contents import content_of
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import uploads as p
from pytest_acr.harness.reading import check_blob, check_location
from pytest_acr.harness.steps.blobs import ensure_blob
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step
from pytest_acr.harness.trial import Trial
from pytest_acr.harness.uploading import note_start


def mount_blob(trial: Trial, *, repository: int, content: int, has_source: bool) -> None:
    """Mount a blob that the other repository has."""
    source = 1 - repository
    body, digest = ensure_blob(trial, source, content)
    may_leave_out = trial.capabilities.mount_from_anywhere and not trial.dialect.acr
    is_named = has_source or not may_leave_out
    origin = f"&from={trial.models[source].name}" if is_named else ""
    response = _mount(trial, repository, digest, origin)
    if trial.capabilities.mount and trial.dialect.mounts:
        trial.require_status(response, p.MOUNT, 201)
    if response.status == 201:
        trial.models[repository].put_blob(digest, body)
        check_location(trial, response, body, p.MOUNT_LOCATION)
        check_blob(trial, trial.models[repository], digest)
    trial.note_effect()


def mount_absent(trial: Trial, *, repository: int, content: int) -> None:
    """Mount a blob that no repository has."""
    digest = digest_of(b"in no repository %d" % content)
    source = trial.models[1 - repository].name
    response = _mount(trial, repository, digest, f"&from={source}")
    trial.require(response.status != 201, p.MOUNT_ABSENT, "status 202")
    check_blob(trial, trial.models[repository], digest)
    trial.note_effect()


def mount_from_wrong_source(trial: Trial, *, repository: int, content: int) -> None:
    """Mount a blob from a repository that lacks it, though another one has it."""
    source = 1 - repository
    _, digest = content_of(content)
    ensure_blob(trial, source, content)
    model = trial.models[repository]
    response = _mount(trial, repository, digest, f"&from={model.name}-absent")
    if digest in model.blobs:
        return
    if trial.dialect.acr:  # otherwise the registry MAY mount the blob "if it can be found"
        trial.require(response.status == 202, p.MOUNT_SOURCE, "status 202")
    if response.status == 201:
        model.put_blob(digest, content_of(content)[0])
    check_blob(trial, model, digest)
    trial.note_effect()


def _mount(trial: Trial, repository: int, digest: str, origin: str) -> RawResponse:
    """Ask for a mount. An upload that the registry has begun instead stays open.

    A refusal breaks a SHOULD, and changes nothing.
    """
    name = trial.models[repository].name
    response = trial.call("POST", f"/v2/{name}/blobs/uploads/?mount={digest}{origin}")
    trial.require_status(response, p.MOUNT_STATUS, 201, 202)
    if response.status == 202:
        note_start(trial, repository, response, "sha256")
    return response


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
