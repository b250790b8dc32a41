"""Steps of uploads in chunks. Several uploads are open at a time."""

from dataclasses import replace
from typing import Final

from pytest_acr.harness.contents import ALGORITHMS, content_of
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import uploads as p
from pytest_acr.harness.reading import check_blob
from pytest_acr.harness.steps.blobs import OCTETS, check_wrong_digest
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step, pick
from pytest_acr.harness.trial import OpenUpload, Trial
from pytest_acr.harness.uploading import (
    check_out_of_order,
    check_status,
    finish,
    is_gone,
    range_text,
    received,
    start,
)


def start_upload(trial: Trial, *, repository: int, algorithm: int) -> None:
    """Begin an upload."""
    start(trial, repository, _algorithm_of(trial, algorithm))
    trial.note_effect()


def _algorithm_of(trial: Trial, number: int) -> str:
    return ALGORITHMS[number] if trial.capabilities.sha512 else ALGORITHMS[0]


def _ensure_upload(trial: Trial, which: int) -> tuple[int, OpenUpload]:
    """Return the number of an upload and the upload, after beginning one where there is none."""
    if not trial.uploads:
        start(trial, which % 2, ALGORITHMS[0])
    number = pick(list(trial.uploads), which)
    return number, trial.uploads[number]


def chunk_of(upload: OpenUpload, number: int) -> bytes:
    """Return the content of a chunk, which has a byte at least."""
    content, _ = content_of(number, upload.algorithm)
    return content or b"y"


def send_chunk(trial: Trial, *, which: int, content: int, streamed: bool) -> None:
    """Append a chunk to an upload, with its range or without."""
    number, upload = _ensure_upload(trial, which)
    chunk = chunk_of(upload, content)
    before = received(trial, number)
    place = {} if streamed else {"Content-Range": range_text(len(before), len(chunk))}
    response = trial.call_upload("PATCH", upload, headers={**OCTETS, **place}, body=chunk)
    trial.require_status(response, p.UPLOAD_STREAM if streamed else p.UPLOAD_CHUNK, 202)

    trial.models[upload.repository].uploads[number] = before + chunk
    note_progress(trial, number, response)
    wanted = range_text(0, len(before + chunk))
    found = response.header("range")
    trial.require(found == wanted, p.UPLOAD_RANGE, f"Range: {wanted}", str(found))
    trial.note_effect()


def note_progress(trial: Trial, number: int, response: RawResponse) -> None:
    """Take an upload's next Location from a response."""
    upload = trial.uploads[number]
    moved = trial.note_location(upload.repository, response)
    trial.require(moved is not None, p.UPLOAD_LOCATION, "a Location", "none")
    if moved is not None:
        trial.uploads[number] = replace(moved, algorithm=upload.algorithm)


def send_out_of_order(trial: Trial, *, which: int, content: int, shift: int) -> None:
    """Send a chunk that leaves a gap or begins too early. Nothing changes."""
    number, upload = _ensure_upload(trial, which)
    if not received(trial, number):
        send_chunk(trial, which=which, content=content, streamed=False)
        upload = trial.uploads[number]
    chunk = chunk_of(upload, content)
    size = len(received(trial, number))
    first = size + shift if shift > 0 else max(size + shift, 0)
    place = {"Content-Range": range_text(first, len(chunk))}
    response = trial.call_upload("PATCH", upload, headers={**OCTETS, **place}, body=chunk)
    check_out_of_order(trial, number, response, p.UPLOAD_OUT_OF_ORDER)
    trial.note_effect()


def send_to_old_location(trial: Trial, *, which: int, content: int, streamed: bool) -> None:
    """Send a chunk, and the same request once more, as a client does whose response was lost.

    The documents leave the old Location open, but not a range that has arrived before.
    """
    number, upload = _ensure_upload(trial, which)
    before = len(received(trial, number))
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


def get_status(trial: Trial, *, which: int) -> None:
    """Read how much of an upload has arrived."""
    number, _ = _ensure_upload(trial, which)
    check_status(trial, number)
    trial.note_effect()


def finish_upload(trial: Trial, *, which: int, content: int, tail: str) -> None:
    """End an upload: with its last chunk, with or without a range, or without a chunk."""
    number, upload = _ensure_upload(trial, which)
    needs_tail = tail != "none" or not received(trial, number)
    chunk = chunk_of(upload, content) if needs_tail else b""
    finish(trial, number, chunk, has_range=tail == "range")
    trial.note_effect()


def finish_out_of_order(trial: Trial, *, which: int, content: int) -> None:
    """End an upload with a chunk that leaves a gap. Nothing changes."""
    number, upload = _ensure_upload(trial, which)
    chunk = chunk_of(upload, content)
    whole = received(trial, number) + chunk
    place = {"Content-Range": range_text(len(whole), len(chunk))}
    digest = digest_of(whole, upload.algorithm)
    response = trial.call_upload(
        "PUT",
        upload,
        query=f"digest={digest}",
        headers={**OCTETS, **place},
        body=chunk,
    )
    check_out_of_order(trial, number, response, p.UPLOAD_FINISH_OUT_OF_ORDER)
    trial.note_effect()


def finish_with_wrong_digest(trial: Trial, *, which: int, content: int, with_tail: bool) -> None:
    """End an upload under the digest of its last chunk, or of another content: nothing is stored."""
    number, upload = _ensure_upload(trial, which)
    if not received(trial, number):
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
    # whether the upload survives is left open
    trial.forget_upload(number)
    if not was_there:
        check_blob(trial, model, wrong)
    trial.note_effect()


def cancel_upload(trial: Trial, *, which: int) -> None:
    """Cancel an upload, which is gone then."""
    number, upload = _ensure_upload(trial, which)
    response = trial.call_upload("DELETE", upload)
    statuses = (204,) if trial.dialect.cancel_is_204 else (200, 202, 204)
    trial.require_status(response, p.UPLOAD_CANCEL, *statuses)
    trial.forget_upload(number)
    is_gone(trial, upload)
    trial.note_effect()


def use_other_repository(trial: Trial, *, which: int) -> None:
    """Ask for the status of an upload in the path of another repository."""
    number, upload = _ensure_upload(trial, which)
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


_TAILS: Final = ("none", "plain", "range")

UPLOAD_STEPS: Final = (
    Step(
        name="start_upload",
        area="uploads",
        act=start_upload,
        arguments={"repository": REPOSITORY, "algorithm": (0, 0, 1)},
    ),
    Step(
        name="send_chunk",
        area="uploads",
        act=send_chunk,
        weight=2,
        arguments={"which": PICK, "content": PICK, "streamed": EITHER},
    ),
    Step(
        name="send_out_of_order",
        area="uploads",
        act=send_out_of_order,
        arguments={
            "which": PICK,
            "content": PICK,
            "shift": (1, -1, 5, -100),
        },
    ),
    Step(
        name="send_to_old_location",
        area="uploads",
        act=send_to_old_location,
        arguments={"which": PICK, "content": PICK, "streamed": EITHER},
    ),
    Step(
        name="get_status",
        area="uploads",
        act=get_status,
        arguments={"which": PICK},
        needs=("upload_status",),
    ),
    Step(
        name="finish_upload",
        area="uploads",
        act=finish_upload,
        arguments={"which": PICK, "content": PICK, "tail": _TAILS},
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
    ),
    Step(
        name="cancel_upload",
        area="uploads",
        act=cancel_upload,
        arguments={"which": PICK},
        needs=("upload_cancel",),
    ),
    Step(
        name="use_other_repository",
        area="uploads",
        act=use_other_repository,
        arguments={"which": PICK},
        needs=("upload_status",),
    ),
)
