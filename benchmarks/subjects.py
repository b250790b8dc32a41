"""The registries that are measured, each a process of its own on 127.0.0.1: how to find, start and stop them.

The peers keep everything in memory, as we do: distribution (the reference implementation), crane (the registry of
go-containerregistry) and olareg. `benchmarks/install-peers` installs the two that Debian does not package.
"""

import functools
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

HOST = "127.0.0.1"
START_LIMIT_S = 20
STOP_LIMIT_S = 5
POLL_S = 0.02


@dataclass(frozen=True)
class Server:
    """A registry that answers."""

    name: str
    port: int
    pid: int
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{HOST}:{self.port}"


@dataclass(frozen=True)
class Subject:
    """A registry that can be started: its program and the arguments for a port and a scratch directory."""

    name: str
    program: str
    arguments: Callable[[int, Path], list[str]]
    installed_by: str
    ca: Path | None = None
    """The CA certificate of its https; None for http."""

    @property
    def path(self) -> str | None:
        """Where the program is, or None."""
        return shutil.which(self.program, path=_search_path())


def _distribution(port: int, scratch: Path) -> list[str]:
    config = scratch / "config.yml"
    config.write_text(
        "version: 0.1\n"
        "log: {level: error, accesslog: {disabled: true}}\n"
        "storage: {inmemory: {}, delete: {enabled: true}, maintenance: {uploadpurging: {enabled: false}}}\n"
        f"http: {{addr: '{HOST}:{port}'}}\n"
    )
    return ["serve", str(config)]


def _crane(port: int, _scratch: Path) -> list[str]:
    return ["registry", "serve", "--address", f"{HOST}:{port}"]


def _olareg(port: int, _scratch: Path) -> list[str]:
    return ["serve", "--addr", HOST, "--port", str(port), "--store-type", "mem"]


def _ours(port: int, _scratch: Path, *, auth: str = "off", profile: str = "oci") -> list[str]:
    return ["-m", "fake_registry", "serve", "--port", str(port), "--auth", auth, "--setting", f"profile={profile}"]


def _ours_persisting(port: int, scratch: Path) -> list[str]:
    return [*_ours(port, scratch), "--dir", str(scratch / "storage"), "--persist"]


OURS = Subject("fake-registry", sys.executable, _ours, "pip install -e .")
OURS_PERSISTING = replace(OURS, name="with --persist", arguments=_ours_persisting)
OURS_AS_ACR = replace(OURS, arguments=functools.partial(_ours, profile="acr"))
OURS_WITH_LOGIN = replace(OURS, arguments=functools.partial(_ours, profile="acr", auth="token"))
PEERS = (
    Subject("distribution", "docker-registry", _distribution, "apt-get install docker-registry"),
    Subject("crane", "crane", _crane, "benchmarks/install-peers"),
    Subject("olareg", "olareg", _olareg, "benchmarks/install-peers"),
)


def recorded_answers(file: Path) -> Subject:
    """Return the limit of a registry: the server that sends the answers saved in `file`."""

    def arguments(port: int, _scratch: Path) -> list[str]:
        return ["-m", "benchmarks.recorded", str(port), str(file)]

    return Subject("recorded answers", sys.executable, arguments, "part of the benchmarks")


def over_tls(subject: Subject, ca: Path, cert: Path, *more: str) -> Subject:
    """Return ours or olareg with https, whose options have the same names, and `more` arguments.

    `cert` has the certificate and its key.
    """
    tls = ["--tls-cert", str(cert), "--tls-key", str(cert), *more]

    def arguments(port: int, scratch: Path) -> list[str]:
        return [*subject.arguments(port, scratch), *tls]

    return replace(subject, arguments=arguments, ca=ca)


SINK = Subject("bare socket", sys.executable, lambda port, _: ["-m", "benchmarks.sink", str(port)], "")
"""The limit of an upload: see `benchmarks.sink`."""


@functools.cache
def _search_path() -> str:
    """PATH, then the two places where `go install` puts programs."""
    places = [os.environ.get("PATH", os.defpath)]
    if go := shutil.which("go"):
        answer = subprocess.run([go, "env", "GOBIN", "GOPATH"], capture_output=True, text=True, check=True).stdout
        bin_directory, workspace = answer.splitlines()
        places += [place for place in (bin_directory, f"{workspace}/bin") if place]
    return os.pathsep.join(places)


def installed_peers() -> tuple[Subject, ...]:
    return tuple(peer for peer in PEERS if peer.path)


@contextmanager
def serving(subject: Subject) -> Iterator[Server]:
    """Start a fresh, empty registry; it is gone, with all it holds, when the block ends."""
    if subject.path is None:
        raise FileNotFoundError(f"{subject.program} is not installed: {subject.installed_by}")
    port = _free_port()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        with (scratch / "log").open("wb") as log:
            process = subprocess.Popen(
                [subject.path, *subject.arguments(port, scratch)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            _wait_until_ready(subject, process, port, scratch / "log")
            yield Server(subject.name, port, process.pid, "https" if subject.ca else "http")
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(subject: Subject, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not _answers(port, subject.ca):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{subject.name} did not start:\n{log.read_text()}")
        time.sleep(POLL_S)


def _answers(port: int, ca: Path | None) -> bool:
    connection = connection_to(port, ca)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status in (http.HTTPStatus.OK, http.HTTPStatus.UNAUTHORIZED)
    except ConnectionError:
        return False
    finally:
        connection.close()


def connection_to(port: int, ca: Path | None) -> http.client.HTTPConnection:
    """Return a connection over https where there is a CA certificate."""
    if ca is None:
        return http.client.HTTPConnection(HOST, port, timeout=START_LIMIT_S)
    context = ssl.create_default_context(cafile=ca)
    return http.client.HTTPSConnection(HOST, port, timeout=START_LIMIT_S, context=context)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
