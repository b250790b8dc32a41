"""Steps of uploads in chunks. Several uploads are open at a time."""

from typing import Final

from pytest_acr.harness.contents import ALGORITHMS, content_of
from pytest_acr.harness.properties import uploads as p
from pytest_acr.harness.reading import check_blob
from pytest_acr.harness.steps.blobs import ensure_blob
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step, pick
from pytest_acr.harness.trial import OpenUpload, Trial
from pytest_acr.harness.uploading import append, check_status, content_of_upload, finish, is_gone, start


def start_upload(trial: Trial, *, repository: int, algorithm: int) -> None:
    """Begin an upload."""
    start(trial, repository, _algorithm_of(trial, algorithm))
    trial.note_effect()


def _algorithm_of(trial: Trial, number: int) -> str:
    return ALGORITHMS[number] if trial.capabilities.sha512 else ALGORITHMS[0]


def ensure_upload(trial: Trial, which: int) -> tuple[int, OpenUpload]:
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
    number, upload = ensure_upload(trial, which)
    chunk = chunk_of(upload, content)
    append(trial, number, chunk, streamed=streamed)
    trial.note_effect()


def get_status(trial: Trial, *, which: int) -> None:
    """Read how much of an upload has arrived."""
    number, _ = ensure_upload(trial, which)
    check_status(trial, number)
    trial.note_effect()


def finish_upload(trial: Trial, *, which: int, content: int, tail: str) -> None:
    """End an upload: with its last chunk, with or without a range, or without a chunk."""
    number, upload = ensure_upload(trial, which)
    needs_tail = tail != "none" or not content_of_upload(trial, number)
    chunk = chunk_of(upload, content) if needs_tail else b""
    finish(trial, number, chunk, has_range=tail == "range")
    trial.note_effect()


def upload_in_chunks(
    trial: Trial,
    *,
    repository: int,
    algorithm: int,
    content: int,
    chunks: int,
    tail: str,
) -> None:
    """Push a blob in several chunks, the last of which may come with the closing PUT."""
    number = start(trial, repository, _algorithm_of(trial, algorithm))
    which = list(trial.uploads).index(number)
    for place in range(chunks):
        send_chunk(trial, which=which, content=content + place, streamed=bool(place % 2))
    finish_upload(trial, which=which, content=content, tail=tail)


def push_again(trial: Trial, *, repository: int, which: int) -> None:
    """Push a blob of the repository once more, in two chunks."""
    model = trial.models[repository]
    if not model.blobs:
        ensure_blob(trial, repository, which)
    digest = pick(list(model.blobs), which)
    content = model.blobs[digest]
    half = len(content) // 2 if trial.capabilities.small_chunks else 0
    number = start(trial, repository, digest.partition(":")[0])
    if half:
        append(trial, number, content[:half])
    finish(trial, number, content[half:], has_range=False)
    check_blob(trial, model, digest)
    trial.note_effect()


def cancel_upload(trial: Trial, *, which: int) -> None:
    """Cancel an upload, which is gone then."""
    number, upload = ensure_upload(trial, which)
    response = trial.call_upload("DELETE", upload)
    statuses = (204,) if trial.dialect.cancel_is_204 else (200, 202, 204)
    trial.require_status(response, p.UPLOAD_CANCEL, *statuses)
    trial.forget_upload(number)
    is_gone(trial, upload)
    trial.require_status(trial.call_upload("DELETE", upload), p.UPLOAD_GONE, 404, 400)
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
        name="upload_in_chunks",
        area="uploads",
        act=upload_in_chunks,
        arguments={
            "repository": REPOSITORY,
            "algorithm": (0, 1),
            "content": PICK,
            "chunks": (1, 2, 3),
            "tail": _TAILS,
        },
        needs=("small_chunks",),
    ),
    Step(
        name="send_chunk",
        area="uploads",
        act=send_chunk,
        weight=2,
        arguments={"which": PICK, "content": PICK, "streamed": EITHER},
        needs=("small_chunks",),
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
        name="push_again",
        area="uploads",
        act=push_again,
        arguments={"repository": REPOSITORY, "which": PICK},
    ),
    Step(
        name="cancel_upload",
        area="uploads",
        act=cancel_upload,
        arguments={"which": PICK},
        needs=("upload_cancel",),
    ),
)
