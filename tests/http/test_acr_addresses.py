"""Requests for ACR's documents: API version, spelling of the name, host (acr-behaviour 2.4, 4)."""

from http.client import HTTPConnection

import pytest

from fake_registry import FakeRegistry
from fake_registry.server import RegistryServer
from tests.http.documents import ROOT
from tests.support.http import IMAGE_DIGEST, OCI_INDEX, index_bytes, put_image, put_manifest, registry_of, send

QUOTED = "/acr/v1/samples%2Fhello"
every_document = pytest.mark.parametrize(
    "path", ["", "/_tags", "/_tags/v1", "/_manifests", f"/_manifests/{IMAGE_DIGEST}"]
)


@pytest.fixture
def hello() -> FakeRegistry:
    """Two tags and two manifests."""
    registry = registry_of()
    put_image(registry, "samples/hello", "v1")
    put_manifest(registry, "samples/hello", "v2", index_bytes(), OCI_INDEX)
    return registry


@pytest.mark.parametrize("version", ["2021-07-01", "2019-08-15-preview", "1999-01-01", ""])
@every_document
def test_api_version_does_not_change_the_documents(hello: FakeRegistry, path: str, version: str) -> None:
    """The parameter is optional everywhere; that an unknown one is not refused is [I]."""
    found = send(hello, "GET", f"{ROOT}{path}?api-version={version}")

    assert (found.status, found) == (200, send(hello, "GET", f"{ROOT}{path}"))


@every_document
def test_percent_encoded_name_is_the_same_name(hello: FakeRegistry, path: str) -> None:
    """acr-behaviour 2.4: both must route alike. Over a socket, because an environ has the path
    decoded already."""
    with RegistryServer(hello.wsgi_app) as server:
        connection = HTTPConnection(server.host, server.port, timeout=5)
        answers = []
        for root in (ROOT, QUOTED, "/acr/v1/samples%2fhello", "/acr/v1/%73amples%2Fhello"):
            connection.request("GET", root + path, headers={"Host": "fake.azurecr.io"})
            found = connection.getresponse()
            answers.append((found.status, found.read()))
        connection.close()

    expected = send(hello, "GET", ROOT + path)
    assert answers == [(200, expected.body)] * 4


@pytest.mark.parametrize("root", [ROOT, QUOTED, "/acr/v1/samples%2fhello", "/acr/v1/%73amples%2Fhello"])
@pytest.mark.parametrize("kind", ["_tags", "_manifests"])
def test_link_always_has_the_slash_percent_encoded(hello: FakeRegistry, kind: str, root: str) -> None:
    """acr-behaviour 2.4: Python recordings."""
    found = send(hello, "GET", f"{root}/{kind}?n=1")

    assert found.header("Link").startswith(f"<{QUOTED}/{kind}?last=")


@pytest.mark.parametrize(
    "host",
    ["fake.azurecr.io", "FAKE.azurecr.io", "fake.azurecr.io:443", "127.0.0.1:5000", "[::1]:5000", "other.example"],
)
@every_document
def test_registry_in_a_document_is_the_requested_host(hello: FakeRegistry, path: str, host: str) -> None:
    """Recorded: the login server, the one name that the service has. That another name, a port and
    upper case are repeated as they came is ours: the challenge's realm and service do so too."""
    found = send(hello, "GET", f"{ROOT}{path}", host=host)

    assert found.body.startswith(f'{{"registry":"{host}","imageName":"samples/hello",'.encode())
