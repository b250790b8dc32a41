"""Many clients at once over TLS, for a minute: failures, digests, slow GETs, memory after a reset.

The clients are the Go program in `tls_load`. It is built here; without Go there is a row that says so.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from benchmarks.memory import resident_bytes
from benchmarks.rounds import progress
from benchmarks.subjects import OURS, PEERS, Server, Subject, connection_to, over_tls, serving
from benchmarks.table import Row, Target, against_limit, for_comparison, missing, remark
from fake_registry.server.tls import Certificates

CLIENTS = 64
SECONDS = 60
SOURCE = Path(__file__).parent / "tls_load"
MB = 1_000_000
LOGIN = "load:load-secret"

NONE = Target(0)
SLOWEST_MS = Target(250)
GROWTH_MB = Target(40)
SETTLED_SECONDS = 1
"""The connections of the clients end within this time, and after a reset its memory is released."""


@dataclass(frozen=True)
class Found:
    """What the clients have counted, and by how many MB the server has grown once it was reset."""

    seconds: float
    requests: int
    connections: int
    lost_connections: int
    bytes: int
    failures: int
    wrong_digests: int
    first_failure: str
    small_gets: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    grown_mb: float | None = None


def rows(*, clients: int = CLIENTS, seconds: float = SECONDS) -> Iterator[Row]:
    title = f"clients: {clients} over TLS for {seconds} s"
    if shutil.which("go") is None:
        yield missing(title, "not installed: Go, which builds the clients")
        return

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        progress("build of the clients")
        load = _Load(build(folder), *_certificate(folder), clients, seconds)
        yield from rows_of_ours(title, load.on(OURS))

        login = ("--auth", "token", "--admin-user", LOGIN)
        yield from rows_of_ours(f"{title}, with login", load.on(OURS, *login, login=LOGIN))

        [olareg] = [peer for peer in PEERS if peer.name == "olareg"]
        if olareg.path is None:
            yield missing(f"  {olareg.name}", f"not installed: {olareg.installed_by}")
        else:
            yield from rows_of_peer(olareg.name, load.on(olareg))


def rows_of_ours(title: str, found: Found) -> Iterator[Row]:
    """Yield the rows with goals; a failure also has its reason."""
    yield against_limit(f"{title}: failed requests", found.failures, "", NONE)
    yield against_limit(f"{title}: wrong digests", found.wrong_digests, "", NONE)
    if found.first_failure:
        yield remark("  the first failure", found.first_failure)
    yield against_limit(f"{title}: small GET, p99", found.p99_ms, "ms", SLOWEST_MS)
    if found.grown_mb is not None:
        yield against_limit(f"{title}: growth, after a reset", found.grown_mb, "MB", GROWTH_MB)
    yield from _figures(found)


def rows_of_peer(name: str, found: Found) -> Iterator[Row]:
    """Yield the rows of another registry, which has no goals."""
    yield for_comparison(f"  {name}: small GET, p99", found.p99_ms, "ms")
    yield from _figures(found, f"{name}: ")
    if found.first_failure:
        bad = found.failures + found.wrong_digests
        yield remark(f"  {name}: {bad} failed, the first", found.first_failure)


def _figures(found: Found, name: str = "") -> Iterator[Row]:
    yield for_comparison(f"  {name}small GET, median", found.p50_ms, "ms")
    yield for_comparison(f"  {name}small GET, slowest of {found.small_gets:,}", found.max_ms, "ms")
    yield for_comparison(f"  {name}requests", found.requests / found.seconds, "/s")
    yield for_comparison(f"  {name}connections", found.connections, "")
    yield for_comparison(f"  {name}lost connections", found.lost_connections, "")
    yield for_comparison(f"  {name}bytes, up and down", found.bytes / MB / found.seconds, "MB/s")


def build(folder: Path) -> Path:
    """Return the program of the clients, built with Go, in the folder."""
    program = folder / "tls_load"
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, check=True)
    return program


def run_clients(
    program: Path,
    url: str,
    ca: Path,
    *,
    clients: int = CLIENTS,
    seconds: float = SECONDS,
    login: str = "",
) -> Found:
    """Return what the clients of this registry find. Raises RuntimeError if they could not start."""
    options = {"url": url, "ca": ca, "clients": clients, "duration": f"{seconds}s", "login": login}
    given = [f"-{name}={value}" for name, value in options.items()]
    done = subprocess.run([program, *given], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the clients ended with {done.returncode}:\n{done.stderr}")
    return Found(**json.loads(done.stdout))


@dataclass(frozen=True)
class _Load:
    """The same load for each registry."""

    program: Path
    ca: Path
    cert: Path
    clients: int
    seconds: float

    def on(self, subject: Subject, *arguments: str, login: str = "") -> Found:
        """Return what the clients of a fresh registry find; of ours also its growth after a reset."""
        detail = ", with login" if login else ""
        progress(f"{self.clients} clients of {subject.name} for {self.seconds} s{detail}")
        with serving(over_tls(subject, self.ca, self.cert, *arguments)) as server:
            before = resident_bytes(server.pid)
            found = run_clients(
                self.program,
                server.url,
                self.ca,
                clients=self.clients,
                seconds=self.seconds,
                login=login,
            )
            if subject is not OURS:
                return found

            _reset(server, self.ca)
            return replace(found, grown_mb=(resident_bytes(server.pid) - before) / MB)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of a CA certificate, and of a server's certificate with its key."""
    certificates = Certificates.generate()
    cert = folder / "cert.pem"
    cert.write_bytes(certificates.chain_and_key_pem)
    return certificates.write_ca(folder / "ca.pem"), cert


def _reset(server: Server, ca: Path) -> None:
    time.sleep(SETTLED_SECONDS)
    with closing(connection_to(server.port, ca)) as connection:
        connection.request("POST", "/_fake/reset")
        answer = connection.getresponse()
        answer.read()
        if answer.status != HTTPStatus.NO_CONTENT:
            raise RuntimeError(f"expected 204, found {answer.status}")
    time.sleep(SETTLED_SECONDS)
