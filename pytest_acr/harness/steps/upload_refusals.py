"""Steps that send chunks which a registry has to refuse: the upload stays as it was."""

from typing import Final

from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import uploads as p
from pytest_acr.harness.reading import check_blob
from pytest_acr.harness.steps.blobs import OCTETS, check_wrong_digest
from pytest_acr.harness.steps.step import EITHER, PICK, Step
from pytest_acr.harness.steps.uploads import chunk_of, ensure_upload, send_chunk
from pytest_acr.harness.trial import Trial
from pytest_acr.harness.uploading import (
    check_after_refusal,
    check_out_of_order,
    check_status,
    content_of_upload,
    range_text,
)


def send_out_of_order(trial: Trial, *, which: int, content: int, shift: int) -> None:
    """Send a chunk that leaves a gap or begins too early. Nothing changes."""
    number, upload = ensure_upload(trial, which)
    if not content_of_upload(trial, number):
        send_chunk(trial, which=which, content=content, streamed=False)
        upload = trial.uploads[number]
    chunk = chunk_of(upload, content)
    size = len(content_of_upload(trial, number))
    first = size + shift if shift > 0 else max(size + shift, 0)
    place = {"Content-Range": range_text(first, len(chunk))}
    response = trial.call_upload("PATCH", upload, headers={**OCTETS, **place}, body=chunk)
    check_out_of_order(trial, number, response, p.UPLOAD_OUT_OF_ORDER)
    trial.note_effect()


def send_to_old_location(trial: Trial, *, which: int, content: int, streamed: bool) -> None:
    """Send a chunk, and the same request once more, as a client does whose response was lost.

    The documents leave the old Location open, but not a range that has arrived before.
    """
    number, upload = ensure_upload(trial, which)
    before = len(content_of_upload(trial, number))
    send_chunk(trial, which=which, content=content, streamed=False)
    chunk = chunk_of(upload, content)
    if streamed and trial.dialect.acr:
        response = trial.call_upload("PATCH", upload, headers=OCTETS, body=chunk)
        trial.require_status(response, p.UPLOAD_OLD_LOCATION, 404)
    else:
        place = {"Content-Range": range_text(before, len(chunk))}
        response = trial.call_upload("PATCH", upload, headers={**OCTETS, **place}, body=chunk)
        trial.require_status(response, p.UPLOAD_OUT_OF_ORDER, 416, 404, 400)

    if trial.capabilities.upload_status:
        check_status(trial, number)
    trial.note_effect()


def finish_out_of_order(trial: Trial, *, which: int, content: int) -> None:
    """End an upload with a chunk that leaves a gap. Nothing changes."""
    number, upload = ensure_upload(trial, which)
    chunk = chunk_of(upload, content)
    whole = content_of_upload(trial, number) + chunk
    place = {"Content-Range": range_text(len(whole), len(chunk))}
    digest = digest_of(whole, upload.algorithm)
    response = trial.call_upload(
        "PUT",
        upload,
        query=f"digest={digest}",
        headers={**OCTETS, **place},
        body=chunk,
    )
    check_out_of_order(trial, number, response, p.UPLOAD_FINISH_OUT_OF_ORDER, 400)
    trial.note_effect()


def finish_with_wrong_digest(trial: Trial, *, which: int, content: int, with_tail: bool) -> None:
    """End an upload under the digest of its last chunk, or of another content: nothing is stored."""
    number, upload = ensure_upload(trial, which)
    if not content_of_upload(trial, number):
        send_chunk(trial, which=which, content=content, streamed=False)
        upload = trial.uploads[number]
    chunk = chunk_of(upload, content + 1) if with_tail else b""
    wrong = digest_of(chunk or b"another content", upload.algorithm)
    model = trial.models[upload.repository]
    was_there = wrong in model.blobs
    response = trial.call_upload(
        "PUT",
        upload,
        query=f"digest={wrong}",
        headers=OCTETS,
        body=chunk,
    )
    check_wrong_digest(trial, response)
    check_after_refusal(trial, number)
    if not was_there:
        check_blob(trial, model, wrong)
    trial.note_effect()


def use_other_repository(trial: Trial, *, which: int) -> None:
    """Ask for the status of an upload in the path of another repository."""
    number, upload = ensure_upload(trial, which)
    mine = trial.models[upload.repository].name
    other = trial.models[1 - upload.repository].name
    if f"/{mine}/" not in upload.location:
        return
    path = upload.location.replace(f"/{mine}/", f"/{other}/", 1)
    response = trial.call("GET", path)
    is_refused = 400 <= response.status < 500
    trial.require(is_refused, p.UPLOAD_OTHER_REPOSITORY, "status 404")
    check_status(trial, number)
    trial.note_effect()


def send_wrong_length(trial: Trial, *, which: int, content: int, surplus: int) -> None:
    """Send a chunk with fewer or more bytes than its range has. Nothing changes."""
    number, upload = ensure_upload(trial, which)
    chunk = chunk_of(upload, content)
    place = range_text(len(content_of_upload(trial, number)), len(chunk) + surplus)
    headers = {**OCTETS, "Content-Range": place}
    response = trial.call_upload("PATCH", upload, headers=headers, body=chunk)
    is_refused = 400 <= response.status < 500
    if not is_refused and not trial.dialect.chunk_lengths:
        trial.forget_upload(number)
        return

    trial.require(is_refused, p.UPLOAD_WRONG_LENGTH, "a refusal (4xx)")
    if trial.capabilities.upload_status:
        check_status(trial, number)
    trial.note_effect()


UPLOAD_REFUSAL_STEPS: Final = (
    Step(
        name="send_out_of_order",
        area="uploads",
        act=send_out_of_order,
        arguments={
            "which": PICK,
            "content": PICK,
            "shift": (1, -1, 5, -100),
        },
        needs=("small_chunks",),
    ),
    Step(
        name="send_to_old_location",
        area="uploads",
        act=send_to_old_location,
        arguments={"which": PICK, "content": PICK, "streamed": EITHER},
        needs=("small_chunks",),
    ),
    Step(
        name="finish_out_of_order",
        area="uploads",
        act=finish_out_of_order,
        arguments={"which": PICK, "content": PICK},
    ),
    Step(
        name="finish_with_wrong_digest",
        area="uploads",
        act=finish_with_wrong_digest,
        arguments={"which": PICK, "content": PICK, "with_tail": EITHER},
        needs=("small_chunks",),
    ),
    Step(
        name="use_other_repository",
        area="uploads",
        act=use_other_repository,
        arguments={"which": PICK},
        needs=("upload_status",),
    ),
    Step(
        name="send_wrong_length",
        area="uploads",
        act=send_wrong_length,
        arguments={"which": PICK, "content": PICK, "surplus": (1, 7)},
    ),
)
