"""Kills of a process that stores: `python -m tests.persistence.kills 200` kills it 200 times.

Writers send changes over HTTP, each to a repository of its own, until the process is killed. Then
the folder is loaded: it must have all changes that were answered, and at most the one of each writer
that was under way besides.
"""

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from typing import Final

from fake_registry import FakeRegistry, Settings
from fake_registry.persistence import OpenFolder
from fake_registry.spec.names import digest_of
from tests.support.images import index

ROOT: Final = Path(__file__).parents[2]
WRITERS: Final = 3
MOST_ANSWERS: Final = 300
"""Between two kills."""
LONGEST_WAIT_SECONDS: Final = 0.003
"""From an answer to the kill: about the time of a few requests."""
HANG_SECONDS: Final = 60
PREFIX: Final = b"of a writer: "
"""Begins the blobs that are compared; others belong to images of the control API."""

Facts = frozenset[str]


class Countdown:
    """Is over after a number of answers."""

    def __init__(self, answers: int) -> None:
        self._left = answers
        self._mutex = threading.Lock()
        self.over = threading.Event()

    def count(self) -> None:
        with self._mutex:
            self._left -= 1
            if self._left <= 0:
                self.over.set()


class Writer:
    """Changes one repository, and knows what its registry has answered."""

    def __init__(self, repository: str, numbers: Iterator[int]) -> None:
        self.repository = repository
        self.answered: Facts = frozenset()
        self.under_way: Facts = frozenset()
        """As after the change that was sent last."""
        self.requests = 0
        self._numbers = numbers
        self._connection = HTTPConnection("127.0.0.1")
        self._countdown = Countdown(0)

    def run(self, port: int, countdown: Countdown) -> None:
        """Send changes until the connection breaks."""
        self._connection = HTTPConnection("127.0.0.1", port, timeout=HANG_SECONDS)
        self._countdown = countdown
        with suppress(OSError, HTTPException):
            while True:
                self._change_something(next(self._numbers))
        self._connection.close()

    def _change_something(self, number: int) -> None:
        tag, blob = f"v{number}", PREFIX + b"%d" % number
        path = f"/v2/{self.repository}"
        self._put_blob(path, blob)
        manifest = index(annotations={"number": str(number)}).manifest
        headers = {"Content-Type": manifest.media_type}
        self._send("PUT", f"{path}/manifests/{tag}", manifest.content, headers, add={f"tag {tag}"})

        match number % 4:
            case 0:
                image = json.dumps({"name": f"{self.repository}:i{number}"}).encode()
                json_type = {"Content-Type": "application/json"}
                self._send("POST", "/_fake/images", image, json_type, add={f"tag i{number}"})
            case 1:
                lock = b'{"deleteEnabled": false}'
                json_type = {"Content-Type": "application/json"}
                self._send("PATCH", f"/acr/v1/{self.repository}/_tags/{tag}", lock, json_type, add={f"lock {tag}"})
            case 2:
                self._send("DELETE", f"/acr/v1/{self.repository}/_tags/{tag}", remove={f"tag {tag}"})
            case _:
                digest = digest_of(blob)
                self._send("DELETE", f"{path}/blobs/{digest}", remove={f"blob {digest}"})

    def _put_blob(self, path: str, blob: bytes) -> None:
        location = self._send("POST", f"{path}/blobs/uploads/")
        digest = digest_of(blob)
        self._send("PUT", f"{location}&digest={digest}", blob, add={f"blob {digest}"})

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        add: frozenset[str] | set[str] = frozenset(),
        remove: frozenset[str] | set[str] = frozenset(),
    ) -> str:
        """Send a request, and return the Location of its answer."""
        self.under_way = (self.answered | add) - remove
        self._connection.request(method, path, body, headers or {})
        response = self._connection.getresponse()
        answer = response.read()
        if not 200 <= response.status < 300:
            raise AssertionError(f"{method} {path}: {response.status} {answer!r}")
        self.answered = self.under_way
        self.requests += 1
        self._countdown.count()
        return response.headers.get("Location", "")


def facts_of(registry: FakeRegistry, repository: str) -> Facts:
    """Return what a repository has, in the words of a writer."""
    found: set[str] = set()
    for state in registry.content.snapshot().repositories:
        if state.name == repository:
            found |= {f"tag {tag}" for tag in state.tags}
            found |= {f"lock {tag}" for tag, one in state.tags.items() if not one.attributes.delete_enabled}
            found |= {f"blob {digest}" for digest, blob in state.blobs.items() if blob.pieces[0].startswith(PREFIX)}
    return frozenset(found)


def kill_again_and_again(path: Path, rounds: int, *, seed: int = 0) -> int:
    """Kill a process `rounds` times, each at another moment. Return the number of answered requests."""
    moments = random.Random(seed)
    numbers = count()
    writers = [Writer(f"writer{number}", numbers) for number in range(WRITERS)]
    for _ in range(rounds):
        answers, seconds = moments.randint(1, MOST_ANSWERS), moments.uniform(0, LONGEST_WAIT_SECONDS)
        run_until_killed(path, writers, answers, seconds)
        found = loaded(path)
        for writer in writers:
            facts = facts_of(found, writer.repository)
            if facts not in (writer.answered, writer.under_way):
                lost, new = writer.answered - facts, facts - writer.answered
                raise AssertionError(f"{writer.repository}: lost {sorted(lost)}, and has {sorted(new)}")
            writer.answered = facts
    return sum(writer.requests for writer in writers)


def loaded(path: Path) -> FakeRegistry:
    registry = FakeRegistry(Settings(auth="off"))
    with OpenFolder(path) as folder:
        folder.load(registry)
    return registry


def run_until_killed(path: Path, writers: Sequence[Writer], answers: int, seconds: float) -> None:
    """Start a process, and the writers; kill it some time after so many answers."""
    command = [sys.executable, "-m", "fake_registry", "serve", "--port", "0", "--dir", str(path), "--persist"]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process,
        ThreadPoolExecutor(len(writers)) as pool,
    ):
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            port = int(ready.split("url=")[1].split()[0].rpartition(":")[2])
            countdown = Countdown(answers)
            running = [pool.submit(writer.run, port, countdown) for writer in writers]
            is_over = countdown.over.wait(HANG_SECONDS)
            threading.Event().wait(seconds)
        finally:
            process.send_signal(signal.SIGKILL)  # the writers then end
    for one in running:
        one.result()
    assert is_over


def main() -> None:
    """Kill as many times as the first argument says. The second is the seed, by default another each time."""
    rounds = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    folder = Path(tempfile.mkdtemp())
    sys.stdout.write(f"seed {seed}, folder {folder}, which stays if a write is lost\n")
    requests = kill_again_and_again(folder / "storage", rounds, seed=seed)
    shutil.rmtree(folder)
    sys.stdout.write(f"{rounds} kills, {requests} answered requests, none lost\n")


if __name__ == "__main__":
    main()
