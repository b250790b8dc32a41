"""`SceneUploads`: the unfinished uploads of a repository, for effects."""

from collections.abc import Mapping
from dataclasses import dataclass

from fake_registry.core.memory import MemoryRegistry
from fake_registry.http.blobs import progress_headers
from fake_registry.http.call import Backend, Call
from fake_registry.spec.names import UploadId


@dataclass(frozen=True)
class SceneUploads:
    """The uploads to the repository of the call. See `Scene.uploads`."""

    _call: Call
    _backend: Backend
    _memory: MemoryRegistry

    def move(self, upload: UploadId) -> Mapping[str, str]:
        """Continue an upload under another id; the old one is unknown.

        Return the headers of answers about it: Location, Docker-Upload-Uuid and Range.
        BlobUploadUnknown.
        """
        moved = self._memory.uploads.move(self._call.repository, upload)
        return progress_headers(self._backend, moved)

    def offset_before_last_chunk(self, upload: UploadId) -> int:
        """Return the bytes that an upload had before its last chunk. BlobUploadUnknown."""
        return self._memory.uploads.offset_before(self._call.repository, upload)
