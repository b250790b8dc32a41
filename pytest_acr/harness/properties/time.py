"""What expires: tokens, unfinished uploads and the signed URLs of storage."""

from functools import partial
from typing import Final

from pytest_acr.harness.properties.property import acr_property

_TOKENS: Final = "acr-behaviour 3.6"
_STORAGE: Final = "acr-behaviour 8.3"
_UPLOADS: Final = "CNCF distribution, a week; [I] for ACR"


_property: Final = partial(acr_property, area="time")


ACCESS_TOKEN_LIFE: Final = _property(
    "access-token-life",
    "effect",
    _TOKENS,
    "An access token lives 4,500 seconds: exp minus nbf.",
)
ANONYMOUS_TOKEN_LIFE: Final = _property(
    "anonymous-token-life",
    "effect",
    _TOKENS,
    "An anonymous access token lives 1,200 seconds.",
)
REFRESH_TOKEN_LIFE: Final = _property(
    "refresh-token-life",
    "effect",
    _TOKENS,
    "A refresh token lives 11,700 seconds.",
)
TOKEN_BEGINS: Final = _property(
    "token-begins",
    "effect",
    f"{_TOKENS}; RFC 7519 §4.1.5",
    "A token is good from the second in which it was issued: nbf and iat.",
)
ACCESS_TOKEN_GOOD: Final = _property(
    "access-token-good",
    "effect",
    "RFC 7519 §4.1.4",
    "An access token is accepted before its exp.",
)
ACCESS_TOKEN_OVER: Final = _property(
    "access-token-over",
    "effect",
    "RFC 7519 §4.1.4; acr-behaviour 3.1",
    "An access token is 401 from its exp on.",
)
REFRESH_TOKEN_GOOD: Final = _property(
    "refresh-token-good",
    "effect",
    "RFC 7519 §4.1.4; acr-behaviour 3.4",
    "A refresh token gets an access token before its exp.",
)
REFRESH_TOKEN_OVER: Final = _property(
    "refresh-token-over",
    "effect",
    "RFC 7519 §4.1.4; acr-behaviour 3.4",
    "A refresh token is 401 from its exp on.",
)
EXPIRED_ERROR: Final = _property(
    "expired-token-error",
    "wording",
    "acr-behaviour 3.1",
    'The challenge for an expired token has error="invalid_token".',
)
UPLOAD_GOOD: Final = _property(
    "upload-in-time",
    "effect",
    _UPLOADS,
    "An upload goes on within a week after its last chunk, whenever it was begun.",
)
UPLOAD_OVER: Final = _property(
    "upload-expired",
    "effect",
    _UPLOADS,
    "An upload to which nothing was added for a week is 404: its status, a chunk and its end.",
)
STORAGE_LIFE: Final = _property(
    "storage-url-life",
    "effect",
    _STORAGE,
    "A signed URL is good for 20 to 30 minutes.",
)
STORAGE_GOOD: Final = _property(
    "storage-url-good",
    "effect",
    _STORAGE,
    "A signed URL is answered with the blob before its expiry.",
)
STORAGE_OVER: Final = _property(
    "storage-url-over",
    "effect",
    _STORAGE,
    "A signed URL that has expired is 403.",
)

TIME: Final = (
    *(ACCESS_TOKEN_LIFE, ANONYMOUS_TOKEN_LIFE, REFRESH_TOKEN_LIFE, TOKEN_BEGINS),
    *(ACCESS_TOKEN_GOOD, ACCESS_TOKEN_OVER, REFRESH_TOKEN_GOOD, REFRESH_TOKEN_OVER),
    *(EXPIRED_ERROR, UPLOAD_GOOD, UPLOAD_OVER, STORAGE_LIFE, STORAGE_GOOD, STORAGE_OVER),
)
