"""Sample clients with one bug each that shows when a call fails, for the sweep to find."""

import json
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urljoin

import requests

from tests.support.sample_client.attempts import SampleAttempts, T, ask_nothing
from tests.support.sample_client.calls import TIMEOUT_SECONDS, SampleCalls
from tests.support.sample_client.client import SampleClient
from tests.support.sample_client.errors import SampleError
from tests.support.sample_client.image import SampleImage
from tests.support.sample_client.login import SampleLogin, SampleToken
from tests.support.sample_client.reply import Reply
from tests.support.sample_client.upload import SampleUpload

# attempts and their outcomes


class SingleAttempts(SampleAttempts):
    def repeat(self, once: Callable[[], T], outcome: Callable[[], T | None] = ask_nothing) -> T:
        return once()


class WithoutRetry(SampleClient):
    """No call is tried again."""

    attempts_type = SingleAttempts


class TakesLostAnswerForSuccess(SampleClient):
    """After a lost answer the manifest is said to be there, without a look."""

    def find_pushed(self, repository: str, tag: str, image: SampleImage) -> bool | None:
        return True


class RepeatsDeleteBlindly(SampleClient):
    """A delete is repeated without asking whether it was done; the 404 is an error."""

    def find_deleted(self, repository: str, digest: str) -> bool | None:
        return None


# errors


class SwallowsErrorOfTag(SampleClient):
    """A push of several tags reports success although one of them is missing."""

    def push_manifest(self, repository: str, tag: str, image: SampleImage) -> None:
        with suppress(SampleError):
            self.put_manifest(repository, tag, image)


class SwallowsErrorOfDelete(SampleClient):
    """A delete reports success although the image is there."""

    def delete(self, repository: str, tag: str) -> None:
        digest = self.digest_at(repository, tag)
        if digest is not None:
            with suppress(SampleError):
                self.delete_manifest(repository, digest)


class TakesErrorForAbsence(SampleClient):
    """A tag that could not be read is taken for absent: its image is not deleted."""

    def digest_at(self, repository: str, reference: str) -> str | None:
        try:
            return self.head_manifest(repository, reference).headers.get("Docker-Content-Digest")
        except SampleError:
            return None


class TakesErrorForEmptyList(SampleClient):
    """Tags that could not be read are left out of the list."""

    def page_of_tags(self, repository: str, url: str) -> tuple[list[str], str | None]:
        try:
            return super().page_of_tags(repository, url)
        except SampleError:
            return [], None


class ErrorForPresenceUpload(SampleUpload):
    def has_blob(self) -> bool:
        try:
            return super().has_blob()
        except SampleError:
            return True


class TakesErrorForPresence(SampleClient):
    """A blob that could not be asked for is taken for present, and not uploaded."""

    upload_type = ErrorForPresenceUpload


class DeletesAfterFailedPush(SampleClient):
    """A push that fails "cleans up": it deletes the image that the tag had before."""

    def push_manifest(self, repository: str, tag: str, image: SampleImage) -> None:
        try:
            self.put_manifest(repository, tag, image)
        except SampleError:
            self.delete(repository, tag)
            raise


# exceptions of other libraries


class StatusUncheckedUpload(SampleUpload):
    def start(self) -> Reply:
        url = self.calls.url_of(f"{self.path}/uploads/")
        headers = self.calls.login.headers_for(url, self.scope)
        answer = self.calls.session.post(url, headers=headers, timeout=TIMEOUT_SECONDS)
        return Reply(url, answer.status_code, answer.headers, answer.content)

    def follow(self, reply: Reply) -> None:
        self.location = urljoin(reply.url, reply.headers["Location"])


class LeaksKeyError(SampleClient):
    """The Location of an upload is read without a look at the status."""

    upload_type = StatusUncheckedUpload


class UnguardedJsonLogin(SampleLogin):
    def read_token(self, reply: Reply) -> SampleToken:
        document = json.loads(reply.body)
        return SampleToken(document["access_token"], self.now() + 60)


class UnguardedJsonCalls(SampleCalls):
    login_type = UnguardedJsonLogin


class LeaksJsonError(SampleClient):
    """A token answer that is not JSON raises the error of the parser."""

    calls_type = UnguardedJsonCalls


class RawBodyCalls(SampleCalls):
    def read(self, answer: requests.Response) -> bytes:
        return bytes(answer.raw.read())


class LeaksErrorOfUrllib3(SampleClient):
    """A body is read below requests: one that breaks off raises an error of urllib3."""

    calls_type = RawBodyCalls


# bodies and digests


class TrustsBlob(SampleClient):
    """The digest of a blob is not checked."""

    def check_blob(self, content: bytes, digest: str) -> None: ...


class TrustsManifest(SampleClient):
    """The digest of a manifest is not checked."""

    def check_manifest(self, content: bytes, digest: str) -> None: ...


class PartialBodyCalls(SampleCalls):
    def read(self, answer: requests.Response) -> bytes:
        content = bytearray()
        with suppress(requests.RequestException):
            for piece in answer.iter_content(4):
                content += piece
        return bytes(content)


class TrustsPartOfBlob(SampleClient):
    """A blob that breaks off is returned as far as it came."""

    calls_type = PartialBodyCalls

    def check_blob(self, content: bytes, digest: str) -> None: ...


# uploads


class WrongOffsetUpload(SampleUpload):
    def find_progress(self) -> bool | None:
        found = super().find_progress()
        self.offset = max(self.offset - 1, 0)
        return found


class ResumesAtLastByte(SampleClient):
    """An upload goes on at the last byte of the Range instead of behind it."""

    upload_type = WrongOffsetUpload


class BlindUpload(SampleUpload):
    def find_progress(self) -> bool | None:
        return None


class RepeatsChunkBlindly(SampleClient):
    """A chunk is sent again without asking whether it has arrived."""

    upload_type = BlindUpload


class WaitingUpload(SampleUpload):
    def find_progress(self) -> bool | None:
        while super().find_progress() is None:
            self.attempts.pause(1)
        return True


class WaitsForLostChunk(SampleClient):
    """After an interruption it waits for the chunk, without end, and does not send it again."""

    upload_type = WaitingUpload


class NewUpload(SampleUpload):
    def find_progress(self) -> bool | None:
        self.follow(self.start())
        return None


class ContinuesInNewUpload(SampleClient):
    """After an interruption the rest of a blob goes into another upload."""

    upload_type = NewUpload


class ForgivingUpload(SampleUpload):
    def find_progress(self) -> bool | None:
        before = self.offset
        with suppress(SampleError):
            reply = self.ask_status()
            self.follow(reply)
            self.offset = reply.received
        return True if self.offset > before else None


class TakesErrorForNoProgress(SampleClient):
    """An upload that could not be asked for is taken to be where it was. It takes two failures."""

    upload_type = ForgivingUpload
