"""Sources, targets, effects and helpers of the tests of the content client."""

import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from azure.core.exceptions import AzureError

from fake_registry import FakeRegistry
from fake_registry.http.answers import Answer
from fake_registry.http.faults import Scene, When
from fake_registry.journal.exchange import Exchange
from pytest_acr import (
    ContainerRegistryContentClient,
    DigestValidationError,
    OciAnnotations,
    OciDescriptor,
    OciImageManifest,
)

DOCUMENTED = (AzureError, DigestValidationError)
"""The errors that an operation with valid arguments may raise."""


def close_stream(stream: io.BytesIO) -> io.BytesIO:
    stream.close()
    return stream


class Dribble(io.RawIOBase):
    """A stream that cannot seek and returns at most `step` bytes per read."""

    def __init__(self, content: bytes, step: int) -> None:
        self._content = io.BytesIO(content)
        self._step = step

    def read(self, size: int = -1) -> bytes:
        return self._content.read(self._step if size < 0 else min(size, self._step))


class AioDribble:
    """An async stream that returns at most `step` bytes per read."""

    def __init__(self, content: bytes, step: int) -> None:
        self._content = io.BytesIO(content)
        self._step = step

    async def read(self, size: int) -> bytes:
        return self._content.read(min(size, self._step))


class AioSink:
    """An async stream that writes at most 1000 bytes per call."""

    def __init__(self) -> None:
        self.content = b""

    async def write(self, piece: bytes) -> int:
        written = piece[:1000]
        self.content += written
        return len(written)


async def trickle(*pieces: bytes) -> AsyncIterator[bytes]:
    """Yield `pieces` asynchronously."""
    for piece in pieces:
        yield piece


@dataclass(frozen=True)
class Alter:
    """An effect: replaces headers of the answer and, if given, its status and body."""

    default_when: ClassVar[When] = "after"

    headers: dict[str, str | None]
    body: bytes | None = None
    status: int | None = None

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        changes = dict(self.headers)
        if self.body is not None:
            changes |= {"Content-Length": str(len(self.body)), "Transfer-Encoding": None}
        changed = {name.lower() for name in changes}
        kept = [(name, value) for name, value in answer.headers if name.lower() not in changed]
        added = [(name, value) for name, value in changes.items() if value is not None]
        body = answer.body if self.body is None else (self.body,)
        return replace(answer, status=self.status or answer.status, headers=(*kept, *added), body=body)


@dataclass(frozen=True)
class SendChallenge:
    """An effect: answers 401 with this challenge."""

    default_when: ClassVar[When] = "door"

    challenge: str

    def on_request(self, scene: Scene) -> Answer:
        headers = (("Content-Length", "0"), *((("Www-Authenticate", self.challenge),) if self.challenge else ()))
        return Answer(401, headers)


def image(client: ContainerRegistryContentClient, **members: object) -> OciImageManifest:
    """Upload a config and a layer; return a manifest of them, not pushed yet."""
    config, layer = client.upload_blob(b"{}"), client.upload_blob(b"layer")
    return OciImageManifest(
        config=OciDescriptor(media_type="application/vnd.oci.image.config.v1+json", digest=config.digest, size=2),
        layers=[OciDescriptor(media_type="text/plain", digest=layer.digest, size=5)],
        annotations=OciAnnotations(title="hello"),
        others=members,
    )


def exchanges_at(acr: FakeRegistry, endpoint: str) -> list[Exchange]:
    """Return the exchanges at an endpoint."""
    return [exchange for exchange in acr.requests if exchange.endpoint == endpoint]


def pieces_of(content: bytes, step: int) -> Iterator[bytes]:
    """Yield `content`, `step` bytes at a time."""
    return (content[at : at + step] for at in range(0, len(content), step))
