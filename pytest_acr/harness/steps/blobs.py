"""Steps that push, pull and delete blobs."""

from typing import Final

from pytest_acr.harness.contents import ALGORITHMS, content_of
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import blobs as p
from pytest_acr.harness.reading import blob_path, check_blob, check_blob_head, check_code, check_location
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step, numbers, pick
from pytest_acr.harness.trial import ABSENT, OpenUpload, Trial

OCTETS: Final = {"Content-Type": "application/octet-stream"}


def push_blob(trial: Trial, *, repository: int, content: int, algorithm: int, single: bool) -> None:
    """Push a blob in one piece, by one POST or by POST and PUT."""
    chosen = ALGORITHMS[algorithm] if trial.capabilities.sha512 else "sha256"
    body, digest = content_of(content, chosen)
    if push_content(trial, repository, body, digest, single=single):
        trial.note_effect()


def push_wrong_digest(trial: Trial, *, repository: int, content: int, single: bool, algorithm: int) -> None:
    """Push a content under the digest of another one, which must not be stored."""
    chosen = ALGORITHMS[algorithm] if trial.capabilities.sha512 else "sha256"
    body, _ = content_of(content)
    wrong = digest_of(b"another content of %d" % content, chosen)

    response = _send_whole(trial, repository, body, wrong, single=single)
    check_wrong_digest(trial, response)
    check_blob(trial, trial.models[repository], wrong)
    trial.note_effect()


def check_wrong_digest(trial: Trial, response: RawResponse) -> None:
    """Check that content of another digest is refused, and how."""
    trial.require(400 <= response.status < 500, p.WRONG_DIGEST, "a refusal (4xx)")
    if trial.dialect.wrong_digest_is_400:
        trial.require_status(response, p.WRONG_DIGEST_STATUS, 400)
    check_code(trial, response, p.WRONG_DIGEST_CODE, "DIGEST_INVALID")


def push_content(trial: Trial, repository: int, body: bytes, digest: str, *, single: bool) -> bool:
    """Push a blob in one piece. Returns whether the registry has stored it."""
    response = _send_whole(trial, repository, body, digest, single=single)
    is_single = single and trial.capabilities.single_post
    trial.require_status(response, p.SINGLE_POST if is_single else p.BLOB_PUSH, 201)

    trial.models[repository].put_blob(digest, body)
    check_location(trial, response, body, p.BLOB_PUSH_LOCATION)
    return True


def _send_whole(
    trial: Trial,
    repository: int,
    body: bytes,
    digest: str,
    *,
    single: bool,
) -> RawResponse:
    """Return the last response to a blob in one piece: by one POST, or by POST and PUT.

    A single POST may be answered 202, and then needs a PUT as well: Single POST.
    """
    if single and trial.capabilities.single_post:
        path = f"/v2/{trial.models[repository].name}/blobs/uploads/?digest={digest}"
        response = trial.call("POST", path, OCTETS, body)
        if response.status != 202:
            return response

        upload = _upload_of(trial, repository, response)
    else:
        upload = begin_upload(trial, repository)
    return trial.call_upload("PUT", upload, query=f"digest={digest}", headers=OCTETS, body=body)


def begin_upload(trial: Trial, repository: int) -> OpenUpload:
    """Begin an upload that the same step ends."""
    response = trial.call("POST", f"/v2/{trial.models[repository].name}/blobs/uploads/")
    trial.require_status(response, p.BLOB_PUSH, 202)
    return _upload_of(trial, repository, response)


def _upload_of(trial: Trial, repository: int, response: RawResponse) -> OpenUpload:
    """Return the upload that the last response has begun."""
    upload = trial.note_location(repository, response)
    trial.require(upload is not None, p.BLOB_PUSH, "a Location", "none")
    assert upload is not None
    return upload


def get_blob(trial: Trial, *, repository: int, which: int) -> None:
    """Pull a blob that is there, was there, or never was."""
    check_blob(trial, trial.models[repository], any_digest(trial, repository, which))
    trial.note_effect()


def any_digest(trial: Trial, repository: int, which: int) -> str:
    """Return the digest of a blob that is there, was there, or is in another repository."""
    model = trial.models[repository]
    elsewhere = [digest for other in trial.models for digest in other.blobs]
    options = [*model.blobs, *sorted(model.gone_blobs), *elsewhere, digest_of(b"never pushed")]
    return pick(options, which)


def delete_blob(trial: Trial, *, repository: int, which: int) -> None:
    """Delete a blob, and see that it is gone, or that it is absent."""
    model = trial.models[repository]
    digest = any_digest(trial, repository, which)
    response = trial.call("DELETE", blob_path(model, digest))
    if digest in model.blobs and not is_kept(trial, response, is_in_use=model.uses_blob(digest)):
        trial.require_status(response, p.BLOB_DELETE, 202)
        model.delete_blob(digest)
        trial.note_effect()
    elif digest not in model.blobs:
        trial.require_status(response, p.BLOB_DELETE_ABSENT, 404)
    check_blob(trial, model, digest)


def is_kept(trial: Trial, response: RawResponse, *, is_in_use: bool) -> bool:
    """Return whether a registry keeps what a manifest refers to, which the documents leave open.

    Content Management: "Registries MAY implement deletion or they MAY disable it".
    """
    is_refused = response.status in (400, 403, 405, 409)
    return is_in_use and is_refused and not trial.dialect.acr


# ranges

_FORMS: Final = ("closed", "open", "suffix", "unit", "malformed")
_MALFORMED: Final = ("bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes 0-1")


def get_range(trial: Trial, *, repository: int, which: int, form: str, first: int, last: int) -> None:
    """Pull a part of a blob. The positions are chosen around the ends of the blob."""
    model = trial.models[repository]
    if not model.blobs:
        push_content(trial, repository, *content_of(1), single=False)
    digest = pick(list(model.blobs), which)
    content = model.blobs[digest]

    header, part = _range_of(form, pick(_positions(len(content)), first), pick(_positions(len(content)), last))
    response = trial.call("GET", blob_path(model, digest), {"Range": header})
    if part is None:
        _check_ignored(trial, response, content, may_refuse=form == "malformed")
    else:
        _check_part(trial, response, content, part)
    trial.note_effect()


def _positions(size: int) -> tuple[int, ...]:
    """Return positions at which mistakes are made."""
    return (0, 1, max(size - 1, 0), size, size // 2, size + 1, max(size - 2, 0), 10 * size + 7)


def _range_of(form: str, first: int, last: int) -> tuple[str, slice | None]:
    """Return a Range header, and the part that it selects: RFC 9110 §14.1.2.

    None for a header that is to be ignored.
    """
    if form == "closed":
        first, last = min(first, last), max(first, last)
        return f"bytes={first}-{last}", slice(first, last + 1)
    if form == "open":
        return f"bytes={first}-", slice(first, None)
    if form == "suffix":
        return f"bytes=-{last}", slice(-last, None) if last else slice(0, 0)
    if form == "unit":
        return f"lines={first}-{last}", None
    return pick(_MALFORMED, first), None


def _check_ignored(trial: Trial, response: RawResponse, content: bytes, *, may_refuse: bool) -> None:
    """RFC 9110 §14.2: an unknown unit MUST be ignored, an invalid range MAY be refused."""
    if response.status in (400, 416) and may_refuse:
        return
    is_whole = response.status == 200 and response.body == content
    trial.require(is_whole, p.RANGE_IGNORED, f"status 200, {content[:80]!r}")


def _check_part(trial: Trial, response: RawResponse, content: bytes, part: slice) -> None:
    wanted = content[part]
    is_whole = response.status == 200 and response.body == content
    if not wanted:
        # RFC 9110 §14.2 lets a server ignore the header; an empty blob has no satisfiable range
        is_refused = response.status == 416
        trial.require(is_refused or is_whole, p.RANGE_PAST_THE_END, "status 416")
        total = f"bytes */{len(content)}"
        stated = response.header("content-range")
        trial.require(stated in (None, total), p.RANGE_REFUSAL, total, str(stated))
        return

    is_part = response.status == 206 and response.body == wanted
    trial.require(is_part or is_whole, p.RANGE_PART, f"status 206, {wanted[:80]!r}")
    if trial.dialect.ranges and wanted != content:
        trial.require_status(response, p.RANGE_SUPPORT, 206)
    if response.status == 206:
        first, last, _ = part.indices(len(content))
        expected = f"bytes {first}-{last - 1}/{len(content)}"
        found = response.header("content-range")
        trial.require(found == expected, p.RANGE_CONTENT_RANGE, expected, found or ABSENT)


def head_blob(trial: Trial, *, repository: int, which: int) -> None:
    """Ask for a blob's size alone."""
    model = trial.models[repository]
    if not model.blobs:
        push_content(trial, repository, *content_of(3), single=False)
    check_blob_head(trial, model, pick(list(model.blobs), which))
    trial.note_effect()


def ensure_blob(trial: Trial, repository: int, number: int) -> tuple[bytes, str]:
    """Return a content and its digest, after pushing it where it is absent."""
    content, digest = content_of(number)
    if digest not in trial.models[repository].blobs:
        push_content(trial, repository, content, digest, single=True)
    return content, digest


BLOB_STEPS: Final = (
    Step(
        name="push_blob",
        area="blobs",
        act=push_blob,
        weight=2,
        arguments={
            "repository": REPOSITORY,
            "content": PICK,
            "algorithm": (0, 0, 0, 1),
            "single": EITHER,
        },
    ),
    Step(
        name="push_wrong_digest",
        area="blobs",
        act=push_wrong_digest,
        arguments={
            "repository": REPOSITORY,
            "content": PICK,
            "single": EITHER,
            "algorithm": (0, 1),
        },
    ),
    Step(
        name="get_blob",
        area="blobs",
        act=get_blob,
        arguments={"repository": REPOSITORY, "which": PICK},
    ),
    Step(
        name="head_blob",
        area="blobs",
        act=head_blob,
        arguments={"repository": REPOSITORY, "which": PICK},
    ),
    Step(
        name="get_range",
        area="blobs",
        act=get_range,
        weight=2,
        arguments={
            "repository": REPOSITORY,
            "which": PICK,
            "form": _FORMS,
            "first": numbers(8),
            "last": numbers(8),
        },
    ),
    Step(
        name="delete_blob",
        area="blobs",
        act=delete_blob,
        arguments={"repository": REPOSITORY, "which": PICK},
        needs=("delete_blobs",),
    ),
)
