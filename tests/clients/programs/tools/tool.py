"""Runs a tool with a home of its own, so that each has to log in by itself."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SECONDS: Final = 60


@dataclass(frozen=True)
class Tool:
    """A program of the PATH, with the folder for its settings and files."""

    name: str
    home: Path

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """Run the tool and return what it has printed; an error if it fails."""
        ended = self.run(*arguments, stdin=stdin)
        if ended.returncode != 0:
            command = " ".join((self.name, *arguments))
            raise AssertionError(f"{command}: exit status {ended.returncode}\n{ended.stdout}{ended.stderr}")
        return ended.stdout.strip()

    def fails(self, *arguments: str, stdin: str = "") -> str:
        """Run the tool, which has to fail, and return its message."""
        ended = self.run(*arguments, stdin=stdin)
        if ended.returncode == 0:
            raise AssertionError(f"{self.name} {' '.join(arguments)} did not fail\n{ended.stdout}")
        return ended.stderr

    def run(self, *arguments: str, stdin: str) -> subprocess.CompletedProcess[str]:
        home = str(self.home)
        settings = {
            "HOME": home,
            "COSIGN_PASSWORD": "",  # of the key
            "COSIGN_EXPERIMENTAL": "1",  # referrers
            "XDG_CACHE_HOME": f"{home}/cache",
            "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_DATA_HOME": f"{home}/data",
            "XDG_RUNTIME_DIR": home,
            "DOCKER_CONFIG": f"{home}/docker",
            "REGISTRY_AUTH_FILE": f"{home}/docker/config.json",
        }
        return subprocess.run(
            [self.name, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=home,
            env={**os.environ, **settings},
            timeout=SECONDS,
        )


def equal(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, expected {expected!r}")


def contains(what: str, text: str, expected: str) -> None:
    if expected not in text:
        raise AssertionError(f"{what}: {text!r}, expected a text with {expected!r}")
