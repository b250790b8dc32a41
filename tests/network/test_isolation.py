"""No connection leaves this machine."""

import ipaddress
import socket
from typing import Any

import image_keeper
import pytest

from fake_registry import FakeRegistry
from pytest_acr import network
from tests.support.ways import Get

pytestmark = pytest.mark.acr(name="myregistry")


@pytest.fixture
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes each lookup and connection that would leave this machine an error."""
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def guarded_resolve(host: Any, *args: Any, **options: Any) -> Any:
        assert ipaddress.ip_address(host).is_loopback, f"{host} would be looked up"
        return resolve(host, *args, **options)

    def guarded_connect(self: socket.socket, address: Any) -> Any:
        assert ipaddress.ip_address(address[0]).is_loopback, f"{address} would be connected to"
        return connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)
    monkeypatch.setattr(socket.socket, "connect", guarded_connect)


@pytest.mark.usefixtures("_only_loopback")
@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:2.0")
def test_application_needs_loopback_alone(acr: FakeRegistry) -> None:
    with network(acr):
        assert image_keeper.keep_newest("samples/hello", 1) == ["1.0"]
        assert image_keeper.media_type_of("samples/hello", "2.0") == "application/vnd.oci.image.manifest.v1+json"


@pytest.mark.usefixtures("_only_loopback")
@pytest.mark.acr(auth="off")
def test_libraries_need_loopback_alone(acr: FakeRegistry, get: Get) -> None:
    with network(acr):
        assert get("https://myregistry.azurecr.io/v2/") == b"{}"
