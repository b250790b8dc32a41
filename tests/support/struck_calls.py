"""The calls at which the law of effects strikes each effect."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import requests

from fake_registry import FakeRegistry, Settings
from fake_registry.clock import Clock
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.media_types import OCTET_STREAM
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from fake_registry.wire.challenge import parse_challenges
from tests.support.http import OCI_INDEX, index_bytes
from tests.support.logins import basic

LAYER: Final = b"0123456789abcdef"
HELLO: Final = RepositoryName("samples/hello")
TAGS: Final = (Tag("v1"), Tag("v2"))
SECONDS: Final = 10

_V2: Final = f"/v2/{HELLO}"
_USER: Final = ("fake", "pass:word")


def _open_registry() -> Settings:
    return Settings(profile="oci", auth="off")


def _registry_with_login() -> Settings:
    name, password = _USER
    return Settings(auth="token", admin_user=name, admin_password=password)


def _open_azure() -> Settings:
    return Settings(auth="off")


def _status_and_body(response: requests.Response) -> object:
    return response.status_code, response.content


def _status(response: requests.Response) -> object:
    return response.status_code


def _page(response: requests.Response) -> object:
    """Return the page, with its Link but for the scheme, which the transports differ in."""
    link = response.headers.get("Link", "")
    return response.status_code, response.content, link.replace("https://", "http://")


def _status_body_and_coding(response: requests.Response) -> object:
    return response.status_code, response.content, response.headers.get("Content-Encoding")


@dataclass(frozen=True, kw_only=True)
class StruckCall:
    """A call that succeeds any number of times in a registry of its own, which has LAYER and TAGS."""

    endpoint: EndpointName
    send: Callable[[requests.Session, str], requests.Response]
    """Sends it, with the requests that must come before, to the registry at a URL."""
    success: object
    """The part of the answer that `view` returns of a success."""
    view: Callable[[requests.Response], object] = _status_and_body
    """Returns the part that is the same in each registry."""
    settings: Settings = field(default_factory=_open_registry)
    struck: int = 1
    """The number of requests to the endpoint that `send` makes."""

    def registry(self, clock: Clock) -> FakeRegistry:
        """Return the registry, whose time is that of `clock`."""
        registry = FakeRegistry(self.settings, clock=clock)
        registry.content.put_blob(HELLO, digest_of(LAYER), [LAYER])
        registry.content.put_manifest(HELLO, read_manifest(index_bytes(), OCI_INDEX), tags=TAGS)
        return registry


def _pull(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/blobs/{digest_of(LAYER)}", timeout=SECONDS)


def _pull_twice(session: requests.Session, url: str) -> requests.Response:
    _pull(session, url)
    return _pull(session, url)


def _upload(session: requests.Session, url: str) -> requests.Response:
    started = session.post(f"{url}{_V2}/blobs/uploads/", timeout=SECONDS)
    location = started.headers["Location"]
    return session.patch(f"{url}{location}", data=LAYER, timeout=SECONDS)


def _upload_in_chunks(session: requests.Session, url: str) -> requests.Response:
    started = session.post(f"{url}{_V2}/blobs/uploads/", timeout=SECONDS)
    first = session.patch(f"{url}{started.headers['Location']}", data=LAYER[:4], timeout=SECONDS)
    return session.get(f"{url}{first.headers['Location']}", timeout=SECONDS)


def _keeps_its_id(response: requests.Response) -> object:
    """Return whether the answer is about the upload of the request."""
    upload = response.headers["Docker-Upload-Uuid"]
    return response.status_code, upload in (response.request.url or "")


def _push(session: requests.Session, url: str) -> requests.Response:
    media_type = {"Content-Type": OCI_INDEX}
    target = f"{url}{_V2}/manifests/v1"
    return session.put(target, data=index_bytes(), headers=media_type, timeout=SECONDS)


def _list_tags(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/tags/list?n=1", timeout=SECONDS)


def _list_all_tags(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/tags/list", timeout=SECONDS)


def _log_in(session: requests.Session, url: str) -> requests.Response:
    return _log_in_for(session, url)


def _log_in_for(session: requests.Session, url: str, *scopes: str) -> requests.Response:
    parameters = {"service": url.partition("://")[2], "scope": list(scopes)}
    target = f"{url}/oauth2/token"
    return session.get(target, params=parameters, headers=basic(*_USER), timeout=SECONDS)


def _list_tags_logged_in(session: requests.Session, url: str) -> requests.Response:
    login = _log_in_for(session, url, f"repository:{HELLO}:metadata_read")
    token = login.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return session.get(f"{url}{_V2}/tags/list", headers=headers, timeout=SECONDS)


def _token(response: requests.Response) -> object:
    """Return the scopes of a token, and the characters of its payload that base64 lacks."""
    token = response.json()["access_token"]
    payload = token.split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload))
    return response.status_code, claims["access"], sorted({"-", "_"}.intersection(payload))


def _challenge(response: requests.Response) -> object:
    """Return the names in a challenge: its URL differs between the transports."""
    challenges = parse_challenges(response.headers.get("WWW-Authenticate", ""))
    names = [(one.scheme, [name for name, _ in one.parameters]) for one in challenges]
    return response.status_code, names


def _pull_range(session: requests.Session, url: str) -> requests.Response:
    headers = {"Range": "bytes=4-7"}
    return session.get(f"{url}{_V2}/blobs/{digest_of(LAYER)}", headers=headers, timeout=SECONDS)


def _header_view(name: str) -> Callable[[requests.Response], object]:
    """Return a view of the status and one header."""
    return lambda response: (response.status_code, response.headers.get(name))


def _get_manifest(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/manifests/v1", timeout=SECONDS)


def _push_and_get(session: requests.Session, url: str) -> requests.Response:
    _push(session, url)
    return _get_manifest(session, url)


def _push_and_list(session: requests.Session, url: str) -> requests.Response:
    target, media_type = f"{url}{_V2}/manifests/v3", {"Content-Type": OCI_INDEX}
    session.put(target, data=index_bytes(), headers=media_type, timeout=SECONDS)
    return _list_all_tags(session, url)


def _list_referrers(session: requests.Session, url: str) -> requests.Response:
    digest = digest_of(index_bytes())
    return session.get(f"{url}{_V2}/referrers/{digest}", timeout=SECONDS)


PULL: Final = StruckCall(endpoint=EndpointName.BLOB_GET, send=_pull, success=(200, LAYER))
UPLOAD: Final = StruckCall(endpoint=EndpointName.UPLOAD_CHUNK, send=_upload, success=(202, b""))
PUSH: Final = StruckCall(endpoint=EndpointName.MANIFEST_PUT, send=_push, success=(201, b""))
TWO_PULLS: Final = StruckCall(
    endpoint=EndpointName.BLOB_GET,
    send=_pull_twice,
    success=(200, LAYER),
    struck=2,
)
_PAGE: Final = (200, b'{"name":"samples/hello","tags":["v1"]}\n')
PAGE: Final = StruckCall(endpoint=EndpointName.TAGS_LIST, send=_list_tags, success=_PAGE)
"""The first of two pages."""
LINKED_PAGE: Final = replace(
    PAGE,
    success=(
        200,
        b'{"name":"samples/hello","tags":["v1"]}\n',
        '</v2/samples/hello/tags/list?last=v1&n=1>; rel="next"',
    ),
    view=_page,
)
"""The same, and its Link."""
WHOLE_LIST: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=_list_all_tags,
    success=(200, b'{"name":"samples/hello","tags":["v1","v2"]}\n'),
)
LOGIN: Final = StruckCall(
    endpoint=EndpointName.OAUTH_TOKEN,
    send=_log_in,
    success=200,
    view=_status,  # the body is a new token each time
    settings=_registry_with_login(),
)
CODED_PULL: Final = replace(PULL, success=(200, LAYER, None), view=_status_body_and_coding)
CODED_PAGE: Final = replace(PAGE, success=(*_PAGE, None), view=_status_body_and_coding)
"""Seen with the Content-Encoding: clients decode a body unseen."""

TOKEN: Final = replace(LOGIN, success=(200, [], []), view=_token)
"""The same, and the token."""
GUARDED: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=_list_tags_logged_in,
    success=(200, b'{"name":"samples/hello","tags":["v1","v2"]}\n'),
    settings=_registry_with_login(),
)
CHALLENGE: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=_list_all_tags,
    success=(401, [("Bearer", ["realm", "service", "scope"])]),
    view=_challenge,
    settings=_registry_with_login(),
)
"""A call without a token."""

DIGEST: Final = StruckCall(
    endpoint=EndpointName.BLOB_GET,
    send=_pull,
    success=(200, digest_of(LAYER)),
    view=_header_view("Docker-Content-Digest"),
)
TYPE: Final = StruckCall(
    endpoint=EndpointName.BLOB_GET,
    send=_pull,
    success=(200, OCTET_STREAM),
    view=_header_view("Content-Type"),
)
RANGE: Final = StruckCall(endpoint=EndpointName.BLOB_GET, send=_pull_range, success=(206, LAYER[4:8]))

MANIFEST: Final = StruckCall(
    endpoint=EndpointName.MANIFEST_GET,
    send=_push_and_get,
    success=(200, index_bytes()),
)
PUSHED: Final = replace(MANIFEST, endpoint=EndpointName.MANIFEST_PUT)
HELD_BACK: Final = StruckCall(
    endpoint=EndpointName.MANIFEST_GET,
    send=_get_manifest,
    success=404,
    view=_status,
    settings=_open_azure(),
)
"""A manifest that ACR holds back, as Accept does not list its type."""
LIST_AFTER_PUSH: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=_push_and_list,
    success=(200, b'{"name":"samples/hello","tags":["v1","v2","v3"]}\n'),
)
REFERRERS: Final = StruckCall(
    endpoint=EndpointName.REFERRERS_LIST,
    send=_list_referrers,
    success=200,
    view=_status,
)
STATUS: Final = StruckCall(
    endpoint=EndpointName.UPLOAD_STATUS,
    send=_upload_in_chunks,
    success=(204, "0-3"),
    view=_header_view("Range"),
)
FORGOTTEN: Final = StruckCall(
    endpoint=EndpointName.UPLOAD_CHUNK,
    send=_upload,
    success=202,
    view=_status,  # the error names the upload
)
MOVE: Final = StruckCall(
    endpoint=EndpointName.UPLOAD_CHUNK,
    send=_upload,
    success=(202, True),
    view=_keeps_its_id,
)

CALLS: Final[dict[str, tuple[StruckCall, ...]]] = {
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
