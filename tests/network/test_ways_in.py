"""Every library reaches a fake by its host name, with TLS verified, and no other host."""

import socket
import ssl

import pytest
import requests
import urllib3

from fake_registry import FakeRegistry, Settings
from pytest_acr import HostRefused, network
from tests.support.products import cross
from tests.support.ways import WAYS, Get, ways_by_kind

HELLO = "https://myregistry.azurecr.io/v2/"


@pytest.mark.parametrize("way", WAYS)
def test_registry_is_reached_by_its_name(registry: FakeRegistry, way: str) -> None:
    with network(registry):
        assert WAYS[way](HELLO) == b"{}"
    assert registry.requests.one().host == "myregistry.azurecr.io"


@pytest.mark.parametrize("way", ways_by_kind(without="asyncio"))
def test_redirect_to_storage_is_followed(registry: FakeRegistry, way: str) -> None:
    content = bytes(range(256)) * 8_000
    digest = registry.push_image("samples/hello:1.0", layers=[content]).layers[0].digest
    with network(registry):
        assert WAYS[way](f"{HELLO}samples/hello/blobs/{digest}") == content
    assert [(one.endpoint, one.host) for one in registry.requests] == [
        ("blob.get", "myregistry.azurecr.io"),
        ("storage.blob", "myregistry.eastus.data.azurecr.io"),
    ]


@cross({"domain": ["azurecr.us", "azurecr.io", "azurecr.cn"], "get": WAYS})
def test_every_cloud(domain: str, get: Get) -> None:
    with (
        FakeRegistry(Settings(name="mine", auth="off").evolve(domain=domain)) as registry,
        network(registry),
    ):
        assert get(f"https://mine.{domain}/v2/") == b"{}"


def test_several_registries_each_by_its_name(get: Get) -> None:
    registries = [FakeRegistry(Settings(name=name, auth="off")) for name in ("one", "two")]
    with network(*registries):
        for name in ("one", "two", "one"):
            get(f"https://{name}.azurecr.io/v2/")
    assert [len(registry.requests) for registry in registries] == [2, 1]


@pytest.mark.parametrize("host", ["MyRegistry.azurecr.IO", "myregistry.azurecr.io:443"])
@pytest.mark.parametrize("way", [way for way in WAYS if way != "asyncio"])
def test_name_may_be_in_upper_case_or_have_the_default_port(registry: FakeRegistry, way: str, host: str) -> None:
    with network(registry):
        assert WAYS[way](f"https://{host}/v2/") == b"{}"


def test_name_may_end_in_a_dot(registry: FakeRegistry) -> None:
    """Only urllib3 removes the dot before it compares the name with the certificate."""
    with network(registry):
        assert WAYS["urllib3"]("https://myregistry.azurecr.io./v2/") == b"{}"


FOREIGN = [
    "example.com",
    "other.azurecr.io",
    "xmyregistry.azurecr.io",
    "azurecr.io",
    "192.0.2.1",
    "[2001:db8::1]",
]


@pytest.mark.parametrize("host", FOREIGN)
def test_other_host_is_refused(registry: FakeRegistry, get: Get, host: str) -> None:
    name = host.strip("[]")
    with network(registry), pytest.raises(HostRefused) as refused:
        get(f"https://{host}/")
    message = str(refused.value)
    hosts = "myregistry.azurecr.io, myregistry.eastus.data.azurecr.io"
    assert message.startswith(f"{name} is not one of this network's hosts, {hosts}; ")
    assert message.endswith(f"; network(..., allow=['{name}']) leads to the real host")


@pytest.mark.parametrize(
    ("host", "settings"),
    [
        ("contoso.azurecr.io", 'name="contoso"'),
        ("contoso.azurecr.us", 'name="contoso", domain="azurecr.us"'),
        ("contoso.eastus.data.azurecr.io", 'name="contoso"'),
        ("contoso.chinaeast2.data.azurecr.cn", 'name="contoso", domain="azurecr.cn"'),
    ],
)
def test_first_remedy_for_another_registry_is_a_fake_of_its_name(
    registry: FakeRegistry, host: str, settings: str
) -> None:
    with network(registry), pytest.raises(HostRefused) as refused:
        WAYS["urllib3"](f"https://{host}/v2/")
    _, *remedies = str(refused.value).split("; ")
    assert remedies == [
        f"@pytest.mark.acr({settings}) gives the fixture acr_network a fake of this name",
        f"network(FakeRegistry(Settings({settings}))) does so without the fixture",
        f"network(..., allow=['{host}']) leads to the real host",
    ]


def test_host_that_no_fake_can_have_has_one_remedy(registry: FakeRegistry) -> None:
    with network(registry), pytest.raises(HostRefused) as refused:
        WAYS["urllib3"]("https://a.b.azurecr.io/")
    assert len(str(refused.value).split("; ")) == 2


@pytest.mark.parametrize("host", ["contoso.azurecr.io", "contoso.eastus.data.azurecr.io"])
def test_fake_of_an_earlier_network_is_refused_as_any_other_host(registry: FakeRegistry, get: Get, host: str) -> None:
    with network(FakeRegistry(Settings(name="contoso"))):
        pass
    with network(registry), pytest.raises(HostRefused) as refused:
        get(f"https://{host}/v2/")

    problem, first, *_, last = str(refused.value).split("; ")
    hosts = "myregistry.azurecr.io, myregistry.eastus.data.azurecr.io"
    assert problem == f"{host} is not one of this network's hosts, {hosts}"
    assert first.startswith('@pytest.mark.acr(name="contoso")')
    assert last.startswith("network(..., allow=")


def test_refusal_lists_the_hosts_of_all_nested_networks(registry: FakeRegistry) -> None:
    with network(registry), network(), pytest.raises(HostRefused) as refused:
        WAYS["urllib3"]("https://example.com/")
    hosts = "myregistry.azurecr.io, myregistry.eastus.data.azurecr.io"
    assert str(refused.value).startswith(f"example.com is not one of this network's hosts, {hosts}; ")


@pytest.mark.parametrize("url", ["http://myregistry.azurecr.io/v2/", "https://myregistry.azurecr.io:5000/v2/"])
@pytest.mark.parametrize("way", [way for way in WAYS if way != "asyncio"])
def test_plain_http_and_other_ports_are_refused(registry: FakeRegistry, way: str, url: str) -> None:
    """The library does not try again."""
    message = f"expected a connection to port 443, found one to port {80 if url.startswith('http:') else 5000}"
    with network(registry), pytest.raises(HostRefused, match=f"myregistry.azurecr.io: {message}"):
        WAYS[way](url)
    assert len(registry.requests) == 0


def test_tls_is_verified(registry: FakeRegistry) -> None:
    """The certificate is for the fake's names alone, by a CA that is not in the client's list."""
    with network(registry) as inside:
        with (
            _connect() as connection,
            pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"),
        ):
            ssl.create_default_context().wrap_socket(connection, server_hostname="example.com")
        unverified = ssl.create_default_context()
        unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
        with (
            _connect() as connection,
            unverified.wrap_socket(connection, server_hostname="myregistry.azurecr.io") as encrypted,
        ):
            assert encrypted.context.verify_mode is ssl.CERT_NONE, "the caller chose it"
        trusting = ssl.create_default_context(cafile=str(inside.ca_file))
        with (
            _connect() as connection,
            pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
        ):
            trusting.wrap_socket(connection, server_hostname="example.com")


def _connect() -> socket.socket:
    return socket.create_connection(("myregistry.azurecr.io", 443))


def test_context_of_the_caller_is_unchanged(registry: FakeRegistry) -> None:
    context = ssl.create_default_context()
    before = len(context.get_ca_certs())
    with network(registry), urllib3.PoolManager(ssl_context=context) as pool:
        pool.request("GET", HELLO)
    assert len(context.get_ca_certs()) == before


def test_body_is_streamed(registry: FakeRegistry) -> None:
    digest = registry.push_image("samples/hello:1.0", layers=[b"x" * 1_000_000]).layers[0].digest
    with (
        network(registry),
        requests.get(f"{HELLO}samples/hello/blobs/{digest}", stream=True, timeout=5) as answer,
    ):
        assert sum(len(piece) for piece in answer.iter_content(10_000)) == 1_000_000


@pytest.mark.parametrize("way", ways_by_kind(without="asyncio"))
def test_servers_of_this_machine_are_reached(registry: FakeRegistry, way: str) -> None:
    """Other servers of the test are reached, and the server of the registry."""
    with registry.serve() as server, network(registry):
        assert WAYS[way](f"{server.url}/v2/") == b"{}"
        assert WAYS[way](f"http://localhost:{server.port}/v2/") == b"{}"


def test_allowed_host_and_its_addresses_are_connected_to(
    registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The addresses are reserved for documentation; each connection is recorded and not made."""
    connected: list[object] = []

    def resolve(host: str, port: object, *_args: object, **_options: object) -> list[object]:
        address = host if host.startswith("192.") else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(_socket: socket.socket, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError("recorded")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with network(registry, allow=["Example.com"]):
        with pytest.raises(requests.ConnectionError, match="recorded"):
            requests.get("https://example.com/", timeout=5)
        with pytest.raises(HostRefused, match=r"192\.0\.2\.2 is not one"):
            requests.get("https://192.0.2.2/", timeout=5)
    assert connected == [("192.0.2.1", 443)]


def test_proxy_of_the_environment_is_not_used(
    registry: FakeRegistry, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with network(registry):
        assert get(HELLO) == b"{}"
