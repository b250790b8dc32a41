"""What a client accepts of a registry that it does not control, and the errors beyond that.

Each error has a class of its own, the same in every client of this repository. The content clients
raise subclasses that are errors of azure-core as well.
"""

from collections.abc import Mapping
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

MAX_ERROR_BYTES: Final = 64 * KIB
"""How much is read of the answer to a request that failed, or whose answer has no content."""

MAX_TOKEN_BYTES: Final = MIB
"""Of the answer of a token service. Tokens of ACR have up to a few KiB."""

MAX_MANIFEST_BYTES: Final = 4 * MIB
"""Of a manifest (distribution-spec v1.1.1, Pushing Manifests)."""

MAX_PAGE_BYTES: Final = 16 * MIB
"""Of one page of a list. Registries without paging send all tags at once."""

MAX_LIST_BYTES: Final = 64 * MIB
"""Of all pages of a list together, the URLs included."""

MAX_PAGES: Final = 10_000
"""Pages of one list."""


class BoundExceeded(Exception):
    """A registry sent more, or took longer, than a client accepts."""


class ResponseTooLarge(BoundExceeded, ValueError):
    """A manifest, a page of a list or a token is larger than a client accepts."""


class EncodingRefused(BoundExceeded, ValueError):
    """Content came compressed although the request allowed no encoding.

    Its length and digest could not be checked, and a small body could become a large one.
    """


class EndlessList(BoundExceeded, ValueError):
    """The pages of a list lead to an earlier page, or there are more than a client accepts."""


class RetryAfterTooLong(BoundExceeded, ValueError):
    """A registry asks to wait for longer than a client accepts."""


class DeadlineExceeded(BoundExceeded, TimeoutError):
    """An answer did not arrive in time, although its connection was not silent."""


def too_large(what: str, limit: int) -> ResponseTooLarge:
    """Return the error for content of more than `limit` bytes."""
    return ResponseTooLarge(f"{what}: expected at most {limit} bytes, found more")


def encoding_of(headers: Mapping[str, str]) -> str | None:
    """Return the Content-Encoding of an answer, if its body has another form than its content."""
    values = [value for name, value in headers.items() if name.lower() == "content-encoding"]
    encoding = ", ".join(values).strip().lower()
    return None if encoding in ("", "identity") else encoding


def check_encoding(what: str, headers: Mapping[str, str]) -> None:
    """Raise EncodingRefused for an answer with a Content-Encoding."""
    encoding = encoding_of(headers)
    if encoding is not None:
        expected = "content without an encoding, as requested"
        raise EncodingRefused(f"{what}: expected {expected}, found Content-Encoding {encoding!r}")
