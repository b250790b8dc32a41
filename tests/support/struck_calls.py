"""The calls at which the law of effects strikes each effect."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import requests

from fake_registry import FakeRegistry, Settings
from fake_registry.clock import Clock
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.media_types import OCTET_STREAM
from fake_registry.spec.names import digest_of
from tests.support.http import OCI_INDEX, index_bytes
from tests.support.struck_requests import (
    HELLO,
    LAYER,
    TAGS,
    claims_of_token,
    get_manifest,
    header_view,
    keeps_its_id,
    list_all_tags,
    list_referrers,
    list_tags,
    list_tags_logged_in,
    log_in,
    names_in_challenge,
    open_azure,
    open_registry,
    page_and_link,
    pull,
    pull_range,
    pull_twice,
    push,
    push_and_get,
    push_and_list,
    registry_with_login,
    status_alone,
    status_and_body,
    status_body_and_coding,
    upload,
    upload_in_chunks,
)


@dataclass(frozen=True, kw_only=True)
class StruckCall:
    """A call that succeeds any number of times in a registry of its own, which has LAYER and TAGS."""

    endpoint: EndpointName
    send: Callable[[requests.Session, str], requests.Response]
    """Sends it, with the requests that must come before, to the registry at a URL."""
    success: object
    """The part of the answer that `view` returns of a success."""
    view: Callable[[requests.Response], object] = status_and_body
    """Returns the part that is the same in each registry."""
    settings: Settings = field(default_factory=open_registry)
    struck: int = 1
    """The number of requests to the endpoint that `send` makes."""

    def registry(self, clock: Clock) -> FakeRegistry:
        """Return the registry, whose time is that of `clock`."""
        registry = FakeRegistry(self.settings, clock=clock)
        registry.content.put_blob(HELLO, digest_of(LAYER), [LAYER])
        registry.content.put_manifest(HELLO, read_manifest(index_bytes(), OCI_INDEX), tags=TAGS)
        return registry


PULL: Final = StruckCall(endpoint=EndpointName.BLOB_GET, send=pull, success=(200, LAYER))
UPLOAD: Final = StruckCall(endpoint=EndpointName.UPLOAD_CHUNK, send=upload, success=(202, b""))
PUSH: Final = StruckCall(endpoint=EndpointName.MANIFEST_PUT, send=push, success=(201, b""))
TWO_PULLS: Final = StruckCall(
    endpoint=EndpointName.BLOB_GET,
    send=pull_twice,
    success=(200, LAYER),
    struck=2,
)
_PAGE: Final = (200, b'{"name":"samples/hello","tags":["v1"]}\n')
PAGE: Final = StruckCall(endpoint=EndpointName.TAGS_LIST, send=list_tags, success=_PAGE)
"""The first of two pages."""
LINKED_PAGE: Final = replace(
    PAGE,
    success=(
        200,
        b'{"name":"samples/hello","tags":["v1"]}\n',
        '</v2/samples/hello/tags/list?last=v1&n=1>; rel="next"',
    ),
    view=page_and_link,
)
"""The same, and its Link."""
WHOLE_LIST: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=list_all_tags,
    success=(200, b'{"name":"samples/hello","tags":["v1","v2"]}\n'),
)
LOGIN: Final = StruckCall(
    endpoint=EndpointName.OAUTH_TOKEN,
    send=log_in,
    success=200,
    view=status_alone,  # the body is a new token each time
    settings=registry_with_login(),
)
CODED_PULL: Final = replace(PULL, success=(200, LAYER, None), view=status_body_and_coding)
CODED_PAGE: Final = replace(PAGE, success=(*_PAGE, None), view=status_body_and_coding)
"""Seen with the Content-Encoding: clients decode a body unseen."""

TOKEN: Final = replace(LOGIN, success=(200, [], []), view=claims_of_token)
"""The same, and the token."""
GUARDED: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=list_tags_logged_in,
    success=(200, b'{"name":"samples/hello","tags":["v1","v2"]}\n'),
    settings=registry_with_login(),
)
CHALLENGE: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=list_all_tags,
    success=(401, [("Bearer", ["realm", "service", "scope"])]),
    view=names_in_challenge,
    settings=registry_with_login(),
)
"""A call without a token."""

DIGEST: Final = StruckCall(
    endpoint=EndpointName.BLOB_GET,
    send=pull,
    success=(200, digest_of(LAYER)),
    view=header_view("Docker-Content-Digest"),
)
TYPE: Final = StruckCall(
    endpoint=EndpointName.BLOB_GET,
    send=pull,
    success=(200, OCTET_STREAM),
    view=header_view("Content-Type"),
)
RANGE: Final = StruckCall(endpoint=EndpointName.BLOB_GET, send=pull_range, success=(206, LAYER[4:8]))

MANIFEST: Final = StruckCall(
    endpoint=EndpointName.MANIFEST_GET,
    send=push_and_get,
    success=(200, index_bytes()),
)
PUSHED: Final = replace(MANIFEST, endpoint=EndpointName.MANIFEST_PUT)
HELD_BACK: Final = StruckCall(
    endpoint=EndpointName.MANIFEST_GET,
    send=get_manifest,
    success=404,
    view=status_alone,
    settings=open_azure(),
)
"""A manifest that ACR holds back, as Accept does not list its type."""
LIST_AFTER_PUSH: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=push_and_list,
    success=(200, b'{"name":"samples/hello","tags":["v1","v2","v3"]}\n'),
)
REFERRERS: Final = StruckCall(
    endpoint=EndpointName.REFERRERS_LIST,
    send=list_referrers,
    success=200,
    view=status_alone,
)
STATUS: Final = StruckCall(
    endpoint=EndpointName.UPLOAD_STATUS,
    send=upload_in_chunks,
    success=(204, "0-3"),
    view=header_view("Range"),
)
FORGOTTEN: Final = StruckCall(
    endpoint=EndpointName.UPLOAD_CHUNK,
    send=upload,
    success=202,
    view=status_alone,  # the error names the upload
)
MOVE: Final = StruckCall(
    endpoint=EndpointName.UPLOAD_CHUNK,
    send=upload,
    success=(202, True),
    view=keeps_its_id,
)

CALLS: Final[dict[str, tuple[StruckCall, ...]]] = {
    "AlterManifest": (MANIFEST,),
    "AwkwardToken": (TOKEN,),
    "BadChallenge": (CHALLENGE,),
    "BigManifest": (MANIFEST,),
    "BlindToAccept": (HELD_BACK,),
    "DuplicatePage": (LINKED_PAGE,),
    "EmptyParameterLink": (LINKED_PAGE,),
    "ExpireToken": (GUARDED,),
    "ForeignLink": (LINKED_PAGE,),
    "Lag": (LIST_AFTER_PUSH,),
    "LoopLink": (LINKED_PAGE,),
    "LoseItems": (PAGE, WHOLE_LIST),
    "MoveTag": (PUSHED,),
    "NoReferrersApi": (REFERRERS,),
    "NullList": (PAGE, WHOLE_LIST),
    "Reorder": (WHOLE_LIST,),
    "Revoke": (GUARDED,),
    "VanishManifest": (MANIFEST,),
    "WrongRel": (LINKED_PAGE,),
    "WrongScope": (TOKEN,),
    "Refuse": (PULL, UPLOAD, PUSH, PAGE, LOGIN),
    "Delay": (PULL, PUSH, PAGE, LOGIN),
    "Disconnect": (PULL, UPLOAD, PUSH, PAGE, LOGIN),
    "DropHeader": (DIGEST,),
    "ForgetUpload": (FORGOTTEN,),
    "IgnoreRange": (RANGE,),
    "MoveUpload": (MOVE,),
    "RedirectTo": (PULL, PAGE),
    "SetHeader": (DIGEST,),
    "ShortRange": (RANGE,),
    "StaleRange": (STATUS,),
    "Throttle": (TWO_PULLS,),
    "WrongDigest": (DIGEST,),
    "WrongType": (TYPE,),
    "ZeroChunk": (RANGE,),
    "Slow": (PULL, PAGE, LOGIN),
    "Stall": (PULL, PAGE),
    "Truncate": (PULL, PAGE, LOGIN),
    "Compress": (CODED_PULL, CODED_PAGE),
    "Corrupt": (PULL, PAGE),
    "NotJson": (PAGE,),
}
"""The calls of each effect, by its name. An effect that is not listed strikes PULL."""
