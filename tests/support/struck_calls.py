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


def _status_and_body(response: requests.Response) -> object:
    return response.status_code, response.content


def _status(response: requests.Response) -> object:
    return response.status_code


def _page(response: requests.Response) -> object:
    """Return the page, with its Link but for the scheme, which the transports differ in."""
    link = response.headers.get("Link", "")
    return response.status_code, response.content, link.replace("https://", "http://")


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

    def registry(self, clock: Clock) -> FakeRegistry:
        """Return the registry, whose time is that of `clock`."""
        registry = FakeRegistry(self.settings, clock=clock)
        registry.content.put_blob(HELLO, digest_of(LAYER), [LAYER])
        registry.content.put_manifest(HELLO, read_manifest(index_bytes(), OCI_INDEX), tags=TAGS)
        return registry


def _pull(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/blobs/{digest_of(LAYER)}", timeout=SECONDS)


def _upload(session: requests.Session, url: str) -> requests.Response:
    started = session.post(f"{url}{_V2}/blobs/uploads/", timeout=SECONDS)
    location = started.headers["Location"]
    return session.patch(f"{url}{location}", data=LAYER, timeout=SECONDS)


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


PULL: Final = StruckCall(endpoint=EndpointName.BLOB_GET, send=_pull, success=(200, LAYER))
UPLOAD: Final = StruckCall(endpoint=EndpointName.UPLOAD_CHUNK, send=_upload, success=(202, b""))
PUSH: Final = StruckCall(endpoint=EndpointName.MANIFEST_PUT, send=_push, success=(201, b""))
PAGE: Final = StruckCall(
    endpoint=EndpointName.TAGS_LIST,
    send=_list_tags,
    success=(200, b'{"name":"samples/hello","tags":["v1"]}\n'),
)
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

CALLS: Final[dict[str, tuple[StruckCall, ...]]] = {
    "AwkwardToken": (TOKEN,),
    "BadChallenge": (CHALLENGE,),
    "DuplicatePage": (LINKED_PAGE,),
    "EmptyParameterLink": (LINKED_PAGE,),
    "ExpireToken": (GUARDED,),
    "ForeignLink": (LINKED_PAGE,),
    "LoopLink": (LINKED_PAGE,),
    "LoseItems": (PAGE, WHOLE_LIST),
    "NullList": (PAGE, WHOLE_LIST),
    "Reorder": (WHOLE_LIST,),
    "Revoke": (GUARDED,),
    "WrongRel": (LINKED_PAGE,),
    "WrongScope": (TOKEN,),
    "Refuse": (PULL, UPLOAD, PUSH, PAGE, LOGIN),
    "Disconnect": (PULL, UPLOAD, PUSH, PAGE, LOGIN),
}
"""The calls of each effect, by its name. An effect that is not listed strikes PULL."""
