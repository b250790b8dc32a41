"""`SampleUpload`: one blob on its way to the registry, in chunks."""

from contextlib import suppress
from typing import Final
from urllib.parse import urlencode

from fake_registry.spec.names import digest_of
from tests.support.sample_client.attempts import SampleAttempts
from tests.support.sample_client.calls import SampleCalls
from tests.support.sample_client.errors import SampleError
from tests.support.sample_client.reply import Reply

CHUNK_BYTES: Final = 8


class SampleUpload:
    """Uploads one blob. After an interruption it asks the registry how far the upload is."""

    def __init__(
        self,
        calls: SampleCalls,
        attempts: SampleAttempts,
        repository: str,
        content: bytes,
    ) -> None:
        self.calls = calls
        self.attempts = attempts
        self.path = f"/v2/{repository}/blobs"
        self.scope = f"repository:{repository}:pull,push"
        self.cancel_scope = f"repository:{repository}:delete"
        self.content = content
        self.digest = digest_of(content)
        self.location = ""
        self.offset = 0

    def run(self) -> None:
        """Upload the blob. An upload that fails is cancelled."""
        self.follow(self.attempts.repeat(self.start))
        try:
            while self.offset < len(self.content):
                self.attempts.repeat(self.send_chunk, self.find_progress)
            self.attempts.repeat(self.finish, self.find_blob)
        except SampleError:
            self.cancel()
            raise

    def start(self) -> Reply:
        """Begin an upload."""
        url = self.calls.url_of(f"{self.path}/uploads/")
        return self.calls.call("POST", url, scope=self.scope, expected=(202,))

    def follow(self, reply: Reply) -> None:
        """Go on at the Location of an answer."""
        self.location = reply.location

    def send_chunk(self) -> bool:
        """Send the chunk at the offset."""
        chunk = self.content[self.offset : self.offset + CHUNK_BYTES]
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"{self.offset}-{self.offset + len(chunk) - 1}",
        }
        reply = self.calls.call(
            "PATCH",
            self.location,
            scope=self.scope,
            expected=(202,),
            data=chunk,
            headers=headers,
        )
        self.follow(reply)
        self.offset += len(chunk)
        return True

    def find_progress(self) -> bool | None:
        """Ask how far the upload is; return true if it is further than before."""
        before, reply = self.offset, self.attempts.repeat(self.ask_status)
        self.follow(reply)
        self.offset = reply.received
        return True if self.offset > before else None

    def ask_status(self) -> Reply:
        """Return where the upload is, and how far."""
        return self.calls.call("GET", self.location, scope=self.scope, expected=(204,))

    def finish(self) -> bool:
        """Close the upload."""
        separator = "&" if "?" in self.location else "?"
        url = f"{self.location}{separator}{urlencode({'digest': self.digest})}"
        self.calls.call("PUT", url, scope=self.scope, expected=(201,))
        return True

    def find_blob(self) -> bool | None:
        """Return true if the blob is there; otherwise find out where the upload is."""
        if self.attempts.repeat(self.has_blob):
            return True
        self.find_progress()
        return None

    def has_blob(self) -> bool:
        """Return whether the repository has the blob."""
        url = self.calls.url_of(f"{self.path}/{self.digest}")
        return self.calls.call("HEAD", url, scope=self.scope, expected=(200, 404)).status == 200

    def cancel(self) -> None:
        """Cancel the upload, if the registry lets us."""
        with suppress(SampleError):
            self.attempts.repeat(self.cancel_once)

    def cancel_once(self) -> Reply:
        """Cancel the upload. It may be gone already."""
        return self.calls.call(
            "DELETE",
            self.location,
            scope=self.cancel_scope,
            expected=(204, 404),
        )
