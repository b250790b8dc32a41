"""The command registry-check: its exit status, its output, and bad input."""

import io
import json
import re
import socket
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from fake_registry import FakeRegistry, Settings
from pytest_acr.harness.check import entry
from pytest_acr.harness.check.replay_json import encode_steps
from tests.support.check_findings import OPEN, finding_of_lost_delete, plant_lost_delete
from tests.support.scripted_connections import RESET, serve_connections

Run = Callable[..., int]

SHORT = ("--examples", "1", "--seed", "1")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OCI_REGISTRY", "OCI_TLS", "OCI_REPO1", "OCI_REPO2", "OCI_USERNAME", "OCI_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of a registry that is open to all."""
    with FakeRegistry(OPEN).serve() as server:
        yield server.url


def run(*argv: str) -> int:
    """Return the exit status."""
    try:
        return entry.main(argv)
    except SystemExit as end:
        return int(end.code or 0)


def test_status_is_0_if_all_properties_hold(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(url, *SHORT) == 0

    output = capsys.readouterr()
    assert re.match(r"0 broken, \d+ hold, \d+ not checked; ", output.out)
    assert output.err == ""


def test_status_is_1_if_a_property_is_broken(
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    plant_lost_delete(monkeypatch)
    reports = [tmp_path / name for name in ("a.xml", "a.json", "a.html")]
    arguments = [word for file in reports for word in ("--report", str(file))]

    assert run(url, "--only", "blobs", "--examples", "3", "--seed", "1", *arguments) == 1

    output = capsys.readouterr()
    assert "1. blob-" in output.out
    assert "registry-check: blob-absent is broken\n" in output.err
    assert [file.stat().st_size > 1000 for file in reports] == [True] * 3
    found = json.loads(reports[1].read_text(encoding="utf-8"))["findings"]
    assert {each["property"] for each in found} <= {"blob-absent", "blob-delete-absent"}


def test_finding_is_replayed(
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    plant_lost_delete(monkeypatch)
    steps = encode_steps(finding_of_lost_delete())
    file = tmp_path / "steps.json"
    file.write_text(steps, encoding="utf-8")

    assert [run(url, "--replay", steps), run(url, "--replay", str(file))] == [1, 1]
    assert capsys.readouterr().out.count("1. blob-absent") == 2

    monkeypatch.undo()
    assert run(url, "--replay", steps) == 0
    assert capsys.readouterr().out == "all properties hold for these steps\n"


def test_replay_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as planted:
        plant_lost_delete(planted)
        steps = encode_steps(finding_of_lost_delete())
    registry = FakeRegistry(OPEN)

    with registry.serve() as server:
        assert run(server.url, "--replay", steps) == 0

    assert registry.requests.where(method="PUT", status=201)
    assert registry.tree() == FakeRegistry(OPEN).tree()


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"registry-check {metadata.version('pytest-acr')}\n"


def test_installed_command_is_this_one() -> None:
    [script] = metadata.entry_points(group="console_scripts", name="registry-check")
    assert script.load() is entry.main


# access


@pytest.fixture
def closed_url() -> Iterator[str]:
    """The URL of a registry that requires a login."""
    settings = Settings(profile="oci", auth="token", admin_user="me", admin_password="pass-word")
    with FakeRegistry(settings).serve() as server:
        yield server.url


def test_login_is_used_and_not_printed(
    closed_url: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    report = tmp_path / "report.json"
    login = ("--username", "me", "--password", "pass-word")

    assert run(closed_url, *login, *SHORT, "--report", str(report)) == 0

    output = capsys.readouterr()
    assert "pass-word" not in output.out + output.err + report.read_text(encoding="utf-8")


def test_variables_of_the_conformance_suite_are_used(
    closed_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OCI_REGISTRY", closed_url.removeprefix("http://"))
    monkeypatch.setenv("OCI_TLS", "disabled")
    monkeypatch.setenv("OCI_REPO1", "theirs/one")
    monkeypatch.setenv("OCI_USERNAME", "me")
    monkeypatch.setenv("OCI_PASSWORD", "pass-word")

    assert run(*SHORT) == 0
    assert run(*SHORT, "--anonymous") == 2


def test_wrong_password_cannot_run(closed_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(closed_url, "--username", "me", "--password", "wrong-word", *SHORT) == 2

    message = capsys.readouterr().err
    assert message.startswith("registry-check: error: the registry requires a login, or refuses this one (401)")
    assert "wrong-word" not in message


def test_other_hosts_are_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: sent.append(args))
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: sent.append(args))

    assert run("https://registry.example.com", *SHORT) == 2

    assert sent == []
    assert capsys.readouterr().err == (
        "registry-check: error: expected a registry on this machine, to which the check pushes, "
        "found registry.example.com: --write allows it\n"
    )


# bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected the URL of a registry, such as http://127.0.0.1:5000, found none"),
        (("ftp://host",), "expected"),
        (("http://me:secret@localhost",), "expected"),
        (("localhost:5000", "--repository", "Upper"), "expected a repository name such as"),
        (("localhost:5000", "--repository", "a" * 201), "expected at most 200 characters"),
        (("localhost:5000", "--examples", "0"), "expected a number of examples above 0"),
        (("localhost:5000", "--max-time", "nan"), "expected a number of seconds above 0"),
        (("localhost:5000", "--seed", "-1"), "expected a number"),
        (("localhost:5000", "--only", "unknown"), "invalid choice"),
        (("localhost:5000", "--onyl", "tags"), "--onyl tags; the options most like it are --only"),
        (("localhost:5000", "--only", "tags", "--skip", "tags"), "expected areas to test"),
        (("localhost:5000", "--like", "unknown"), "expected one of strict, acr, docker"),
        (("localhost:5000", "--report", "a.txt"), "expected a file name that ends with .xml"),
        (("localhost:5000", "--report", "absent/a.xml"), "expected a file in an existing folder"),
        (
            ("localhost:5000", "--replay", "absent.json"),
            "--replay: expected JSON, or the name of a file",
        ),
        (("localhost:5000", "--replay", "[3]"), "--replay: expected a step"),
        (
            ("localhost:5000", "--username", "me"),
            "expected a username and a password, or neither, found the username alone",
        ),
        (("localhost:5000", "--username", "me", "--anonymous"), "not both"),
    ],
)
def test_wrong_arguments_are_one_sentence(
    arguments: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*arguments) == 2

    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err
    assert "secret" not in output.err
    assert output.err.count("\n") == 1


HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (HTML, "found an HTML page"),
        (RESET, "no usable response"),
        (b"not HTTP\r\n\r\n", "no usable response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", "no usable response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", "no usable response"),
    ],
    ids=["HTML", "reset", "not HTTP", "10 GB", "wrong length"],
)
def test_registry_that_answers_nothing_usable_cannot_run(
    answer: bytes,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serve_connections(*[[answer]] * 3) as server:
        assert run(server.url, *SHORT) == 2

    output = capsys.readouterr()
    assert message in output.err
    assert output.err.count("\n") == 1


def test_unreachable_registry_cannot_run(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    assert run(f"http://127.0.0.1:{port}", *SHORT) == 2
    assert "no server listens there" in capsys.readouterr().err


def test_registry_that_hangs_cannot_run(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert run(url, "--timeout", "0.05", *SHORT) == 2

    assert "no usable response" in capsys.readouterr().err


def test_steps_that_do_not_exist_are_one_sentence(
    url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(url, "--replay", '[["unknown", {}]]') == 2

    message = capsys.readouterr().err
    assert message.startswith("registry-check: error: expected a step, one of ")
    assert message.count("\n") == 1


@pytest.mark.parametrize("steps", ["[]", '{"steps": []}', '{"property": "blob-gte", "steps": [["a", {}]]}'])
def test_replay_of_nothing_is_refused(url: str, steps: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(url, "--replay", steps) == 2

    error = capsys.readouterr().err
    assert error.startswith("registry-check: error: --replay: ")
    assert "expected at least one step" in error or "such as blob-get" in error


@pytest.mark.parametrize("more", [(), ("--replay", '[["get_blob", {"repository": 0, "which": 0}]]')])
def test_time_that_is_over_at_once_is_one_sentence(
    url: str,
    more: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(url, *SHORT, *more, "--max-time", "1e-9") == 2
    assert "found it over before the " in capsys.readouterr().err


def test_folder_as_report_is_refused_before_the_run(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "report.json"
    folder.mkdir()

    assert run("http://127.0.0.1:1", "--report", str(folder)) == 2
    assert "expected the name of a file, found a folder" in capsys.readouterr().err


@pytest.mark.parametrize("stream", [None, io.StringIO(""), io.StringIO("\n")])
def test_password_that_is_not_on_standard_input_is_refused(
    stream: io.StringIO | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", stream)

    assert run("http://127.0.0.1:1", "--username", "me", "--password-stdin") == 2
    assert "expected a line with the password, found none" in capsys.readouterr().err


def test_closed_streams_do_not_change_the_status(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)

    assert run(url, *SHORT) == 0
    assert run("ftp://host") == 2
