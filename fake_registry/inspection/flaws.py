"""The flaws of content that a manifest refers to, in words: absent, malformed, or of another size."""

from typing import Final

from fake_registry.core.blobs import Blob
from fake_registry.core.state import ManifestRecord
from fake_registry.spec import media_types
from fake_registry.spec.json_object import decode_object
from fake_registry.spec.manifest import Descriptor

_ABSENT: Final = "the repository does not have it"
_MOST_BYTES: Final = 1024 * 1024
"""The longest config that is read."""


def flaw_of_record(descriptor: Descriptor, record: ManifestRecord) -> str:
    """Return the flaw of a manifest that the repository has; empty without one."""
    manifest = record.manifest
    if descriptor.media_type != manifest.media_type:
        return f"the reference names another media type: {descriptor.media_type[:200]}"
    if manifest.media_type not in media_types.MANIFESTS:
        return "the media type is unknown: its references are not read"
    return _flaw_of_size(descriptor, len(manifest.content))


def flaw_of_manifest(blob: Blob | None) -> str:
    """Return the flaw of a manifest that the repository does not have, but perhaps as a blob."""
    return _ABSENT if blob is None else "the repository has it as a blob, and not as a manifest"


def flaw_of_blob(descriptor: Descriptor, blob: Blob | None) -> str:
    """Return the flaw of a config or a layer; empty without one."""
    if blob is None:
        is_elsewhere = media_types.is_nondistributable(descriptor.media_type)
        return "" if is_elsewhere else _ABSENT

    is_config = descriptor.media_type in media_types.IMAGE_CONFIGS
    return _flaw_of_size(descriptor, blob.size) or (_flaw_of_config(blob) if is_config else "")


def _flaw_of_size(descriptor: Descriptor, size: int) -> str:
    if descriptor.size in (None, size):
        return ""
    return f"the reference says {descriptor.size} bytes, the repository has {size}"


def _flaw_of_config(config: Blob) -> str:
    if config.size > _MOST_BYTES:
        return ""
    try:
        decode_object(b"".join(config.chunks()))
    except ValueError as error:
        return f"the config is malformed: {str(error)[:200]}"
    return ""
