"""Serving over TLS: certificates that clients accept, handshakes that block no other client."""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests
import trustme
from cryptography.hazmat.primitives import serialization

from fake_registry.server import Note, RegistryServer
from fake_registry.server.tls import Certificates
from fake_registry.wsgi import ConnectionDropped
from tests.server.slow_clients import sends_until_cut

Serve = Callable[..., RegistryServer]
Talk = Callable[..., bytes]


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.url_scheme"].encode() + b":" + environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return Certificates.generate(["fake.eastus.data.azurecr.io"])


def connect(server: RegistryServer, *, name: str = "localhost", protocols: Iterable[str] = ()) -> ssl.SSLSocket:
    """A TLS connection that trusts the server's CA and no other, and minds how the connection ends."""
    context = ssl.create_default_context(cafile=server.ca_file)
    context.set_alpn_protocols(protocols)
    raw = socket.create_connection((server.host, server.port), timeout=5)
    try:
        return context.wrap_socket(raw, server_hostname=name, suppress_ragged_eofs=False)
    except BaseException:
        raw.close()
        raise


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_requests_trusts_the_ca_file_in_any_environment(
    serve: Serve, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, str(Certificates.generate().write_ca(tmp_path / variable)))
    server = serve(echo, certificates=certificates)
    assert server.url == f"https://127.0.0.1:{server.port}"
    url = f"https://{host}:{server.port}/"
    with requests.Session() as session:
        bodies = [session.put(url, data=b"x" * 300_000, verify=str(server.ca_file)).content for _ in range(2)]
        session.mount(url, requests.adapters.HTTPAdapter())  # a connection of its own
        with pytest.raises(requests.exceptions.SSLError):
            session.get(url)
    assert bodies == [b"https:" + b"x" * 300_000] * 2


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "anyname.azurecr.io", "fake.eastus.data.azurecr.io"])
def test_certificate_is_valid_for_the_name(serve: Serve, certificates: Certificates, name: str) -> None:
    with connect(serve(echo, certificates=certificates), name=name) as client:
        assert client.version() == "TLSv1.3"


def test_certificate_is_invalid_for_another_name(serve: Serve, certificates: Certificates) -> None:
    server = serve(echo, certificates=certificates)
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(server, name="eastus.data.azurecr.io.example")


def test_client_that_offers_http_2_gets_http_1_1(serve: Serve, certificates: Certificates) -> None:
    with connect(serve(echo, certificates=certificates), protocols=["h2", "http/1.1"]) as client:
        assert client.selected_alpn_protocol() == "http/1.1"


def test_ca_file_is_removed_at_stop(certificates: Certificates) -> None:
    with RegistryServer(echo, certificates=certificates) as server:
        ca_file = server.ca_file
        assert ca_file is not None
        assert ca_file.read_bytes() == certificates.ca_pem
    assert not ca_file.parent.exists()
    assert server.ca_file is None


def test_silent_client_blocks_neither_others_nor_stop(certificates: Certificates) -> None:
    server = RegistryServer(echo, certificates=certificates).start()
    with socket.create_connection((server.host, server.port), timeout=5) as silent, connect(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(65536).endswith(b"https:")
        server.stop()
        assert silent.recv(1) == b""


def test_silent_client_is_dropped_in_time(serve: Serve, certificates: Certificates) -> None:
    server = serve(echo, certificates=certificates, head_seconds=0.01)
    with socket.create_connection((server.host, server.port), timeout=5) as silent:
        assert silent.recv(1) == b""


def test_failed_handshake_is_noted(certificates: Certificates) -> None:
    notes: list[Note] = []
    with (
        RegistryServer(echo, certificates=certificates, log=notes.append) as server,
        pytest.raises(requests.exceptions.SSLError),
    ):
        requests.get(server.url, timeout=5, verify=True)
    [note] = notes
    assert note.text.startswith("lost a connection: ")
    assert "UNKNOWN_CA" in note.text
    assert note.peer is not None
    assert server.failures == ()


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"PATCH", b"\r\n", b"brew"])
def test_plain_http_request_to_a_tls_port_is_refused_in_plain_http(
    certificates: Certificates, talk: Talk, sent: bytes
) -> None:
    notes: list[Note] = []
    with RegistryServer(echo, certificates=certificates, log=notes.append) as server:
        got = talk(server, sent, half_close=True)

    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nConnection: close\r\n" in got
    assert got.endswith(b"\r\n\r\na plain http request came to an https port: use https://\n")
    assert [(note.status, note.text.partition(":")[0]) for note in notes] == [(400, "refused a request")]


def test_client_with_neither_tls_nor_http_is_noted(certificates: Certificates, talk: Talk) -> None:
    notes: list[Note] = []
    with RegistryServer(echo, certificates=certificates, log=notes.append) as server:
        talk(server, b"\x00\x01\x02\x03\x04\x05")

    assert [note.text.partition(":")[0] for note in notes] == ["lost a connection"]


def test_each_byte_of_a_handshake_does_not_extend_its_time(serve: Serve, certificates: Certificates) -> None:
    server = serve(echo, certificates=certificates, head_seconds=0.2)
    hello = b"\x16\x03\x01\x10\x00"  # announces 4,096 bytes
    with socket.create_connection((server.host, server.port), timeout=5) as slow:
        assert sends_until_cut(slow, hello + bytes(500)) < 500


def test_end_of_the_connection_is_announced_in_tls(serve: Serve, certificates: Certificates) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b"to the end"]

    with connect(serve(app, certificates=certificates)) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        got = b"".join(iter(lambda: client.recv(65536), b""))
    assert got.endswith(b"\r\n\r\nto the end")


def test_dropped_connection_is_a_reset_without_an_announcement(serve: Serve, certificates: Certificates) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise ConnectionDropped

    with connect(serve(app, certificates=certificates)) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):  # asked for below TLS: OpenSSL may call a reset an end of file
            socket.socket.recv(client, 1)


def test_loaded_certificate_serves(serve: Serve, tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    server = serve(echo, certificates=Certificates.load(tmp_path / "cert.pem", tmp_path / "key.pem"))
    client = http.client.HTTPSConnection("127.0.0.1", server.port, context=ssl._create_unverified_context(), timeout=5)
    client.connect()
    peer = client.sock.getpeercert(binary_form=True)
    client.close()
    assert peer == ssl.PEM_cert_to_DER_cert((tmp_path / "cert.pem").read_text())


def test_pair_that_does_not_match_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    for name in ("one", "other"):
        leaf = trustme.CA().issue_cert("localhost")
        leaf.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
        leaf.private_key_pem.write_to_path(tmp_path / f"{name}.key")
    with pytest.raises(ssl.SSLError, match="KEY_VALUES_MISMATCH"):
        Certificates.load(tmp_path / "one.pem", tmp_path / "other.key")


def test_encrypted_key_is_refused_without_a_prompt(tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("localhost")
    key = serialization.load_pem_private_key(leaf.private_key_pem.bytes(), password=None)
    sealed = serialization.BestAvailableEncryption(b"password")
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)
    )
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    with pytest.raises(ssl.SSLError):
        Certificates.load(tmp_path / "cert.pem", tmp_path / "key.pem")


def test_private_key_stays_out_of_the_repr(certificates: Certificates) -> None:
    assert "PRIVATE KEY" in certificates.chain_and_key_pem.decode()
    assert "PRIVATE KEY" not in repr(certificates)
