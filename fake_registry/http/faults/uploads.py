"""Effects on uploads. A client has to follow the Location of the last answer, and nothing else."""

from dataclasses import dataclass
from typing import ClassVar

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.header_text import check_host
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.errors import BlobUploadUnknown
from fake_registry.spec.names import UploadId
from fake_registry.wire.ranges import encode_upload_range

_ID = "Docker-Upload-Uuid"


@dataclass(frozen=True)
class ForgetUpload:
    """The upload is gone: this request (`door`, `before`) or the next one (`after`) is refused.

    The error is BLOB_UPLOAD_UNKNOWN. Its content is lost, and a client has to start again.
    """

    default_when: ClassVar[When] = "before"
    endpoints: ClassVar[tuple[str, ...]] = (
        EndpointName.UPLOAD_CHUNK,
        EndpointName.UPLOAD_FINISH,
        EndpointName.UPLOAD_STATUS,
        EndpointName.UPLOAD_CANCEL,
    )

    def on_request(self, scene: Scene) -> Call:
        _forget(scene, scene.call.upload)
        return scene.call

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        _forget(scene, _upload_of(scene, answer))
        return answer


@dataclass(frozen=True)
class MoveUpload:
    """The upload goes on under another id: Location and Docker-Upload-Uuid change.

    The old location is BLOB_UPLOAD_UNKNOWN from then on. With a `host`, which may have a port,
    Location is a URL at this host; without one it is a path, as usual. So a client fails that
    builds URLs itself, or that keeps the first Location.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = (
        EndpointName.UPLOAD_START,
        EndpointName.UPLOAD_CHUNK,
        EndpointName.UPLOAD_STATUS,
    )

    host: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.host is not None:
            check_host("host", self.host)

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        try:
            headers = scene.uploads.move(_upload_of(scene, answer))
        except BlobUploadUnknown:
            _note_absence(scene, answer)
            return answer

        location = headers["Location"]
        if self.host is not None:
            location = f"{scene.call.request.scheme}://{self.host}{location}"
        return answer.setting("Location", location).setting(_ID, headers[_ID])


@dataclass(frozen=True)
class StaleRange:
    """The Range of an upload is the one before its last chunk, which is stored all the same.

    A client that continues there sends the chunk twice.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = (
        EndpointName.UPLOAD_CHUNK,
        EndpointName.UPLOAD_STATUS,
    )

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        found = answer.header("Range")
        if found is None:
            scene.note_no_effect(f"the answer, of status {answer.status}, has no Range")
            return answer

        try:
            offset = scene.uploads.offset_before_last_chunk(_upload_of(scene, answer))
        except BlobUploadUnknown:
            _note_absence(scene, answer)
            return answer

        stale = encode_upload_range(offset)
        if stale == found:
            scene.note_no_effect(f"the Range is {found} before and after the last chunk")
        return answer.setting("Range", stale)


def _upload_of(scene: Scene, answer: Answer) -> UploadId:
    """Return the id of the upload, which another effect may have moved."""
    return UploadId(answer.header(_ID) or scene.call.upload)


def _forget(scene: Scene, upload: UploadId) -> None:
    try:
        scene.registry.cancel_upload(scene.call.repository, upload)
    except BlobUploadUnknown:
        scene.note_no_effect("the upload has ended, or there was none of this id")


def _note_absence(scene: Scene, answer: Answer) -> None:
    scene.note_no_effect(f"the answer is {answer.status}, and there is no upload of this id")
