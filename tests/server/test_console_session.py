"""`acr.console()`: it stops a test until Enter or Ctrl-C, in a terminal of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import requests

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is of Unix")

ROOT: Final = Path(__file__).parents[2]
HANG_SECONDS: Final = 60

SUITE: Final = """
def test_stops(acr):
    acr.push_image("samples/hello:1.0")
    acr.console()
    assert acr.tags("samples/hello") == ("1.0", "2.0")
"""


def start_suite(folder: Path, terminal: int | None) -> subprocess.Popen[str]:
    """Run the suite in a session of its own, with this terminal."""
    (folder / "test_suite.py").write_text(SUITE)

    def take_terminal() -> None:
        if terminal is not None:
            import fcntl
            import termios

            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_suite.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=take_terminal,
        pass_fds=[] if terminal is None else [terminal],
    )


@pytest.mark.parametrize("key", [b"\n", b"\x03"], ids=["Enter", "Ctrl-C"])
def test_test_continues_after_a_key(tmp_path: Path, key: bytes) -> None:
    ours, its = os.openpty()
    with start_suite(tmp_path, its) as suite:
        os.close(its)
        shown = b""
        while b"goes on" not in shown:
            shown += os.read(ours, 1_000)
        match = re.search(rb"fake-registry console (http://127.0.0.1:\d+)/_fake/ui\r", shown)
        assert match is not None
        url = match[1].decode()

        assert requests.get(f"{url}/_fake/ui", timeout=HANG_SECONDS).status_code == 200
        body = {"name": "samples/hello:2.0"}
        assert requests.post(f"{url}/_fake/images", json=body, timeout=HANG_SECONDS).status_code == 201
        os.write(ours, key)
        output, _ = suite.communicate(timeout=HANG_SECONDS)
    os.close(ours)

    assert (suite.returncode, "1 passed" in output) == (0, True), output


def test_process_without_a_terminal_does_not_hang(tmp_path: Path) -> None:
    with start_suite(tmp_path, None) as suite:
        output, _ = suite.communicate(timeout=HANG_SECONDS)
    problem = "RuntimeError: console: expected a terminal, to wait for Enter, found none"
    assert f"{problem}; `fake-registry serve` has a console without one" in output
    assert suite.returncode == 1
