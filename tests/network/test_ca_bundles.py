"""The authorities that all clients trust are loaded when a host inside needs them, and not before."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import certifi
import httpx
import pytest
import requests

from fake_registry import FakeRegistry
from fake_registry.server import RegistryServer
from pytest_acr import network
from tests.support.ways import Get

HELLO = "https://myregistry.azurecr.io/v2/"


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The files of authorities that were loaded; "default" stands for those of OpenSSL."""
    loaded: list[object] = []
    load_file, load_default = ssl.SSLContext.load_verify_locations, ssl.SSLContext.load_default_certs

    def load_verify_locations(
        self: ssl.SSLContext, cafile: str | None = None, capath: str | None = None, cadata: str | None = None
    ) -> None:
        if cadata is None:  # the CA of the fakes is loaded as text
            loaded.append(cafile)
        load_file(self, cafile, capath, cadata)

    def load_default_certs(self: ssl.SSLContext, *args: ssl.Purpose) -> None:
        loaded.append("default")
        load_default(self, *args)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load_verify_locations)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", load_default_certs)
    return loaded


@pytest.fixture
def server(registry: FakeRegistry) -> Iterator[RegistryServer]:
    """The registry at a port of this machine."""
    with registry.serve(tls=True) as server:
        yield server


def test_connection_to_a_fake_loads_none(registry: FakeRegistry, loads: list[object], get: Get) -> None:
    with network(registry):
        for _ in range(3):
            assert get(HELLO) == b"{}"
        assert loads == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_other_host_of_this_machine_is_verified_by_the_bundle_that_the_environment_names(
    registry: FakeRegistry, server: RegistryServer, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with network(registry):
        with pytest.raises(requests.exceptions.SSLError, match="certificate verify failed"):
            requests.get(f"{server.url}/v2/", timeout=5)
        monkeypatch.setenv(variable, str(server.ca_file))
        assert requests.get(f"{server.url}/v2/", timeout=5).ok


def test_other_host_is_verified_by_the_default_authorities(
    registry: FakeRegistry, server: RegistryServer, monkeypatch: pytest.MonkeyPatch, loads: list[object]
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
    with network(registry):
        context = ssl.create_default_context()
        with httpx.Client(verify=context) as client:
            assert client.get(HELLO).content == b"{}"
            assert loads == []
            assert client.get(f"{server.url}/v2/").content == b"{}"
            assert loads == ["default"]


@pytest.mark.parametrize("cafile", [None, certifi.where()], ids=["default", "certifi"])
def test_context_that_outlives_the_network_has_its_authorities(registry: FakeRegistry, cafile: str | None) -> None:
    expected = ssl.create_default_context(cafile=cafile).cert_store_stats()
    with network(registry):
        inspected = ssl.create_default_context(cafile=cafile)
        kept = ssl.create_default_context(cafile=cafile)
        assert inspected.cert_store_stats() == expected
        assert len(inspected.get_ca_certs()) == expected["x509_ca"]

    assert kept.cert_store_stats() == expected
    assert expected["x509_ca"] > 0


def test_file_of_the_caller_is_loaded_at_once(registry: FakeRegistry, tmp_path: Path) -> None:
    malformed = tmp_path / "malformed.pem"
    malformed.write_text("malformed")
    with network(registry):
        with pytest.raises(ssl.SSLError):
            ssl.create_default_context(cafile=str(malformed))
        with pytest.raises(FileNotFoundError):
            ssl.create_default_context(cafile=str(tmp_path / "absent.pem"))


def test_bundle_that_was_removed_meanwhile_does_not_hinder_the_end(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with network(registry):
        context = ssl.create_default_context(cafile=str(bundle))
        bundle.unlink()
    assert context.cert_store_stats()["x509_ca"] == 0
