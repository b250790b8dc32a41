"""A fault can drop each header of each route of profile `acr`, and nothing adds it again."""

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fake_registry import DropHeader, FakeRegistry, Fault
from fake_registry.spec.endpoints import ENDPOINTS, Endpoint, EndpointName, Family, endpoint_of
from tests.support.http import (
    HOST,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    send,
)
from tests.support.logins import basic, entra_token, log_in, seeded_with_login
from tests.support.products import cross

ROOT = Path(__file__).parents[3]

FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})
"""Headers that the server sends for itself (RFC 9112 §6 and §9)."""

USER = basic("fake", "pass:word")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

V2 = "/v2/samples/hello"
ACR = "/acr/v1/samples/hello"
BLOB = f"{V2}/blobs/{LAYER_DIGEST}"
MANIFEST = f"{ACR}/_manifests/{IMAGE_DIGEST}"
ENABLE = json.dumps({"writeEnabled": True}).encode()


@dataclass(frozen=True)
class SampleRequest:
    """A request that succeeds."""

    target: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


CALLS = {
    EndpointName.BASE: SampleRequest("/v2/"),
    EndpointName.BLOB_GET: SampleRequest(BLOB),
    EndpointName.BLOB_HEAD: SampleRequest(BLOB),
    EndpointName.BLOB_DELETE: SampleRequest(BLOB),
    EndpointName.UPLOAD_START: SampleRequest(f"{V2}/blobs/uploads/"),
    EndpointName.MANIFEST_GET: SampleRequest(f"{V2}/manifests/v1", headers={"Accept": OCI_MANIFEST}),
    EndpointName.MANIFEST_HEAD: SampleRequest(f"{V2}/manifests/v1", headers={"Accept": OCI_MANIFEST}),
    EndpointName.MANIFEST_PUT: SampleRequest(f"{V2}/manifests/v2", IMAGE, {"Content-Type": OCI_MANIFEST}),
    EndpointName.MANIFEST_DELETE: SampleRequest(f"{V2}/manifests/{IMAGE_DIGEST}"),
    EndpointName.TAGS_LIST: SampleRequest(f"{V2}/tags/list"),
    EndpointName.REFERRERS_LIST: SampleRequest(f"{V2}/referrers/{IMAGE_DIGEST}"),
    EndpointName.CATALOG_LIST: SampleRequest("/v2/_catalog?n=1"),
    EndpointName.ACR_CATALOG: SampleRequest("/acr/v1/_catalog?n=1"),
    EndpointName.ACR_REPOSITORY_GET: SampleRequest(ACR),
    EndpointName.ACR_REPOSITORY_UPDATE: SampleRequest(ACR, ENABLE),
    EndpointName.ACR_REPOSITORY_DELETE: SampleRequest(ACR),
    EndpointName.ACR_TAGS_LIST: SampleRequest(f"{ACR}/_tags"),
    EndpointName.ACR_TAG_GET: SampleRequest(f"{ACR}/_tags/v1"),
    EndpointName.ACR_TAG_UPDATE: SampleRequest(f"{ACR}/_tags/v1", ENABLE),
    EndpointName.ACR_TAG_DELETE: SampleRequest(f"{ACR}/_tags/v1"),
    EndpointName.ACR_MANIFESTS_LIST: SampleRequest(f"{ACR}/_manifests"),
    EndpointName.ACR_MANIFEST_GET: SampleRequest(MANIFEST),
    EndpointName.ACR_MANIFEST_UPDATE: SampleRequest(MANIFEST, ENABLE),
}


def sent_to(endpoint: Endpoint, registry: FakeRegistry) -> SampleRequest:
    """Return a request to `endpoint` that succeeds; make the requests that have to come before."""
    name = endpoint.name
    if name in CALLS:
        return CALLS[name]
    if name is EndpointName.UPLOAD_FINISH:
        return SampleRequest(f"{_begin(registry, LAYER)}&digest={LAYER_DIGEST}")
    if name in (EndpointName.UPLOAD_CHUNK, EndpointName.UPLOAD_STATUS, EndpointName.UPLOAD_CANCEL):
        return SampleRequest(_begin(registry))
    if name is EndpointName.STORAGE_BLOB:
        redirect = send(registry, "GET", BLOB, headers=USER)
        return SampleRequest("/" + redirect.header("Location").split("/", 3)[3])
    if endpoint.family is Family.OAUTH:
        return _login_to(endpoint, registry)
    raise LookupError(f"add EndpointName.{name.name} to CALLS in {Path(__file__).relative_to(ROOT)}")


def _begin(registry: FakeRegistry, *chunks: bytes) -> str:
    location = send(registry, "POST", f"{V2}/blobs/uploads/", b"", USER).header("Location")
    for chunk in chunks:
        location = send(registry, "PATCH", location, chunk, USER).header("Location")
    return location


def _login_to(endpoint: Endpoint, registry: FakeRegistry) -> SampleRequest:
    fields = {"service": HOST}
    if endpoint.method == "GET":
        return SampleRequest(f"{endpoint.path}?{urlencode(fields)}", headers=USER)

    if endpoint.name is EndpointName.OAUTH_EXCHANGE:
        fields |= {"grant_type": "access_token", "access_token": entra_token()}
    else:
        fields |= {"grant_type": "refresh_token", "refresh_token": log_in(registry)}
    return SampleRequest(endpoint.path, urlencode(fields).encode(), FORM)


Ask = Callable[[str, SampleRequest], tuple[int, list[str]]]
"""Sends a request by a method; returns the status and the names of the headers."""


@contextmanager
def in_memory(registry: FakeRegistry) -> Iterator[Ask]:
    def ask(method: str, sent: SampleRequest) -> tuple[int, list[str]]:
        answer = send(registry, method, sent.target, sent.body, sent.headers)
        return answer.status, [name for name, _ in answer.headers]

    yield ask


@contextmanager
def over_http(registry: FakeRegistry) -> Iterator[Ask]:
    with registry.serve() as server:
        client = http.client.HTTPConnection(server.host, server.port, timeout=10)

        def ask(method: str, sent: SampleRequest) -> tuple[int, list[str]]:
            client.request(method, sent.target, sent.body, {"Host": HOST, **sent.headers})
            response = client.getresponse()
            response.read()
            return response.status, [name for name, _ in response.getheaders()]

        try:
            yield ask
        finally:
            client.close()


Way = Callable[[FakeRegistry], AbstractContextManager[Ask]]


@cross(
    {
        "endpoint": {f"{row.method} {row.name}": row for row in ENDPOINTS},
        "way": [in_memory, over_http],
    }
)
def test_each_header_can_be_dropped(endpoint: Endpoint, way: Way) -> None:
    registry = seeded_with_login(service_headers=True)
    start = registry.snapshot()

    def names() -> Counter[str]:
        registry.restore(start)
        return Counter(_ask_authorized(endpoint, registry, ask))

    with way(registry) as ask:
        present = names()
        found = {}
        for name in present:
            with registry.faults.add(Fault(endpoint.name, DropHeader(name))):
                found[name] = names()

    assert {"Server", "Date"} < present.keys()
    assert found == {name: _without(name, present) for name in present}


def test_endpoint_without_a_sample_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CALLS, EndpointName.BASE)

    with pytest.raises(LookupError) as raised:
        sent_to(endpoint_of(EndpointName.BASE), FakeRegistry())

    place = "tests/http/faults/test_dropped_headers.py"
    assert raised.value.args == (f"add EndpointName.BASE to CALLS in {place}",)


def _ask_authorized(endpoint: Endpoint, registry: FakeRegistry, ask: Ask) -> list[str]:
    """Return the names of the headers that a successful call is answered with."""
    sent = sent_to(endpoint, registry)
    authorization = {} if endpoint.needs is None else USER
    status, names = ask(endpoint.method, replace(sent, headers={**sent.headers, **authorization}))
    assert status < 400
    return [name for name in names if name.lower() not in FRAMING]


def _without(name: str, present: Counter[str]) -> Counter[str]:
    return Counter({other: count for other, count in present.items() if other != name})
