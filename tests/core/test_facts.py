"""The facts of an error, as `spec.errors` documents them; `wire` words its message from them."""

from collections.abc import Callable

import pytest

from fake_registry.core.memory import MemoryRegistry
from fake_registry.spec.errors import (
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadRangeInvalid,
    BlobUploadUnknown,
    ManifestBlobUnknown,
    ManifestUnknown,
    NameUnknown,
    RegistryError,
    TagUnknown,
)
from fake_registry.spec.names import UploadId
from tests.support.images import ABSENT, HELLO, NOWHERE, V1, V2, image, index, push

UPLOAD = UploadId("upload-1")
"""The first one that these registries begin; two bytes have arrived."""

Call = Callable[[MemoryRegistry], object]


@pytest.mark.parametrize(
    ("call", "error", "facts"),
    [
        (lambda r: r.get_blob(HELLO, ABSENT), BlobUnknown, {"repository": HELLO, "digest": ABSENT}),
        (lambda r: r.delete_blob(NOWHERE, ABSENT), BlobUnknown, {"repository": NOWHERE, "digest": ABSENT}),
        (lambda r: r.get_manifest(HELLO, V2), ManifestUnknown, {"repository": HELLO, "tag": V2}),
        (lambda r: r.get_manifest(HELLO, ABSENT), ManifestUnknown, {"repository": HELLO, "digest": ABSENT}),
        (lambda r: r.delete_manifest(NOWHERE, ABSENT), ManifestUnknown, {"repository": NOWHERE, "digest": ABSENT}),
        (lambda r: r.delete_tag(HELLO, V2), TagUnknown, {"repository": HELLO, "tag": V2}),
        (lambda r: r.tag_properties(NOWHERE, V1), TagUnknown, {"repository": NOWHERE, "tag": V1}),
        (lambda r: r.list_tags(NOWHERE), NameUnknown, {"repository": NOWHERE}),
        (lambda r: r.delete_repository(NOWHERE), NameUnknown, {"repository": NOWHERE}),
        (
            lambda r: r.put_manifest(HELLO, image().manifest),
            ManifestBlobUnknown,
            {"digest": image().manifest.facts.blobs[0].digest},
        ),
        (lambda r: r.upload_status(NOWHERE, UPLOAD), BlobUploadUnknown, {"repository": NOWHERE, "upload": UPLOAD}),
        (
            lambda r: r.append_chunk(HELLO, UPLOAD, [b""], offset=7),
            BlobUploadRangeInvalid,
            {"upload": UPLOAD, "offset": 2},
        ),
        (
            lambda r: r.append_chunk(HELLO, UPLOAD, [b""], seen=0),
            BlobUploadInvalid,
            {"upload": UPLOAD, "seen": 0, "offset": 2},
        ),
    ],
)
def test_error_has_the_expected_and_the_found_values(
    registry: MemoryRegistry, call: Call, error: type[RegistryError], facts: dict[str, object]
) -> None:
    push(registry, HELLO, index(), tags=[V1])
    registry.append_chunk(HELLO, registry.start_upload(HELLO).upload, [b"hi"])
    with pytest.raises(error) as refused:
        call(registry)
    assert (type(refused.value), refused.value.facts) == (error, facts)
