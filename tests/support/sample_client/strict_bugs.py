"""Sample clients with one bug each that a registry tolerates, for strict mode to find."""

from typing import Any
from uuid import UUID

from tests.support.sample_client.calls import SampleCalls
from tests.support.sample_client.client import MAX_LOOKS, SampleClient
from tests.support.sample_client.errors import SampleError
from tests.support.sample_client.login import SampleLogin, SampleToken
from tests.support.sample_client.reply import Reply
from tests.support.sample_client.upload import CHUNK_BYTES, SampleUpload

# logins


class CarelessCalls(SampleCalls):
    def follow(self, redirect: Reply, headers: dict[str, str]) -> Reply:
        return self.send("GET", redirect.location, headers=headers)


class SendsTokenToStorage(SampleClient):
    """The token goes along to the storage host of a redirect."""

    calls_type = CarelessCalls


class ForgetfulLogin(SampleLogin):
    def token_for(self, scope: str) -> str:
        self.tokens.clear()
        return super().token_for(scope)


class ForgetfulCalls(SampleCalls):
    login_type = ForgetfulLogin


class LogsInForEachCall(SampleClient):
    """Each call fetches a token."""

    calls_type = ForgetfulCalls


class StubbornLogin(SampleLogin):
    def read_token(self, reply: Reply) -> SampleToken:
        return SampleToken(super().read_token(reply).text, float("inf"))

    def accept_challenge(self, reply: Reply, scope: str) -> bool:
        token = self.tokens.get(scope)
        is_bearer = super().accept_challenge(reply, scope)
        if token is not None:
            self.tokens[scope] = token
        return is_bearer


class StubbornCalls(SampleCalls):
    login_type = StubbornLogin


class KeepsExpiredToken(SampleClient):
    """A token is used for ever, also after it was refused."""

    calls_type = StubbornCalls


class UnpreparedCalls(SampleCalls):
    def call(
        self,
        method: str,
        url: str,
        *,
        scope: str,
        expected: tuple[int, ...] = (200,),
        **options: Any,  # Any: the options of requests
    ) -> Reply:
        reply = self.send(method, url, **options)
        if reply.status == 401:
            self.login.accept_challenge(reply, scope)
            reply = self.send_as_caller(method, url, scope, **options)
        if reply.status not in expected:
            raise SampleError(f"{method}: expected {expected}, found {reply.status}")
        return reply


class SendsBodiesWithoutToken(SampleClient):
    """Each call goes without a token first, and with its body."""

    calls_type = UnpreparedCalls


# uploads


class StatelessUpload(SampleUpload):
    def follow(self, reply: Reply) -> None:
        self.location, _, _ = reply.location.partition("?")


class DropsUploadState(SampleClient):
    """The query of a Location is left out."""

    upload_type = StatelessUpload


class OwnIdUpload(SampleUpload):
    def run(self) -> None:
        self.location = self.calls.url_of(f"{self.path}/uploads/{UUID(int=len(self.content))}")
        self.send_chunk()


class BuildsLocation(SampleClient):
    """An upload goes to an id of the client's own."""

    upload_type = OwnIdUpload


class LengthlessCalls(SampleCalls):
    def send(self, method: str, url: str, **options: Any) -> Reply:  # Any: the options of requests
        if "data" in options:
            options["data"] = iter([options["data"]])
        return super().send(method, url, **options)


class SendsNoContentLength(SampleClient):
    """Bodies are streamed without a length."""

    calls_type = LengthlessCalls


class UploadsWithoutAsking(SampleClient):
    """Blobs are uploaded, whether they are there or not."""

    def push_blob(self, repository: str, content: bytes) -> None:
        self.upload_type(self.calls, self.attempts, repository, content).run()


class LeakyUpload(SampleUpload):
    def cancel(self) -> None: ...


class LeavesUploads(SampleClient):
    """An upload that failed is not cancelled."""

    upload_type = LeakyUpload


class UnplacedUpload(SampleUpload):
    def send_chunk(self) -> bool:
        chunk = self.content[self.offset : self.offset + CHUNK_BYTES]
        reply = self.calls.call(
            "PATCH",
            self.location,
            scope=self.scope,
            expected=(202,),
            data=chunk,
        )
        self.follow(reply)
        self.offset += len(chunk)
        return True

    def find_progress(self) -> bool | None:
        return None


class AppendsTwice(SampleClient):
    """After a lost answer a chunk without Content-Range is sent again: the upload has it twice."""

    upload_type = UnplacedUpload


class BlindEndUpload(SampleUpload):
    def find_blob(self) -> bool | None:
        return None


class EndsTwice(SampleClient):
    """After a lost answer the end of an upload is sent again without a look for the blob."""

    upload_type = BlindEndUpload


# manifests


class AcceptsAnything(SampleClient):
    """Accept lists no type."""

    accept = "*/*"


class ReadsManifestForEachBlob(SampleClient):
    """The manifest is downloaded again for each blob in it."""

    def pull_blob(self, repository: str, digest: str) -> bytes:
        self.manifest(repository, "v1")
        return super().pull_blob(repository, digest)


class OverwritesMovedTag(SampleClient):
    """A tag is replaced without another look at it."""

    def is_still_at(self, repository: str, tag: str, found: Reply) -> bool:
        return True


class PollsWithoutPause(SampleClient):
    """A tag is waited for without a pause."""

    def wait_for(self, repository: str, tag: str) -> str:
        for _ in range(MAX_LOOKS):
            digest = self.digest_at(repository, tag)
            if digest is not None:
                return digest
        raise SampleError(f"expected the tag {tag}, found none")


# lists


class ListsFirstPage(SampleClient):
    """The Link to the next page of tags is not followed."""

    def tags(self, repository: str) -> list[str]:
        url = self.calls.url_of(f"/v2/{repository}/tags/list")
        found, _ = self.attempts.repeat(lambda: self.page_of_tags(repository, url))
        return found


class ListsCatalogue(SampleClient):
    """The catalogue is listed to find one repository."""

    def has_repository(self, repository: str) -> bool:
        url: str | None = self.calls.url_of("/v2/_catalog")
        names: list[str] = []
        while url is not None:
            page = self.calls.call("GET", url, scope="registry:catalog:*")
            names += page.json()["repositories"]
            url = page.next_page
        return repository in names
