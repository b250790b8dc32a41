"""`fake-registry serve --open`: the console in a browser, which is a script here."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.server.commands import HANG_SECONDS, Serve, commands

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the script of a browser writes to a named pipe")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with commands(tmp_path) as start:
        yield start


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A program that writes its argument to a pipe beside it, `opened`."""
    os.mkfifo(tmp_path / "opened")
    program = tmp_path / "browser"
    program.write_text(f"#!{sys.executable}\nimport sys\nopen({str(tmp_path / 'opened')!r}, 'w').write(sys.argv[1])\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.mark.parametrize("arguments", [["--control-token", "s3;cret&"], ["--host", "0.0.0.0"], []])
def test_browser_is_opened_with_the_token(serve: Serve, browser: Path, arguments: list[str]) -> None:
    command = serve("--open", *arguments, environ={"BROWSER": str(browser)})
    opened = browser.with_name("opened").read_text()  # waits for the browser

    assert opened.startswith(f"{command.url}/_fake/ui")
    assert bool(urlsplit(opened).query) is bool(arguments)
    answer = requests.get(opened, timeout=HANG_SECONDS)
    assert (answer.status_code, answer.url) == (200, f"{command.url}/_fake/ui")


def test_machine_without_a_browser_is_said(serve: Serve) -> None:
    reading, writing = os.pipe()
    environ = {"BROWSER": "/nowhere/browser %s", "PATH": "", "DISPLAY": ""}
    with os.fdopen(reading) as log:
        command = serve("--open", environ=environ, errors=writing)
        os.close(writing)
        said = next(line for line in log if "--open" in line)

    assert said.endswith(f"--open: found no browser; the console is {command.url}/_fake/ui\n")
