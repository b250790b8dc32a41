"""Uploads in chunks, compared with the model. Steps and the last check share it."""

from dataclasses import replace
from typing import Final

from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import blobs as blob_properties
from pytest_acr.harness.properties import uploads as p
from pytest_acr.harness.reading import check_code, check_location
from pytest_acr.harness.trial import ABSENT, OpenUpload, Trial

_OCTETS: Final = {"Content-Type": "application/octet-stream"}
_GONE_CODES: Final = ("BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "NAME_UNKNOWN")


def range_text(first: int, size: int) -> str:
    """Return the positions of `size` bytes from `first`, both ends included."""
    return f"{first}-{first + size - 1}"


def content_of_upload(trial: Trial, number: int) -> bytes:
    """Return the bytes of an upload that the registry has acknowledged."""
    return trial.models[trial.uploads[number].repository].uploads[number]


def start(trial: Trial, repository: int, algorithm: str) -> int:
    """Begin an upload, and return its number."""
    query = "" if algorithm == "sha256" else f"?digest-algorithm={algorithm}"
    path = f"/v2/{trial.models[repository].name}/blobs/uploads/{query}"
    response = trial.call("POST", path)
    trial.require_status(response, p.UPLOAD_START, 202)
    return note_start(trial, repository, response, algorithm)


def note_start(trial: Trial, repository: int, response: RawResponse, algorithm: str) -> int:
    """Return the number of the upload that a response has begun."""
    upload = trial.note_location(repository, response)
    trial.require(upload is not None, p.UPLOAD_START, "a Location", "none")
    assert upload is not None
    is_new = upload.location not in {each.location for each in trial.uploads.values()}
    trial.require(is_new, p.UPLOAD_UNIQUE, "a Location that no other upload has", upload.location)
    number = len(trial.transcript)
    trial.uploads[number] = replace(upload, algorithm=algorithm)
    trial.models[repository].uploads[number] = b""
    return number


def note_progress(trial: Trial, number: int, response: RawResponse) -> None:
    """Take an upload's next Location from a response."""
    upload = trial.uploads[number]
    moved = trial.note_location(upload.repository, response)
    trial.require(moved is not None, p.UPLOAD_LOCATION, "a Location", "none")
    if moved is not None:
        trial.uploads[number] = replace(moved, algorithm=upload.algorithm)


def append(trial: Trial, number: int, chunk: bytes, *, streamed: bool = False) -> None:
    """Append a chunk to an upload, with its range or without."""
    upload = trial.uploads[number]
    before = content_of_upload(trial, number)
    place = {} if streamed else {"Content-Range": range_text(len(before), len(chunk))}
    response = trial.call_upload("PATCH", upload, headers={**_OCTETS, **place}, body=chunk)
    if streamed and before and 400 <= response.status < 500:
        # the suite streams one chunk alone; the documents have no PATCH without a range
        append(trial, number, chunk)
        return
    trial.require_status(response, p.UPLOAD_STREAM if streamed else p.UPLOAD_CHUNK, 202)

    trial.models[upload.repository].uploads[number] = before + chunk
    note_progress(trial, number, response)
    wanted = range_text(0, len(before + chunk))
    found = response.header("range")
    trial.require(found == wanted, p.UPLOAD_RANGE, f"Range: {wanted}", found or ABSENT)


def check_status(trial: Trial, number: int) -> None:
    """Compare the status of an upload with the model."""
    upload = trial.uploads[number]
    response = trial.call_upload("GET", upload)
    trial.require_status(response, p.UPLOAD_STATUS, 204)
    note_progress(trial, number, response)

    size = len(content_of_upload(trial, number))
    if size:  # the header has no form for no bytes
        found = response.header("range")
        wanted = range_text(0, size)
        trial.require(found == wanted, p.UPLOAD_STATUS_RANGE, f"Range: {wanted}", found or ABSENT)


def check_out_of_order(
    trial: Trial,
    number: int,
    response: RawResponse,
    wanted: Property,
    *statuses: int,
) -> None:
    """Check that a chunk was refused with 416 or another status, and the upload is as it was."""
    trial.require_status(response, wanted, 416, *statuses)
    if trial.capabilities.upload_status:
        check_status(trial, number)


def check_after_refusal(trial: Trial, number: int) -> None:
    """Check that an upload is as it was before its end was refused, or that it is gone."""
    upload = trial.uploads[number]
    size = len(content_of_upload(trial, number))
    if not trial.capabilities.upload_status or not size:
        trial.forget_upload(number)
        return

    response = trial.call_upload("GET", upload)
    if 400 <= response.status < 500:
        trial.forget_upload(number)
        return
    wanted = range_text(0, size)
    is_same = response.status == 204 and response.header("range") == wanted
    found = f"{response.status} with Range: {response.header('range') or ABSENT}"
    trial.require(is_same, p.UPLOAD_AFTER_WRONG_DIGEST, f"404, or 204 with Range: {wanted}", found)


def finish(trial: Trial, number: int, chunk: bytes, *, has_range: bool) -> None:
    """End an upload with its last chunk, which may be empty, and note the blob in the model."""
    upload = trial.uploads[number]
    model = trial.models[upload.repository]
    before = content_of_upload(trial, number)
    content = before + chunk
    digest = digest_of(content, upload.algorithm)
    has_place = has_range and chunk
    place = {"Content-Range": range_text(len(before), len(chunk))} if has_place else {}

    response = trial.call_upload(
        "PUT",
        upload,
        query=f"digest={digest}",
        headers={**_OCTETS, **place},
        body=chunk,
    )
    trial.require_status(response, p.UPLOAD_FINISH, 201)
    trial.forget_upload(number)
    model.put_blob(digest, content)
    check_location(trial, response, content, blob_properties.BLOB_PUSH_LOCATION)
    is_gone(trial, upload)


def is_gone(trial: Trial, upload: OpenUpload) -> None:
    """Check that an upload is 404, or 416 for a chunk: Endpoints (end-5, end-13)."""
    if trial.capabilities.upload_status:
        response = trial.call_upload("GET", upload)
        trial.require_status(response, p.UPLOAD_GONE, 404)
        check_code(trial, response, p.UPLOAD_GONE_CODE, *_GONE_CODES)

    chunk = {**_OCTETS, "Content-Range": "0-0"}
    response = trial.call_upload("PATCH", upload, headers=chunk, body=b"x")
    trial.require_status(response, p.UPLOAD_GONE, 404, 416)
    check_code(trial, response, p.UPLOAD_GONE_CODE, *_GONE_CODES)
