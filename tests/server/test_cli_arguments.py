"""The command `fake-registry` with errors: it reports them and leaves nothing behind."""

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.cli import main
from tests.server.commands import refusal_of
from tests.support.endless import endless, serve_raw, whole


def test_taken_port_is_status_2_and_named(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        storage = ("--dir", str(tmp_path / "storage"), "--persist")
        error = refusal_of(capfd, "--port", str(port), "--port-file", str(tmp_path / "port"), *storage)
    reason = "Address already in use; --port 0 picks a free port"
    assert f"error: --host 127.0.0.1 --port {port}: {reason}; see fake-registry serve --help" in error
    assert list(tmp_path.iterdir()) == []
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


@pytest.mark.parametrize("option", [["--port-file"], ["--hosts-file"], ["--tls", "--write-ca"]])
def test_file_that_cannot_be_written_is_status_2_and_named(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, option: list[str]
) -> None:
    threads = threading.active_count()
    path = tmp_path / "no" / "file"
    error = refusal_of(capfd, "--port", "0", *option, str(path))
    assert f"error: {option[-1]} {path}: No such file or directory" in error
    assert threading.active_count() == threads


def test_port_file_that_is_a_folder_is_status_2_and_kept(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "port").mkdir()
    error = refusal_of(capfd, "--port", "0", "--port-file", str(tmp_path / "port"))
    assert f"--port-file {tmp_path / 'port'}: expected the path of a file, found a folder" in error
    assert list(tmp_path.iterdir()) == [tmp_path / "port"]


def test_port_file_that_is_a_pipe_is_status_2_and_kept(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pipe = tmp_path / "port"
    os.mkfifo(pipe)
    error = refusal_of(capfd, "--port", "0", "--port-file", str(pipe))
    assert "expected the path of a file, found a device, a pipe or a socket" in error
    assert (pipe.is_fifo(), list(tmp_path.iterdir())) == (True, [pipe])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "the following arguments are required: command"),
        ("sell", "invalid choice: 'sell'"),
        ("serve --port http", "--port: expected a port from 0 to 65535, found 'http'"),
        ("serve --port 65536", "--port: expected a port from 0 to 65535, found '65536'"),
        ("serve --port=-1", "--port: expected a port from 0 to 65535, found '-1'"),
        ("serve --host=", "--host: expected a value, found none"),
        ("serve --name my-registry", "name: expected ASCII letters and digits, found 'my-registry'"),
        ("serve --auth basic", "--auth: expected one of token, anonymous-pull, off, found 'basic'"),
        ("serve --profile docker", "--profile: expected one of acr, oci, found 'docker'"),
        ("serve --clock sand", "--clock: expected one of system, manual, found 'sand'"),
        ("serve --log-format xml", "--log-format: expected one of text, json, found 'xml'"),
        ("serve --idle-seconds 0", "--idle-seconds: expected a number of seconds above 0, or inf, found '0'"),
        ("serve --head-seconds nan", "--head-seconds: expected a number of seconds above 0, or inf, found 'nan'"),
        ("serve --stop-seconds 0", "--stop-seconds: expected a number of seconds above 0, or inf, found '0'"),
        ("serve --drain-seconds soon", "--drain-seconds: expected a number of seconds above 0, or inf, found 'soon'"),
        (
            "serve --admin-user hush",
            "--admin-user: expected USER:PASSWORD, found a text without a colon, or with nothing",
        ),
        ("serve --control-token=", "--control-token: expected a value, found none"),
        ("serve --control-host https://a", "--control-host: expected a host name such as registry.internal"),
        (
            "serve --setting page_size=1",
            "--setting: there is no setting 'page_size'; the settings are max_page_size, default_page_size, profile",
        ),
        ("serve --setting blob_redirect=maybe", "--setting: expected blob_redirect to be true or false, found 'maybe'"),
        ("serve --setting max_page_size=0", "max_page_size: expected at least 1, found 0"),
        ("serve --setting admin_user=u", "expected both admin_user and admin_password"),
        ("serve --tls --tls-cert c --tls-key k", "expected --tls or --tls-cert, not both"),
        ("serve --tls-cert c", "--tls-cert and --tls-key require each other"),
        ("serve --tls-cert none.pem --tls-key none.key", "--tls-cert none.pem --tls-key none.key: [Errno 2]"),
        (
            f"serve --tls-cert {__file__} --tls-key {__file__}",
            f"--tls-key {__file__}: expected a certificate and its unencrypted private key, both PEM, found",
        ),
        ("serve --tls --host my_host", "--host my_host: no certificate can have this name"),
        ("serve --write-ca ca.pem", "--write-ca requires --tls"),
        ("serve --dir nowhere", "--dir nowhere: expected a folder with an OCI image layout, found none"),
        ("serve --dir .", "--dir .: expected an OCI image layout, found a folder without the file oci-layout"),
        ("serve --no-control --control-token T", "expected --no-control or --control-token, not both"),
        ("serve --no-control --control-host a", "expected --no-control or --control-host, not both"),
        ("serve --no-control --open", "expected --no-control or --open, not both"),
        ("serve --admin-user me:hush", "--admin-user requires --auth token or --auth anonymous-pull"),
        ("serve --auth token --setting auth=off", "expected --auth or --setting auth=, not both"),
        ("serve --profile oci --setting profile=acr", "expected --profile or --setting profile=, not both"),
        ("serve --dir one --dir two", "--dir: expected once, found twice"),
        ("serve --dir-repository a", "--dir-repository requires --dir"),
        ("serve --persist", "--persist requires --dir"),
        ("export layout --from a --insecure --ca-file f", "expected --ca-file or --insecure, not both"),
        (
            "serve --por 0",
            "unrecognized arguments: --por 0; the options most like it are --port; see fake-registry serve --help",
        ),
        ("serve nothing", "unrecognized arguments: nothing; see fake-registry serve --help"),
        ("export a --form=u", "unrecognized arguments: --form=u; the options most like it are --from; see"),
        ("export layout", "expected --from URL, found none"),
        (
            "export layout --from ftp://a",
            "--from: expected a registry's URL such as https://NAME.azurecr.io, found the",
        ),
        ("export layout --from https://u:hush@a", "--from: expected a registry's URL such as https://NAME.azurecr.io"),
        ("export layout --realm-host https://a", "--realm-host: expected a host such as auth.docker.io"),
        (
            "export layout --from http://127.0.0.1:1 --username u",
            "expected a username and a password, or neither, found the username alone",
        ),
    ],
)
def test_wrong_argument_is_status_2_and_nothing_starts(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    out, err = capfd.readouterr()
    assert (ended.value.code, out, list(tmp_path.iterdir())) == (2, "", [])
    assert message in err
    assert err.startswith("fake-registry")
    assert err.count("\n") == 1  # no usage, which would bury it
    assert "hush" not in err


@pytest.mark.parametrize("command", ["serve --port 0", "export layout --from http://127.0.0.1:1"])
def test_misspelt_variable_is_status_2_with_the_nearest(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("FAKE_REGISTRY_AUHT", "token")
    with pytest.raises(SystemExit) as ended:
        main(command.split())

    assert ended.value.code == 2
    expected = "FAKE_REGISTRY_AUHT: there is no such variable; the one most like it is FAKE_REGISTRY_AUTH; see"
    assert expected in capfd.readouterr().err


def test_variable_for_the_negation_of_a_switch_is_status_2(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was ignored: the control API was on."""
    monkeypatch.setenv("FAKE_REGISTRY_NO_CONTROL", "true")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0"])

    assert ended.value.code == 2
    expected = "FAKE_REGISTRY_NO_CONTROL: there is no such variable; write FAKE_REGISTRY_CONTROL=false; see"
    assert expected in capfd.readouterr().err


def test_wrong_variable_is_status_2_and_named(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_REGISTRY_TLS", "on")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0"])
    assert ended.value.code == 2
    assert "FAKE_REGISTRY_TLS: expected one of true, false, found 'on'" in capfd.readouterr().err


def test_broken_layout_is_status_2_and_its_file_named(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source = FakeRegistry(Settings(auth="off"))
    image = source.push_image("hello:1")
    layout = source.save_layout(tmp_path / "layout")
    file = f"blobs/{image.digest.replace(':', '/')}"
    (layout / file).write_bytes(b"other content")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", "--dir", str(layout)])
    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert f"--dir {layout}: {file}: expected " in err


def test_layout_whose_names_are_tags_alone_names_the_option(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As skopeo writes it."""
    source = FakeRegistry(Settings(auth="off"))
    source.push_image("hello:1")
    layout = source.save_layout(tmp_path / "layout")
    index = layout / "index.json"
    index.write_text(index.read_text().replace("hello:1", "1.0"))
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", "--dir", str(layout)])
    expected = "expected a name with a repository in it, or --dir-repository for those without, found '1.0'"
    assert ended.value.code == 2
    assert f"--dir {layout}: index.json, manifests[0]: {expected}" in capfd.readouterr().err


def test_layout_with_a_malformed_descriptor_is_status_2_and_its_member_named(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = FakeRegistry(Settings(auth="off"))
    source.push_image("hello:1")
    layout = source.save_layout(tmp_path / "layout")
    document = json.loads((layout / "index.json").read_bytes())
    document["manifests"][0]["size"] = None
    (layout / "index.json").write_text(json.dumps(document))
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", "--dir", str(layout)])
    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (2, "")
    expected = "expected a number of bytes, 0 to 2^63 - 1, found null"
    assert f"--dir {layout}: index.json, manifests[0].size: {expected}" in err


def test_failed_export_is_status_1_and_writes_nothing(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["export", str(tmp_path / "layout"), "--from", "http://127.0.0.1:1"]) == 1
    problem = "cannot export http://127.0.0.1:1: cannot connect to 127.0.0.1:1: connection refused"
    assert capfd.readouterr().err == f"fake-registry: {problem}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("served", "scheme", "reason"),
    [
        (
            {},
            "https",
            "127.0.0.1:PORT does not speak TLS; write http://127.0.0.1:PORT for a registry without it",
        ),
        (
            {"tls": True},
            "https",
            "get local issuer certificate; --ca-file names its CA, --insecure trusts every certificate",
        ),
        ({"tls": True}, "http", "status 400; write https://127.0.0.1:PORT for a registry with TLS"),
        ({}, "http", "; --username and --password, or --token, log in"),
    ],
    ids=["no TLS", "certificate", "TLS", "no login"],
)
def test_failed_export_names_the_remedy(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, served: dict[str, bool], scheme: str, reason: str
) -> None:
    with FakeRegistry().serve(tls=served.get("tls", False)) as server:
        url = f"{scheme}://127.0.0.1:{server.port}"
        assert main(["export", str(tmp_path / "layout"), "--from", url]) == 1
        expected = reason.replace("PORT", str(server.port))
    assert capfd.readouterr().err.endswith(f"{expected}\n")


def test_export_to_a_folder_with_other_files_is_status_1_and_changes_nothing(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text("print()")
    (tmp_path / "oci-layout").write_text("garbage")
    assert main(["export", str(tmp_path), "--from", "http://127.0.0.1:1"]) == 1
    assert f"{tmp_path}: expected an empty folder or a valid layout" in capfd.readouterr().err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "main.py": "print()",
        "oci-layout": "garbage",
    }


def test_export_to_an_empty_path_is_status_2_and_writes_nothing(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["export", "", "--from", "http://127.0.0.1:1"])
    assert (ended.value.code, list(tmp_path.iterdir())) == (2, [])
    assert "LAYOUT: expected the path of a folder, found an empty text" in capfd.readouterr().err


def test_version_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    version = capfd.readouterr().out
    assert re.fullmatch(r"fake-registry \S.*\n", version)

    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capfd.readouterr().out) == (0, version)


class InterruptedImport(MetaPathFinder):
    """Ctrl-C while the command's modules are loaded."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "fake_registry.cli.command":
            raise KeyboardInterrupt


def test_interrupt_while_modules_are_loaded_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "fake_registry.cli.command", raising=False)
    monkeypatch.setattr(sys, "meta_path", [InterruptedImport(), *sys.meta_path])
    assert main(["version"]) == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [("version", "cannot write to standard output:"), ("serve --port 0", "cannot serve: [Errno 32]")],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_reader_that_is_gone_is_status_1_in_one_line(arguments: str, message: str, unbuffered: str) -> None:
    """Also where Python has a buffer, which it would try to write once more at its end."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [sys.executable, "-m", "fake_registry", *arguments.split()]
        environ = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environ, check=False)
    finally:
        os.close(writing)
    reason = os.strerror(errno.EPIPE)
    expected = f"fake-registry: {message} {reason}\n"
    assert (ended.returncode, ended.stderr.decode()) == (1, expected)


HOSTILE = json.dumps({"errors": [{"code": "DENIED", "message": "\x1b[2Jgone\r\nforged\u202e"}]}).encode()


def test_words_of_an_exported_registry_are_escaped(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with serve_raw(lambda _: whole(403, HOSTILE)) as url:
        assert main(["export", str(tmp_path / "layout"), "--from", url]) == 1
    err = capfd.readouterr().err
    assert "\\x1b[2Jgone\\r\\nforged\\u202e" in err
    assert err.removesuffix("\n").isprintable()


def test_name_of_a_folder_is_escaped(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[2J\nb"
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", "--dir", str(folder)])
    folder.mkdir()
    (folder / "file").touch()
    assert (ended.value.code, main(["export", str(folder), "--from", "http://127.0.0.1:1"])) == (2, 1)
    err = capfd.readouterr().err
    assert err.count("a\\x1b[2J\\nb") >= 2
    assert all(line.isprintable() for line in err.splitlines())


def test_unknown_argument_is_escaped(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--\x1b[2J"])
    assert "\\x1b[2J" in capfd.readouterr().err


def test_export_of_an_endless_registry_is_status_1(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with serve_raw(lambda _: endless(200)) as url:
        assert main(["export", str(tmp_path / "layout"), "--from", url]) == 1
    assert "catalog.list: expected at most 16777216 bytes, found more" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []
