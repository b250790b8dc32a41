"""`fake-registry serve --persist` as a process: kills, restarts, folders that it refuses."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from fake_registry import FakeRegistry, Settings
from fake_registry.spec.names import digest_of
from tests.server.commands import RunningCommand, Serve, commands, refusal_of
from tests.support.layouts import files_in

STATE = "fake-registry.jsonl"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with commands(tmp_path) as start:
        yield start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "storage"


def persisting(serve: Serve, folder: Path, *arguments: str) -> RunningCommand:
    return serve("--dir", str(folder), "--persist", *arguments)


def kill(command: RunningCommand) -> None:
    command.process.send_signal(signal.SIGKILL)
    command.process.wait(60)


def put_blob(url: str, repository: str, content: bytes) -> None:
    started = requests.post(f"{url}/v2/{repository}/blobs/uploads/", timeout=60)
    location = f"{url}{started.headers['Location']}&digest={digest_of(content)}"
    assert requests.put(location, data=content, timeout=60).status_code == 201


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=60)


def test_content_survives_a_kill_and_an_ordinary_end(serve: Serve, folder: Path) -> None:
    first = persisting(serve, folder)
    put_blob(first.url, "one", b"blob")
    requests.post(f"{first.url}/_fake/images", json={"name": "two:v1"}, timeout=60).raise_for_status()
    lock = requests.patch(f"{first.url}/acr/v1/two/_tags/v1", json={"deleteEnabled": False}, timeout=60)
    before = get(f"{first.url}/_fake/state").json(), get(f"{first.url}/acr/v1/two/_tags/v1").json()["tag"]
    kill(first)

    second = persisting(serve, folder)
    assert lock.status_code == 200
    assert get(f"{second.url}/v2/one/blobs/{digest_of(b'blob')}").content == b"blob"
    after = get(f"{second.url}/_fake/state").json(), get(f"{second.url}/acr/v1/two/_tags/v1").json()["tag"]
    assert after == before
    assert requests.delete(f"{second.url}/v2/two/manifests/v1", timeout=60).status_code == 405
    second.stop()

    third = persisting(serve, folder)
    assert get(f"{third.url}/_fake/state").json() == before[0]
    assert [path.name for path in folder.rglob("*.part")] == []


def test_folder_of_a_running_process_is_refused(serve: Serve, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    running = persisting(serve, folder)
    put_blob(running.url, "one", b"blob")
    before = (folder / STATE).read_bytes()  # `index.json` may follow just now
    error = refusal_of(capfd, "--port", "0", "--dir", str(folder), "--persist")
    assert f"--dir {folder}: expected a folder that no other process uses, found one in use" in error
    assert (folder / STATE).read_bytes() == before
    kill(running)
    assert get(f"{persisting(serve, folder).url}/v2/one/blobs/{digest_of(b'blob')}").content == b"blob"


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of the size of files")
def test_push_that_cannot_be_stored_is_answered_with_503(serve: Serve, folder: Path) -> None:
    import resource  # Unix alone has it

    limit = 100_000
    command = serve(
        *("--dir", str(folder), "--persist"),
        limits=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    digest = digest_of(bytes(2 * limit))
    started = requests.post(f"{command.url}/v2/one/blobs/uploads/", timeout=60)
    location = f"{command.url}{started.headers['Location']}&digest={digest}"
    assert requests.put(location, data=bytes(2 * limit), timeout=60).status_code == 503
    assert requests.delete(f"{command.url}/v2/one/blobs/{digest}", timeout=60).status_code == 202
    put_blob(command.url, "one", b"small")
    command.stop()  # a kill would lose the last lines of the log

    assert f"cannot write to {folder}: File too large" in command.log.read_text()
    again = persisting(serve, folder)
    assert get(f"{again.url}/v2/one/blobs/{digest_of(b'small')}").content == b"small"


def test_each_registry_has_a_sub_folder(serve: Serve, folder: Path) -> None:
    names = ("--registry", "left", "--registry", "Right:oci")
    first = persisting(serve, folder, *names)
    for name in ("left", "right"):
        pushed = requests.post(f"{first.url}/_fake/images?registry={name}", json={"name": f"in-{name}:v1"}, timeout=60)
        assert pushed.status_code == 201
    kill(first)

    assert sorted(path.name for path in folder.iterdir()) == ["left", "right"]
    second = persisting(serve, folder, *names)
    for name in ("left", "right"):
        catalog = requests.get(f"{second.url}/v2/_catalog", headers={"Host": f"{name}.azurecr.io"}, timeout=60)
        assert catalog.json() == {"repositories": [f"in-{name}"]}


def test_layout_becomes_the_storage(serve: Serve, folder: Path) -> None:
    source = FakeRegistry(Settings(auth="off"))
    source.push_image("hello:1")
    source.save_layout(folder)
    before = files_in(folder)
    first = persisting(serve, folder)
    assert get(f"{first.url}/v2/_catalog").json() == {"repositories": ["hello"]}
    first.stop()
    after = files_in(folder)
    del after[STATE]
    assert after == before  # the same layout as `save_layout` writes


def test_seed_is_not_written_to_without_persist(serve: Serve, folder: Path) -> None:
    source = FakeRegistry(Settings(auth="off"))
    source.push_image("hello:1")
    source.save_layout(folder)
    before = files_in(folder)
    command = serve("--dir", str(folder))
    put_blob(command.url, "one", b"blob")
    command.stop()
    assert files_in(folder) == before


@pytest.fixture
def stored(serve: Serve, folder: Path) -> Path:
    """Return the folder of a process that has ended: one image."""
    command = persisting(serve, folder)
    requests.post(f"{command.url}/_fake/images", json={"name": "hello:1"}, timeout=60).raise_for_status()
    command.stop()
    return folder


def test_folder_that_is_no_layout_is_refused(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    error = refusal_of(capfd, "--port", "0", "--dir", str(folder), "--persist")
    assert "expected an empty folder or a valid layout, found a folder with other files" in error
    assert files_in(folder) == {"notes.txt": b"mine"}


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    folder = tmp_path / "file" / "folder"
    error = refusal_of(capfd, "--port", "0", "--dir", str(folder), "--persist")
    assert f"--dir {folder}: [Errno 20] Not a directory" in error


def test_certificate_that_cannot_be_read_changes_no_folder(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    certificate = ("--tls-cert", "none.pem", "--tls-key", "none.key")
    error = refusal_of(capfd, "--port", "0", "--dir", str(folder), "--persist", *certificate)
    assert "--tls-cert none.pem --tls-key none.key: [Errno 2]" in error
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "fake-registry.jsonl: expected the state of a registry, found an empty file"),
        (b"{}\n", "fake-registry.jsonl, line 1: Object missing required field `format`"),
        (b'{"format":"fake-registry-state","version":2}\n', "fake-registry.jsonl, line 1: Invalid enum value 2"),
        (
            b'{"format":"fake-registry-state","version":1}\n{"clear":tr\n',
            "fake-registry.jsonl, line 2: Input data was truncated",
        ),
        (
            b'{"format":"fake-registry-state","version":1}\n{"repositories":{"../x":{}}}\n',
            "fake-registry.jsonl, line 2: ",
        ),
        (
            b'{"format":"fake-registry-state","version":1}\n{"repositories":{"x":{"blobs":{"sha256:../x":null}}}}\n',
            "fake-registry.jsonl, line 2: ",
        ),
    ],
)
def test_unreadable_state_is_refused(
    stored: Path, capfd: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    (stored / STATE).write_bytes(content)
    before = files_in(stored)
    assert f"--dir {stored}: {message}" in refusal_of(capfd, "--port", "0", "--dir", str(stored), "--persist")
    assert files_in(stored) == before


def test_state_without_a_layout_is_refused(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (stored / "oci-layout").unlink()
    error = refusal_of(capfd, "--port", "0", "--dir", str(stored), "--persist")
    assert (
        f"--dir {stored}: expected a layout, found a folder with {STATE} and no readable oci-layout: No such" in error
    )


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
        (lambda path: path.write_bytes(b"other"), "is damaged: expected sha256:"),
    ],
)
def test_absent_and_damaged_content_is_refused(
    stored: Path, capfd: pytest.CaptureFixture[str], damage: object, message: str
) -> None:
    manifest = json.loads((stored / "index.json").read_bytes())["manifests"][0]["digest"]
    assert callable(damage)
    damage(stored / "blobs" / manifest.replace(":", "/"))
    before = files_in(stored)
    error = refusal_of(capfd, "--port", "0", "--dir", str(stored), "--persist")
    assert f"--dir {stored}: the content of hello@{manifest} {message}" in error
    assert files_in(stored) == before


def test_one_bad_folder_of_several_leaves_all_unchanged(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    parent = stored.parent / "several"
    parent.mkdir()
    stored.rename(parent / "right")
    (parent / "right" / STATE).write_bytes(b"{}\n")
    before = files_in(parent)
    error = refusal_of(
        capfd, "--port", "0", "--dir", str(parent), "--persist", "--registry", "left", "--registry", "right"
    )
    assert f"--dir {parent / 'right'}: fake-registry.jsonl, line 1" in error
    assert (files_in(parent), sorted(path.name for path in parent.iterdir())) == (before, ["right"])


def test_layout_for_several_registries_is_refused(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    error = refusal_of(
        capfd, "--port", "0", "--dir", str(stored), "--persist", "--registry", "left", "--registry", "right"
    )
    assert f"--dir {stored}: expected a folder with a sub-folder for each registry, found a layout" in error
