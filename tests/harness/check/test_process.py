"""registry-check as a process: Ctrl-C, memory, and what it leaves in the current folder."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from fake_registry import FakeRegistry
from tests.support.check_findings import OPEN
from tests.support.interrupts import default_interrupts
from tests.support.open_files import on_linux

COMMAND: Final = [sys.executable, "-m", "pytest_acr.harness.check"]

MEASURED: Final = """
import re, sys
from pathlib import Path
from pytest_acr.harness.check.entry import main
status = main(sys.argv[1:])
[kilobytes] = re.findall(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())
print("peak", int(kilobytes) // 1024, file=sys.stderr)
sys.exit(status)
"""
"""The command, and its largest memory in MiB. `ru_maxrss` is at least that of the parent."""

pytestmark = pytest.mark.exhaustive


def start(*command: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_nothing_is_left_in_the_current_folder(tmp_path: Path) -> None:
    with FakeRegistry(OPEN).serve() as server:
        process = start(*COMMAND, server.url, "--examples", "1", folder=tmp_path)
        output, errors = process.communicate(timeout=120)

    assert (process.returncode, errors) == (0, "")
    assert output.startswith("0 broken, ")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_a_run_with_its_result_and_clean_up(tmp_path: Path) -> None:
    registry = FakeRegistry(OPEN)
    with registry.serve() as server:
        with default_interrupts():  # the process inherits whether SIGINT is ignored
            process = start(*COMMAND, server.url, "--examples", "100000", folder=tmp_path)
        registry.requests.wait_for(repository="registry-check/*/2a", timeout=60)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)

    assert (process.returncode, errors) == (0, "")
    assert "ended early: interrupted\n" in output
    assert registry.tree() == FakeRegistry(OPEN).tree()


def test_reader_of_the_output_that_is_gone_is_no_traceback(tmp_path: Path) -> None:
    with FakeRegistry(OPEN).serve() as server:
        process = start(*COMMAND, server.url, "--examples", "1", folder=tmp_path)
        assert process.stdout is not None
        process.stdout.close()
        process.wait(120)
        assert process.stderr is not None
        errors = process.stderr.read()
        process.stderr.close()

    assert (process.returncode, errors) == (1, "")


Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serve_answers(answer: Answer) -> Iterator[str]:
    """Yield the URL of a server that answers each request by `answer`."""

    class AnswerHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:  # Any: as the base class has it
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), AnswerHandler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def with_large_bodies(handler: BaseHTTPRequestHandler) -> None:
    """Accept everything, and send 20 MiB for each blob, manifest and list."""
    is_read = handler.command in ("GET", "HEAD")
    body = b"x" * (20 << 20) if is_read and handler.path != "/v2/" else b""
    handler.send_response(200 if is_read else {"POST": 202, "PUT": 201}.get(handler.command, 202))
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("Location", "/v2/registry-check/uploads/1")
    handler.end_headers()
    if handler.command == "GET":
        handler.wfile.write(body)


def with_absurd_documents(handler: BaseHTTPRequestHandler) -> None:
    """Accept everything, and send JSON of other shapes than documents have."""
    is_read = handler.command in ("GET", "HEAD")
    status = 200 if is_read else {"POST": 202, "PUT": 201}.get(handler.command, 404)
    bodies = (b"[]", b"3", b"null", b'{"errors": 3}', b'{"tags": [3, null, {}]}', b"[" * 5000, b"\xff")
    body = bodies[len(handler.path) % len(bodies)] if status in (200, 404) else b""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Location", "http://[::1/broken")
    handler.send_header("Link", "<>; rel=next, <///>; rel=next")
    handler.send_header("Range", "bytes=x-y")
    handler.send_header("Docker-Content-Digest", "sha256")
    handler.end_headers()
    if handler.command == "GET":
        handler.wfile.write(body)


@on_linux
@pytest.mark.parametrize("answer", [with_large_bodies, with_absurd_documents])
def test_absurd_registry_gives_findings_or_a_message_in_bounded_memory(
    answer: Answer,
    tmp_path: Path,
) -> None:
    with serve_answers(answer) as url:
        command = [sys.executable, "-c", MEASURED, url, "--seed", "1", "--examples", "5", "--max-time", "15"]
        process = start(*command, folder=tmp_path)
        output, errors = process.communicate(timeout=200)

    assert process.returncode in (1, 2)
    assert "Traceback" not in output + errors
    assert "error of registry-check itself" not in errors
    peak = re.search(r"peak (\d+)", errors)
    assert peak is not None
    assert int(peak[1]) < 200
