"""Reading what a repository holds, compared with the model. Steps and the last check share it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pytest_acr.harness.contents import ALGORITHMS
from pytest_acr.harness.locations import pushed_path_of
from pytest_acr.harness.messages import RawResponse, SentTo
from pytest_acr.harness.model import RepositoryModel, digest_of
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import blobs as p
from pytest_acr.harness.properties.protocol import HEAD_LENGTH, HEAD_LIKE_GET
from pytest_acr.harness.protocol import error_codes
from pytest_acr.harness.trial import ABSENT, NO_HEADERS, Trial


def blob_path(model: RepositoryModel, digest: str) -> str:
    """Return the path of a blob."""
    return f"/v2/{model.name}/blobs/{digest}"


def check_blob(trial: Trial, model: RepositoryModel, digest: str, *, with_head: bool = True) -> None:
    """Compare GET, and HEAD, of a blob with the model, which has it or has it not."""
    path = blob_path(model, digest)
    if digest not in model.blobs:
        check_blob_absent(trial, path)
        return

    response = trial.call("GET", path)
    content = model.blobs[digest]
    trial.require_status(response, p.BLOB_GET, 200)
    trial.require(response.body == content, p.BLOB_GET, f"{len(content)} bytes: {content[:80]!r}")
    if not response.redirected:  # a storage host need not have the header
        check_digest_header(trial, response, content, p.BLOB_DIGEST_HEADER, p.BLOB_GET_DIGEST)
    if with_head:
        check_blob_head(trial, model, digest, response)


def check_digest_header(
    trial: Trial,
    response: RawResponse,
    content: bytes,
    present: Property,
    right: Property,
) -> None:
    """Check Docker-Content-Digest: it should be there, and must be a digest of the content."""
    found = response.header("docker-content-digest")

    trial.require(found is not None, present, "Docker-Content-Digest", ABSENT)
    is_right = found is None or is_digest_of(found, content)
    trial.require(is_right, right, digest_of(content), found or ABSENT)


def check_length_of_head(
    trial: Trial,
    head: RawResponse,
    content: bytes,
    present: Property,
) -> None:
    """Check Content-Length of HEAD: it should be there, and must be the size of the content."""
    found = head.header("content-length")
    wanted = f"Content-Length: {len(content)}"

    trial.require(found is not None, present, wanted, ABSENT)
    is_right = found in (None, str(len(content)))
    trial.require(is_right, HEAD_LENGTH, wanted, found or ABSENT)


def is_digest_of(found: str | None, content: bytes) -> bool:
    """Return whether a digest is that of a content: its algorithm MAY be another one."""
    algorithm = (found or "").partition(":")[0]
    return algorithm in ALGORITHMS and found == digest_of(content, algorithm)


def check_location(
    trial: Trial,
    response: RawResponse,
    content: bytes,
    wanted: Property,
    headers: Mapping[str, str] = NO_HEADERS,
) -> None:
    """Check that a content can be pulled from the Location of a 201 response."""
    location = response.header("location")
    names = [model.name for model in trial.models]
    path = pushed_path_of(location, trial.transcript[-1].request.path, names)
    trial.require(path is not None, wanted, "a Location", location or ABSENT)
    if path is None:
        return
    is_elsewhere = urlsplit(location or "").netloc and not path.startswith("/v2/")
    if is_elsewhere:  # Single POST: it "does not necessarily have to be served by your registry"
        return

    sent_to = SentTo(len(trial.transcript) - 1, "")
    pulled = trial.call("GET", path, headers, sent_to=sent_to)
    is_there = pulled.status == 200 and pulled.body == content
    trial.require(is_there, wanted, f"the content at {path}")


def check_blob_head(
    trial: Trial,
    model: RepositoryModel,
    digest: str,
    got: RawResponse | None = None,
) -> None:
    """Compare HEAD of a blob with the model, and with the response to GET."""
    head = trial.call("HEAD", blob_path(model, digest))
    content = model.blobs[digest]

    trial.require_status(head, p.BLOB_HEAD, 200)
    check_length_of_head(trial, head, content, p.BLOB_HEAD_LENGTH)
    if not head.redirected:
        check_digest_header(trial, head, content, p.BLOB_DIGEST_HEADER, p.BLOB_HEAD_DIGEST)
    if got is not None and not got.redirected:
        check_head_like_get(trial, head, got, may_lack=("content-type", "etag"))


def check_head_like_get(
    trial: Trial,
    head: RawResponse,
    got: RawResponse,
    *,
    may_lack: tuple[str, ...],
) -> None:
    """Compare the headers that describe a content: RFC 9110 §9.3.2.

    HEAD may lack those whose value is determined only while the content is generated, such as the
    type that a server guesses from the first bytes of a blob.
    """
    if not trial.dialect.head_like_get:
        return

    for name in ("content-type", "docker-content-digest", "etag"):
        wanted, found = got.header(name), head.header(name)
        is_same = found == wanted or (found is None and name in may_lack)
        trial.require(is_same, HEAD_LIKE_GET, f"{name} as of GET: {wanted or ABSENT}", found or ABSENT)


def check_blob_absent(trial: Trial, path: str) -> None:
    """Check that a blob is 404, for GET and HEAD."""
    response = trial.call("GET", path)
    trial.require_status(response, p.BLOB_ABSENT, 404)
    check_code(trial, response, p.BLOB_ABSENT_CODE, "BLOB_UNKNOWN", "NAME_UNKNOWN")
    trial.require_status(trial.call("HEAD", path), p.BLOB_ABSENT, 404)


def check_code(trial: Trial, response: RawResponse, wanted: Property, *codes: str) -> None:
    """Check that a refusal has one of these codes, if it has any."""
    found = error_codes(response)
    if found and trial.dialect.error_codes:
        trial.require(not set(codes).isdisjoint(found), wanted, " or ".join(codes), ", ".join(found))
