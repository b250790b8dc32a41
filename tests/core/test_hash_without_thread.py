"""The hash of large pieces where a thread is missing: in a forked process, and when the interpreter ends."""

import hashlib
import os
import signal
import subprocess
import sys

import pytest

from fake_registry.core.running_hash import HashThread, RunningHash

_PIECE = bytes(1 << 20)

_AT_EXIT = """
import atexit
from fake_registry.core.running_hash import HashThread, RunningHash

thread = HashThread()
atexit.register(lambda: print(RunningHash(thread).extend(bytes(1 << 20)).hexdigest()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_process_hashes_in_a_thread_of_its_own() -> None:
    thread = HashThread()
    RunningHash(thread).extend(_PIECE).hexdigest()

    child = os.fork()
    if child == 0:
        signal.alarm(10)  # ends a child that waits for a thread it does not have
        RunningHash(thread).extend(_PIECE).hexdigest()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_piece_is_hashed_when_the_interpreter_ends() -> None:
    """Such as that of a server thread, or of an upload in a function of `atexit`."""
    done = subprocess.run([sys.executable, "-c", _AT_EXIT], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == (hashlib.sha256(_PIECE).hexdigest(), "")
