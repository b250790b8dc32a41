"""The requests of the law of effects, and the views of their answers."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Final

import requests

from fake_registry import Settings
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


def open_registry() -> Settings:
    return Settings(profile="oci", auth="off")


def registry_with_login() -> Settings:
    name, password = _USER
    return Settings(auth="token", admin_user=name, admin_password=password)


def open_azure() -> Settings:
    return Settings(auth="off")


def status_and_body(response: requests.Response) -> object:
    return response.status_code, response.content


def status_alone(response: requests.Response) -> object:
    return response.status_code


def page_and_link(response: requests.Response) -> object:
    """Return the page, with its Link but for the scheme, which the transports differ in."""
    link = response.headers.get("Link", "")
    return response.status_code, response.content, link.replace("https://", "http://")


def status_body_and_coding(response: requests.Response) -> object:
    return response.status_code, response.content, response.headers.get("Content-Encoding")


def pull(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/blobs/{digest_of(LAYER)}", timeout=SECONDS)


def pull_twice(session: requests.Session, url: str) -> requests.Response:
    pull(session, url)
    return pull(session, url)


def upload(session: requests.Session, url: str) -> requests.Response:
    started = session.post(f"{url}{_V2}/blobs/uploads/", timeout=SECONDS)
    location = started.headers["Location"]
    return session.patch(f"{url}{location}", data=LAYER, timeout=SECONDS)


def upload_in_chunks(session: requests.Session, url: str) -> requests.Response:
    started = session.post(f"{url}{_V2}/blobs/uploads/", timeout=SECONDS)
    first = session.patch(f"{url}{started.headers['Location']}", data=LAYER[:4], timeout=SECONDS)
    return session.get(f"{url}{first.headers['Location']}", timeout=SECONDS)


def keeps_its_id(response: requests.Response) -> object:
    """Return whether the answer is about the upload of the request."""
    upload = response.headers["Docker-Upload-Uuid"]
    return response.status_code, upload in (response.request.url or "")


def push(session: requests.Session, url: str) -> requests.Response:
    media_type = {"Content-Type": OCI_INDEX}
    target = f"{url}{_V2}/manifests/v1"
    return session.put(target, data=index_bytes(), headers=media_type, timeout=SECONDS)


def list_tags(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/tags/list?n=1", timeout=SECONDS)


def list_all_tags(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/tags/list", timeout=SECONDS)


def log_in(session: requests.Session, url: str) -> requests.Response:
    return log_in_for(session, url)


def log_in_for(session: requests.Session, url: str, *scopes: str) -> requests.Response:
    parameters = {"service": url.partition("://")[2], "scope": list(scopes)}
    target = f"{url}/oauth2/token"
    return session.get(target, params=parameters, headers=basic(*_USER), timeout=SECONDS)


def list_tags_logged_in(session: requests.Session, url: str) -> requests.Response:
    login = log_in_for(session, url, f"repository:{HELLO}:metadata_read")
    token = login.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return session.get(f"{url}{_V2}/tags/list", headers=headers, timeout=SECONDS)


def claims_of_token(response: requests.Response) -> object:
    """Return the scopes of a token, and the characters of its payload that base64 lacks."""
    token = response.json()["access_token"]
    payload = token.split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload))
    return response.status_code, claims["access"], sorted({"-", "_"}.intersection(payload))


def names_in_challenge(response: requests.Response) -> object:
    """Return the names in a challenge: its URL differs between the transports."""
    challenges = parse_challenges(response.headers.get("WWW-Authenticate", ""))
    names = [(one.scheme, [name for name, _ in one.parameters]) for one in challenges]
    return response.status_code, names


def pull_range(session: requests.Session, url: str) -> requests.Response:
    headers = {"Range": "bytes=4-7"}
    return session.get(f"{url}{_V2}/blobs/{digest_of(LAYER)}", headers=headers, timeout=SECONDS)


def header_view(name: str) -> Callable[[requests.Response], object]:
    """Return a view of the status and one header."""
    return lambda response: (response.status_code, response.headers.get(name))


def get_manifest(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}{_V2}/manifests/v1", timeout=SECONDS)


def push_and_get(session: requests.Session, url: str) -> requests.Response:
    push(session, url)
    return get_manifest(session, url)


def push_and_list(session: requests.Session, url: str) -> requests.Response:
    target, media_type = f"{url}{_V2}/manifests/v3", {"Content-Type": OCI_INDEX}
    session.put(target, data=index_bytes(), headers=media_type, timeout=SECONDS)
    return list_all_tags(session, url)


def list_referrers(session: requests.Session, url: str) -> requests.Response:
    digest = digest_of(index_bytes())
    return session.get(f"{url}{_V2}/referrers/{digest}", timeout=SECONDS)
