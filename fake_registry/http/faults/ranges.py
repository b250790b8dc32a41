"""Effects on downloads of a part of a blob (RFC 9110 §14)."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import EndpointName
from fake_registry.wire.ranges import decode_content_range_of, encode_content_range_of

_DOWNLOADS: Final = (EndpointName.BLOB_GET, EndpointName.STORAGE_BLOB)

_RANGE: Final = "Range"
_CONTENT_RANGE: Final = "Content-Range"
_LENGTH: Final = "Content-Length"


@dataclass(frozen=True)
class IgnoreRange:
    """A request for a part of a blob is answered with status 200 and the whole blob."""

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = _DOWNLOADS
    follows_redirects: ClassVar[bool] = True

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if not _is_part(scene, answer):
            return answer
        return scene.answer_to(_without_range(scene.call))


@dataclass(frozen=True)
class ShortRange:
    """A part of a blob ends after `size` bytes; status 206 and Content-Range say so.

    A part that is not longer passes unchanged.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = _DOWNLOADS
    follows_redirects: ClassVar[bool] = True

    size: int

    def __post_init__(self) -> None:
        check_fields(self)
        if self.size < 1:
            raise ValueError(f"expected size of at least 1 byte, found {self.size}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        bounds = _bounds_of(scene, answer)
        if bounds is None:
            return answer

        start, stop, total = bounds
        if stop - start <= self.size:
            scene.note_no_effect(f"the part has {stop - start} bytes, which are not more than size")
            return answer

        content_range = encode_content_range_of(start, start + self.size, total)
        shorter = answer.setting(_CONTENT_RANGE, content_range).setting(_LENGTH, str(self.size))
        return shorter.cut(self.size)


@dataclass(frozen=True)
class ZeroChunk:
    """A part of a blob has no bytes: status 206, Content-Length 0, and Content-Range as requested.

    A client that requests the rest until it has all of it never ends, unless the fault has `times`.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = _DOWNLOADS
    follows_redirects: ClassVar[bool] = True

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if not _is_part(scene, answer):
            return answer
        return replace(answer.setting(_LENGTH, "0"), body=())


def _bounds_of(scene: Scene, answer: Answer) -> tuple[int, int, int] | None:
    """Return start, stop and the blob's size; None, with a note why, for no single part."""
    if not _is_part(scene, answer):
        return None

    text = answer.header(_CONTENT_RANGE)
    if text is None:
        scene.note_no_effect("the answer has several parts: it acts on requests for one")
        return None
    try:
        start, stop, size = decode_content_range_of(text)
    except ValueError as error:  # another effect has changed it
        scene.note_no_effect(f"{_CONTENT_RANGE}: {error}")
        return None
    return start, stop, stop if size is None else size


def _is_part(scene: Scene, answer: Answer) -> bool:
    """Return whether the answer is a part of a blob; note why it stays as it is if not."""
    if answer.status == 206:
        return True

    requested = scene.call.request.header(_RANGE)
    if requested is None:
        reason = f"the request has no Range, and the answer is {answer.status}, not 206"
    else:
        reason = f"the answer to Range: {requested[:100]} is {answer.status}, not 206"
    scene.note_no_effect(reason)
    return False


def _without_range(call: Call) -> Call:
    request = call.request
    environ = {key: value for key, value in request.environ.items() if key != "HTTP_RANGE"}
    return replace(call, request=request._replace(environ=environ))
