"""Effects that change the headers of responses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer
from fake_registry.http.faults.header_text import check_header_name, check_header_value
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.names import HEX_LENGTHS, digest_of

_DIGEST = "Docker-Content-Digest"
_TYPE = "Content-Type"

_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
"""A Content-Length (RFC 9110 §8.6) that fits in 64 bits."""


@dataclass(frozen=True)
class DropHeader:
    """The response lacks this header, in any case, and each line of it.

    Without Content-Length a body is sent in chunks. The headers of the connection, such as
    Transfer-Encoding, are the server's own: ValueError.
    """

    default_when: ClassVar[When] = "after"

    header: str

    def __post_init__(self) -> None:
        check_fields(self)
        check_header_name("header", self.header)

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        rest = answer.without(self.header)
        if rest.headers == answer.headers:
            scene.note_no_effect(_absence_of(self.header, answer))
        return rest


@dataclass(frozen=True)
class SetHeader:
    """The response has this header once, with this value, in place of any others.

    A Content-Length that is shorter than the body cuts it, a longer one lets it break off. The
    headers of the connection, such as Transfer-Encoding, are the server's own: ValueError, as for
    a malformed name or value.
    """

    default_when: ClassVar[When] = "after"

    header: str
    value: str

    def __post_init__(self) -> None:
        check_fields(self)
        check_header_name("header", self.header)
        check_header_value("value", self.value)

        if self._is_length and not _LENGTH.fullmatch(self.value):
            raise ValueError(f"value: expected a number of bytes, found {self.value!r}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        found = [value for name, value in answer.headers if name.lower() == self.header.lower()]
        if found == [self.value]:
            scene.note_no_effect(f"the answer has {self.header}: {self.value} already")

        changed = answer.setting(self.header, self.value)
        return changed.cut(int(self.value)) if self._is_length else changed

    @property
    def _is_length(self) -> bool:
        return self.header.lower() == "content-length"


@dataclass(frozen=True)
class WrongDigest:
    """Docker-Content-Digest is the digest of other content."""

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = (
        EndpointName.BLOB_GET,
        EndpointName.BLOB_HEAD,
        EndpointName.UPLOAD_START,
        EndpointName.UPLOAD_FINISH,
        EndpointName.MANIFEST_GET,
        EndpointName.MANIFEST_HEAD,
        EndpointName.MANIFEST_PUT,
    )

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        digest = answer.header(_DIGEST)
        if digest is None:
            scene.note_no_effect(_absence_of(_DIGEST, answer))
            return answer
        return answer.setting(_DIGEST, _another_digest(digest))


@dataclass(frozen=True)
class WrongType:
    """Content-Type is `media_type`, and the body stays as it is.

    At a `blob.get` that redirects, it is the type of the blob at the end of the redirect.
    """

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    media_type: str

    def __post_init__(self) -> None:
        check_fields(self)
        check_header_value("media_type", self.media_type)

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        found = answer.header(_TYPE)
        if found is None:
            scene.note_no_effect(_absence_of(_TYPE, answer))
            return answer
        if found == self.media_type:
            scene.note_no_effect(f"the answer has the type {found} already")
        return answer.setting(_TYPE, self.media_type)


def _another_digest(digest: str) -> str:
    """Return a digest of the same algorithm, of content that no test has."""
    algorithm = digest.partition(":")[0]
    known = algorithm if algorithm in HEX_LENGTHS else "sha256"
    return digest_of(f"other content than {digest}".encode(), known)


def _absence_of(name: str, answer: Answer) -> str:
    """Return why a header could not be changed, with the headers that could be."""
    if answer.redirect_url is not None:
        end = "; it redirects to storage.blob"
    else:
        end = f"; it has {_names_of(answer.headers)}"
    return f"the answer, of status {answer.status}, has no {name}{end}"


def _names_of(headers: Iterable[tuple[str, str]]) -> str:
    return ", ".join(dict.fromkeys(name for name, _ in headers))
