"""The content that concurrent checks push, and what they read in responses."""

import json
import re
from collections.abc import Callable, Hashable
from random import Random
from typing import Any, Final

from pytest_acr.harness.concurrency.history import Observed, SendAndRead
from pytest_acr.harness.concurrency.models import (
    ABSENT,
    CORRUPT,
    DONE,
    FORBIDDEN,
    MISPLACED,
    REFUSED,
    THROTTLED,
)
from pytest_acr.harness.locations import upload_path_of
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.model import digest_of

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"
"""image-spec v1.1, Image Manifest."""
OCTETS: Final = ("Content-Type", "application/octet-stream")

CONFIG: Final = b"{}"
LAYER: Final = b"a layer of every manifest"

_WORDS: Final = {404: ABSENT, 405: FORBIDDEN, 416: MISPLACED, 429: THROTTLED}
_MAX_TAGS: Final = 1_000
"""More than a check pushes."""
_MAX_TAG: Final = 128
"""Characters (distribution-spec v1.1.1, Pulling manifests)."""
_RANGE: Final = re.compile(r"(?:bytes=)?0-([0-9]{1,18})", re.ASCII)


# content


def blob_content(repository: str, name: str) -> bytes:
    """Return the content of a blob."""
    return f"blob {name} of {repository}".encode()


def upload_content(repository: str, name: str, size: int) -> bytes:
    """Return the content of an upload, of which each chunk is a part."""
    return Random(f"{repository} {name}").randbytes(size)  # noqa: S311 - not for secrets


def manifest_content(tag: str, number: int) -> bytes:
    """Return the manifest of this number of a tag."""
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor_of(CONFIG_TYPE, CONFIG),
        "layers": [_descriptor_of(LAYER_TYPE, LAYER)],
        "annotations": {"com.example.pushed": f"{tag} {number}"},
    }
    return json.dumps(document).encode()


def _descriptor_of(media_type: str, content: bytes) -> dict[str, str | int]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


# responses


def outcome_of(response: RawResponse, value: Hashable = None) -> Observed | None:
    """Return the outcome of a request; `value` is that of a success.

    A 5xx says nothing about the effect, as if the answer were lost.
    """
    if response.status >= 500:
        return None
    if 200 <= response.status < 300:
        return Observed("done", value)
    return _WORDS.get(response.status, REFUSED)


def one_request(
    request: RawRequest,
    read: Callable[[RawResponse], Observed | None] = outcome_of,
) -> SendAndRead:
    """Return an operation of one request, whose response `read` turns into the outcome."""
    return lambda send: read(send(request))


def content_outcome(digest: str, response: RawResponse) -> Observed | None:
    """Return the outcome of a GET of content by its digest."""
    outcome = outcome_of(response)
    if outcome == DONE and digest_of(response.body) != digest:
        return CORRUPT
    return outcome


def received_bytes(response: RawResponse) -> int | None:
    """Return the bytes of an upload by the Range of a response, None without a valid one.

    `0-0` is the Range of an upload without content.
    """
    match = _RANGE.fullmatch(response.header("range") or "")
    if match is None:
        return None
    last = int(match[1])
    return last + 1 if last else 0


def path_of_location(response: RawResponse, repository: str) -> str | None:
    """Return the path and the query of the Location of an upload to a repository.

    None without one, for a malformed one, and for one at the content of another repository.
    """
    return upload_path_of(response.header("location"), repository)


def tags_in(response: RawResponse) -> tuple[str, ...]:
    """Return the first names in a tag list, each as long as a tag may be; none if it is not one."""
    tags = _member_of(response, "tags")
    if not isinstance(tags, list):
        return ()
    return tuple(tag[:_MAX_TAG] for tag in tags[:_MAX_TAGS] if isinstance(tag, str))


def attributes_in(response: RawResponse) -> tuple[bool, bool] | None:
    """Return whether ACR's properties of a tag allow to write and to delete it."""
    match _member_of(response, "tag"):
        case {"changeableAttributes": {"writeEnabled": bool(write), "deleteEnabled": bool(delete)}}:
            return write, delete
    return None


def _member_of(response: RawResponse, name: str) -> Any:  # Any: JSON
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return document.get(name) if isinstance(document, dict) else None
