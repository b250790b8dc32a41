"""The command `fake-registry` as a process: its output, its files, its end."""

import json
import re
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from fake_registry import FakeRegistry, Settings
from fake_registry.cli import main
from fake_registry.server.tls import Certificates
from fake_registry.spec.names import digest_of
from tests.server.commands import RunningCommand, Serve, commands
from tests.support.images import image
from tests.support.layouts import entry_of, files_in, write_built, write_index

BIG = b"x" * 32_000_000
"""More than two socket buffers hold."""


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A factory of servers on a free port."""
    with commands(tmp_path) as start:
        yield start


# other tests end their servers by SIGTERM
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.exhaustive)])
def test_ready_line_is_printed_and_port_file_removed_at_the_end(serve: Serve, tmp_path: Path, number: int) -> None:
    port_file = tmp_path / "port"
    port_file.write_text("of an earlier run")
    command = serve("--port-file", str(port_file), "--name", "Mine")
    assert command.ready["name"] == "mine.azurecr.io"
    assert command.ready["auth"] == "off"
    assert command.url == f"http://127.0.0.1:{port_file.read_text().rstrip()}"
    assert requests.get(f"{command.url}/v2/", timeout=5).status_code == 200
    command.stop(number)
    assert command.process.stdout is not None
    assert command.process.stdout.read() == ""
    assert [path.suffix for path in tmp_path.iterdir()] == [".log"]


def test_end_of_a_server_leaves_the_port_file_of_its_successor(serve: Serve, tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    first = serve("--port-file", str(port_file))
    second = serve("--port-file", str(port_file))
    first.stop()
    assert second.url == f"http://127.0.0.1:{port_file.read_text().rstrip()}"


def open_client(command: RunningCommand) -> socket.socket:
    """Return a connection, with TLS if the server has it, that trusts every certificate."""
    client = socket.create_connection(command.address, timeout=5)
    # or the system would keep the request until the end of the handshake is acknowledged: 40 ms
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    if command.url.startswith("http:"):
        return client

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(client)


def test_signal_ends_the_server_during_requests(serve: Serve) -> None:
    command = serve("--profile", "oci", "--stop-seconds", "0.1")
    blobs = f"{command.url}/v2/hello/blobs"
    with requests.Session() as session, ExitStack() as stack:
        pushed = session.post(f"{blobs}/uploads/?digest={digest_of(BIG)}", data=BIG, timeout=10)
        assert pushed.status_code == 201
        silent, halfway, downloading, uploading = (
            stack.enter_context(socket.create_connection(command.address, timeout=5)) for _ in range(4)
        )
        halfway.sendall(b"GET /v2/ HT")
        downloading.sendall(f"GET /v2/hello/blobs/{digest_of(BIG)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert downloading.recv(15) == b"HTTP/1.1 200 OK"
        upload = session.post(f"{blobs}/uploads/", timeout=5).headers["Location"]
        uploading.sendall(f"PATCH {upload} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nfour".encode())
        assert session.get(f"{command.url}/_fake/health", timeout=5).status_code == 200
        command.stop()
        assert silent.recv(1) == b""


@pytest.mark.parametrize("tls", [[], ["--tls", "--write-ca"]])
def test_signal_lets_a_request_under_way_end(serve: Serve, tmp_path: Path, tls: list[str]) -> None:
    ca_file = str(tmp_path / "ca.pem")
    command = serve("--stop-seconds", "inf", *tls, *[ca_file][: len(tls)])
    with requests.Session() as session, open_client(command) as idle, open_client(command) as uploading:
        session.trust_env, session.verify = False, ca_file
        upload = session.post(f"{command.url}/v2/hello/blobs/uploads/", timeout=5).headers["Location"]
        head = f"PATCH {upload} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
        uploading.sendall(f"{head}four".encode())
        health = session.get(f"{command.url}/_fake/health", timeout=5)

        command.process.send_signal(signal.SIGTERM)
        assert idle.recv(1) == b""  # the server has the signal
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(command.address, timeout=5)

        uploading.sendall(b"-five")
        answer = uploading.makefile("rb").read()
        command.stop()

    assert health.json()["status"] == "ok"
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert b"\r\nConnection: close\r\n" in answer
    assert b"\r\nRange: 0-8\r\n" in answer


def test_tls_login_and_log(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Certificates.generate().write_ca(tmp_path / "other.pem")))
    ca_file = tmp_path / "ca.pem"
    arguments = ("--tls", "--write-ca", str(ca_file), "--auth", "token", "--admin-user", "admin:pass:word")
    command = serve(*arguments, "--log-format", "json")
    assert (command.url.rpartition(":")[0], command.ready["auth"]) == ("https://127.0.0.1", "token")
    asked = requests.get(f"{command.url}/v2/", verify=str(ca_file), timeout=5)
    assert asked.status_code == 401
    assert f'realm="{command.url}/oauth2/token"' in asked.headers["WWW-Authenticate"]
    token_url = f"{command.url}/oauth2/token?service=127.0.0.1:{command.address[1]}"
    logins = [
        requests.get(token_url, auth=("admin", password), verify=str(ca_file), timeout=5).status_code
        for password in ("a-wrong-one", "pass:word")
    ]
    assert logins == [401, 200]
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(command.url, timeout=5)
    command.stop()
    text = command.log.read_text()
    exchanges = [line for line in map(json.loads, text.splitlines()) if "note" not in line]
    assert [(line["path"], line["status"]) for line in exchanges] == [
        ("/v2/", 401),
        ("/oauth2/token", 401),
        ("/oauth2/token", 200),
    ]
    assert exchanges[0]["failure"] == "no credentials"
    assert not re.search("a-wrong-one|pass:word|YWRtaW46", text)


def test_environment_sets_options_and_the_command_line_wins(serve: Serve, tmp_path: Path) -> None:
    hello = image(b"layer")
    write_built(tmp_path / "layout", hello)
    write_index(tmp_path / "layout", [entry_of(hello.manifest.descriptor, "1.0")])
    environ = {
        "FAKE_REGISTRY_DIR": str(tmp_path / "layout"),
        "FAKE_REGISTRY_DIR_REPOSITORY": "samples/hello",
        "FAKE_REGISTRY_NAME": "",
        "FAKE_REGISTRY_AUTH": "token",
        "FAKE_REGISTRY_CLOCK": "manual",
        "FAKE_REGISTRY_CONTROL_TOKEN": "T",
        "FAKE_REGISTRY_SETTING": "name=mine,profile=oci",
    }
    command = serve("--setting", "auth=anonymous-pull", environ=environ)
    assert (command.ready["name"], command.ready["auth"]) == ("mine.azurecr.io", "anonymous-pull")
    with requests.Session() as session:
        session.trust_env = False  # or a .netrc could put an Authorization of its own in
        assert session.get(f"{command.url}/_fake/clock", timeout=5).status_code == 401
        session.headers["Authorization"] = "Bearer T"
        health = session.get(f"{command.url}/_fake/health", timeout=5).json()
        clock = session.post(f"{command.url}/_fake/clock", json={"advance_seconds": 1}, timeout=5).json()
        [repository] = session.get(f"{command.url}/_fake/state", timeout=5).json()["repositories"]
    assert (health["profile"], health["auth"], clock["manual"]) == ("oci", "anonymous-pull", True)
    assert (repository["name"], repository["tags"]) == ("samples/hello", {"1.0": hello.digest})


def test_each_server_that_others_reach_makes_a_control_token(serve: Serve) -> None:
    command = serve("--host", "0.0.0.0", "--control-host", "registry.internal")
    token = {"Authorization": f"Bearer {command.ready['token']}"}
    named = {**token, "Host": "registry.internal"}

    assert len(command.ready["token"]) >= 32
    assert serve("--host", "0.0.0.0").ready["token"] != command.ready["token"]
    assert "0.0.0.0" not in command.url
    assert requests.get(f"{command.url}/_fake/health", timeout=5).status_code == 200
    assert requests.get(f"{command.url}/_fake/state", timeout=5).status_code == 401
    assert requests.get(f"{command.url}/_fake/state", headers=token, timeout=5).status_code == 200
    assert requests.get(f"{command.url}/_fake/state", headers=named, timeout=5).status_code == 200
    command.stop()
    assert command.ready["token"] not in command.log.read_text()


def test_help_says_when_the_ready_line_has_a_token(capfd: pytest.CaptureFixture[str]) -> None:
    """The tests before and after this one show that it is true."""
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    text = " ".join(capfd.readouterr().out.split())
    expected = "if --host is not a loopback address, control_token=TOKEN for /_fake/, unless --control-token or"
    assert expected in text


def test_own_token_is_not_printed(serve: Serve) -> None:
    command = serve("--host", "0.0.0.0", environ={"FAKE_REGISTRY_CONTROL_TOKEN": "T"})
    headers = {"Authorization": "Bearer T"}

    assert command.ready["token"] is None
    assert requests.get(f"{command.url}/_fake/state", headers=headers, timeout=5).status_code == 200


def test_server_on_loopback_needs_no_token_and_serves_no_page(serve: Serve) -> None:
    command = serve()
    url = f"{command.url}/_fake/state"

    assert command.ready["token"] is None
    assert requests.get(url, timeout=5).status_code == 200
    assert requests.get(url, headers={"Host": "attacker.example"}, timeout=5).status_code == 403
    assert requests.get(url, headers={"Origin": "https://attacker.example"}, timeout=5).status_code == 403


def test_control_api_can_be_switched_off(serve: Serve) -> None:
    command = serve("--no-control", "--host", "0.0.0.0")

    assert command.ready["token"] is None
    assert requests.get(f"{command.url}/v2/", timeout=5).status_code == 200
    assert requests.get(f"{command.url}/_fake/health", timeout=5).status_code == 404
    assert requests.post(f"{command.url}/_fake/reset", timeout=5).status_code == 404


@pytest.mark.parametrize(("names", "saved"), [("", "0 images"), ("a:1", "1 image"), ("a:1 a:2 b:1", "3 images")])
def test_export_prints_how_many_images_it_saved(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], names: str, saved: str
) -> None:
    source = FakeRegistry(Settings(auth="off"))
    for name in names.split():
        source.push_image(name)

    with source.serve() as server:
        assert main(["export", str(tmp_path / "exported"), "--from", server.url]) == 0
    assert capfd.readouterr().out == f"saved {saved} to {tmp_path / 'exported'}\n"


def test_exported_layout_equals_the_served_one(serve: Serve, tmp_path: Path) -> None:
    source = FakeRegistry(Settings(auth="off"))
    pushed = source.push_image("samples/hello:1.0", layers=[b"layer"])
    source.push_artifact("samples/hello", subject=pushed.digest, artifact_type="application/vnd.example")
    layout = source.save_layout(tmp_path / "layout")
    before = files_in(layout)
    command = serve("--dir", str(layout))
    assert main(["export", str(tmp_path / "exported"), "--from", command.url]) == 0
    command.stop()
    assert files_in(tmp_path / "exported") == before == files_in(layout)


def test_export_over_a_layout_keeps_other_files(tmp_path: Path) -> None:
    old, new = FakeRegistry(Settings(auth="off")), FakeRegistry(Settings(auth="off"))
    old.push_image("samples/hello:1.0", layers=[b"old"])
    new.push_image("samples/hello:1.0", layers=[b"new"])
    exported = old.save_layout(tmp_path / "exported")
    (exported / "main.py").write_text("print()")

    with new.serve() as server:
        assert main(["export", str(exported), "--from", server.url]) == 0
    assert files_in(exported) == files_in(new.save_layout(tmp_path / "new")) | {"main.py": b"print()"}
