"""Truncated bodies and invalid lengths, in both profiles."""

import io

import pytest
from werkzeug.exceptions import BadRequest, ClientDisconnected

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from tests.http.refusals import assert_refused
from tests.support.http import (
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    begin,
    everything,
    registry_of,
    send,
)
from tests.support.products import cross


class _Broken(io.BytesIO):
    """A connection that ends in werkzeug's exception instead of in nothing."""

    def __init__(self, content: bytes, error: type[BadRequest] = ClientDisconnected) -> None:
        super().__init__(content)
        self._error = error

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not piece:
            raise self._error
        return piece


WITH_BODY = [
    ("POST", f"/v2/samples/hello/blobs/uploads/?digest={LAYER_DIGEST}"),
    ("PATCH", "UPLOAD"),
    ("PUT", f"UPLOAD&digest={LAYER_DIGEST}"),
    ("PUT", "/v2/samples/hello/manifests/v2"),
    ("PATCH", "/acr/v1/samples/hello"),
    ("POST", "/oauth2/exchange"),
    ("POST", "/oauth2/token"),
]


WITHOUT_BODY = [
    ("POST", "/v2/samples/hello/blobs/uploads/"),
    ("POST", f"/v2/samples/hello/blobs/uploads/?mount={LAYER_DIGEST}&from=samples/hello"),
    ("POST", f"/v2/samples/hello/blobs/uploads/?mount={LAYER_DIGEST}"),
    ("DELETE", "UPLOAD"),
    ("DELETE", f"/v2/samples/hello/blobs/{LAYER_DIGEST}"),
    ("DELETE", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}"),
    ("DELETE", "/acr/v1/samples/hello"),
    ("DELETE", "/acr/v1/samples/hello/_tags/v1"),
    ("GET", "/v2/samples/hello/manifests/v1"),
]


@cross(
    {
        "method, target": [*WITH_BODY, *WITHOUT_BODY],
        "kind": ["ends", "raises", "raises in chunks", "malformed in chunks"],
    }
)
def test_truncated_body_is_refused(seeded: FakeRegistry, method: str, target: str, kind: str) -> None:
    """The peer hangs up before the announced length or the last chunk, or breaks the coding."""
    location = begin(seeded, "samples/hello")
    before = everything(seeded)
    error = BadRequest if kind.startswith("malformed") else ClientDisconnected
    stream = io.BytesIO(LAYER[:5]) if kind == "ends" else _Broken(LAYER[:5], error)

    found = send(
        seeded,
        method,
        target.replace("UPLOAD", location),
        stream,
        {"Content-Type": OCI_MANIFEST},
        length=None if "chunks" in kind else "16",
        chunked="chunks" in kind,
    )

    at_login = target.startswith("/oauth2/")
    assert_refused(found, profile=seeded.settings.profile, at_login=at_login)
    assert (found.status, found.json["errors"][0]["code"]) == (400, "SIZE_INVALID")
    assert everything(seeded) == before


@pytest.mark.parametrize(("method", "target"), WITH_BODY[:5])
def test_truncated_body_without_a_login_is_refused(profile: Profile, method: str, target: str) -> None:
    registry = registry_of(profile, auth="token")

    found = send(
        registry, method, target.replace("UPLOAD", "/v2/a/blobs/uploads/u?_state="), io.BytesIO(b"x"), length="9"
    )

    assert found.status in (400, 401)
    assert_refused(found, profile=profile)


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("PATCH"),
        "PUT",
    ],
)
@pytest.mark.parametrize("length", ["", "-1", "x", "1.5", "\xb2", "+4", "0x4"])
def test_invalid_content_length_is_refused(seeded: FakeRegistry, method: str, length: str) -> None:
    """RFC 9110 §8.6: an invalid Content-Length cannot be taken for an empty body."""
    target = begin(seeded, "samples/hello", b"four") if method == "PATCH" else "/v2/samples/hello/manifests/v2"
    before = everything(seeded)

    found = send(seeded, method, target, b"more", {"Content-Type": OCI_MANIFEST}, length=length)

    assert_refused(found, profile=seeded.settings.profile)
    assert everything(seeded) == before


@pytest.mark.parametrize(("method", "target"), [("PATCH", "UPLOAD"), ("PUT", "/v2/samples/hello/manifests/v2")])
def test_missing_content_length_is_refused(seeded: FakeRegistry, method: str, target: str) -> None:
    location = begin(seeded, "samples/hello")
    before = everything(seeded)

    found = send(seeded, method, target.replace("UPLOAD", location), None, {"Content-Type": OCI_MANIFEST})

    assert_refused(found, profile=seeded.settings.profile)
    assert found.json["errors"][0]["code"] == "SIZE_INVALID"
    assert everything(seeded) == before
