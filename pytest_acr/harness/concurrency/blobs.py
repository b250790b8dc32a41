"""Operations on blobs and uploads, as raw requests of one thread."""

from functools import partial
from typing import Literal

from pytest_acr.harness.concurrency.content import (
    OCTETS,
    blob_content,
    content_outcome,
    one_request,
    outcome_of,
    path_of_location,
    received_bytes,
)
from pytest_acr.harness.concurrency.history import ObjectKey, Observed, SendRaw, ThreadHistory
from pytest_acr.harness.concurrency.models import DONE, UploadRequest
from pytest_acr.harness.concurrency.repository import PreparedRepository, SharedUpload
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.model import digest_of


class ConcurrentBlobs:
    """Sends requests about the blobs and uploads of a prepared repository."""

    def __init__(self, history: ThreadHistory, repository: PreparedRepository) -> None:
        """Record operations in `history`, which has the target."""
        self._history = history
        self._repository = repository
        self._offered = repository.offered
        self._blobs = f"/v2/{repository.name}/blobs"

    def push(self, name: str) -> None:
        """Push the blob in two requests."""
        content = blob_content(self._repository.name, name)
        digest = digest_of(content)

        def act(send: SendRaw) -> Observed | None:
            started = send(RawRequest("POST", f"{self._blobs}/uploads/"))
            location = path_of_location(started, self._repository.name)
            if started.status != 202 or location is None:
                return outcome_of(started)
            path = with_digest(location, digest)
            return outcome_of(send(RawRequest("PUT", path, (OCTETS,), content)))

        self._history.run("push blob", (_blob(digest),), None, act)

    def head(self, digest: str) -> None:
        """Check whether the blob is there."""
        self._read("HEAD", digest)

    def read(self, method: Literal["GET", "HEAD"], name: str) -> None:
        """Check or pull the blob."""
        self._read(method, self._digest_of(name))

    def _read(self, method: Literal["GET", "HEAD"], digest: str) -> None:
        read = partial(content_outcome, digest) if method == "GET" else outcome_of
        act = one_request(RawRequest(method, f"{self._blobs}/{digest}"), read)
        self._history.run(f"{method.lower()} blob", (_blob(digest),), None, act)

    def delete(self, name: str) -> None:
        """Delete the blob."""
        if not self._offered.blob_delete:
            return

        digest = self._digest_of(name)
        request = RawRequest("DELETE", f"{self._blobs}/{digest}")
        act = one_request(request, partial(self._offered.outcome_of_delete, "delete blob"))
        self._history.run("delete blob", (_blob(digest),), None, act)

    def _digest_of(self, name: str) -> str:
        return digest_of(blob_content(self._repository.name, name))

    # uploads

    def send_chunk(self, name: str, length: int) -> None:
        """Send the bytes after those that are known to have arrived."""
        if not self._offered.uploads.chunks:
            return

        upload = self._repository.uploads[name]
        location, start = upload.position
        end = start + length
        headers = (OCTETS, ("Content-Range", f"{start}-{end - 1}"))
        request = RawRequest("PATCH", location, headers, upload.content[start:end])

        act = one_request(request, lambda found: self._read_position(upload, found, end))
        self._history.run("chunk", (_upload(name),), self._argument(start, end), act)

    def get_status(self, name: str) -> None:
        """Read how many bytes have arrived."""
        if not self._offered.uploads.status:
            return

        upload = self._repository.uploads[name]
        request = RawRequest("GET", upload.position.location)
        act = one_request(request, lambda found: self._read_position(upload, found))
        self._history.run("status", (_upload(name),), self._argument(), act)

    def _read_position(
        self,
        upload: SharedUpload,
        response: RawResponse,
        otherwise: int | None = None,
    ) -> Observed | None:
        """Return the outcome with the bytes that have arrived, and keep the Location.

        `otherwise` is their number if the registry does not report it.
        """
        received = received_bytes(response) if self._offered.uploads.status else otherwise
        outcome = outcome_of(response, received)
        if outcome is not None and outcome.word == "done":
            upload.learn(response, received or 0)
        return outcome

    def close(self, name: str, *, certain: bool = False) -> str | None:
        """Close the upload; return the digest of its blob if it has become one.

        `certain`: the known Location is the newest one.
        """
        upload = self._repository.uploads[name]
        location, end = upload.position
        digest = digest_of(upload.content[:end])
        act = one_request(RawRequest("PUT", with_digest(location, digest), (OCTETS,)))

        argument = self._argument(end, end, certain=certain)
        outcome = self._history.run("close", (_upload(name), _blob(digest)), argument, act)
        return digest if outcome == DONE else None

    def cancel(self, name: str) -> None:
        """Cancel the upload."""
        if not self._offered.uploads.cancel:
            return

        location = self._repository.uploads[name].position.location
        act = one_request(RawRequest("DELETE", location))
        self._history.run("cancel", (_upload(name),), self._argument(), act)

    def _argument(self, start: int = 0, end: int = 0, *, certain: bool = False) -> UploadRequest:
        return UploadRequest(start, end, certain or self._offered.uploads.fixed_locations)


def with_digest(location: str, digest: str) -> str:
    """Return a Location with the digest that closes its upload."""
    return f"{location}{'&' if '?' in location else '?'}digest={digest}"


def _blob(digest: str) -> ObjectKey:
    return ObjectKey("blob", digest)


def _upload(name: str) -> ObjectKey:
    return ObjectKey("upload", name)
