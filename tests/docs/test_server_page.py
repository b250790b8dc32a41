"""docs/how-to/server.md: its files are those of tests/examples/server, and their commands work."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "server.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "tests" / "examples" / "server"
FILES = sorted(EXAMPLES.iterdir())
SECONDS = 60
INCLUDED = re.findall(r"^```\{literalinclude\} \.\./\.\./(\S+)$", PAGE, re.MULTILINE)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the examples are scripts of a Unix shell")


def example(name: str) -> Any:  # Any: a document of YAML
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def environ_of(folder: Path) -> dict[str, str]:
    """Return the environment of a step in this folder, in which `fake-registry` is this one."""
    scripts = folder / "bin"
    scripts.mkdir(exist_ok=True)
    command = scripts / "fake-registry"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m fake_registry "$@"\n')
    command.chmod(0o755)
    python = scripts / "python"
    python.unlink(missing_ok=True)
    python.symlink_to(sys.executable)
    path = f"{scripts}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "GITHUB_ENV": str(folder / "variables")}


@contextmanager
def process_group(*command: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a command with its children, and end them all in the end."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environ_of(folder),
        text=True,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=SECONDS)


def is_ready(url: str, ca: Path) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{url}/_fake/ready", verify=str(ca), timeout=SECONDS).ok


def test_page_shows_each_example() -> None:
    assert {f"tests/examples/server/{file.name}" for file in FILES} == set(INCLUDED)


def test_step_of_github_actions_starts_a_server(tmp_path: Path) -> None:
    steps = example("github-actions.yaml")["jobs"]["test"]["steps"]
    [script] = [step["run"] for step in steps if "fake-registry serve" in step.get("run", "")]
    with process_group("bash", "-e", "-c", f"{script}\nread -r _", folder=tmp_path):
        variables = tmp_path / "variables"
        wait_for_line(variables, "SSL_CERT_FILE")
        found = dict(line.split("=", 1) for line in variables.read_text().splitlines())
        assert is_ready(found["REGISTRY_URL"], Path(found["SSL_CERT_FILE"]))


def test_step_of_azure_pipelines_starts_a_server(tmp_path: Path) -> None:
    [script] = [step["bash"] for step in example("azure-pipelines.yaml")["steps"] if "bash" in step]
    with process_group("bash", "-e", "-c", f"{script}\nread -r _", folder=tmp_path) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        found = dict(re.findall(r"##vso\[task\.setvariable variable=(\w+)\](\S+)", "".join(lines)))
        assert is_ready(found["REGISTRY_URL"], Path(found["SSL_CERT_FILE"]))


def test_service_of_compose_passes_its_health_check(tmp_path: Path) -> None:
    """The image's command with the service's options; its folder and its port are the test's."""
    service = example("compose.yaml")["services"]["registry"]
    [entry] = re.findall(r"ENTRYPOINT (\[.*\])", (EXAMPLES / "Dockerfile").read_text(encoding="utf-8"))
    options = [option.replace("/certificates/", f"{tmp_path}/") for option in service["command"]]
    command = [*json.loads(entry), *options, "--port", "0", "--port-file", str(tmp_path / "port")]

    with process_group(*command, folder=tmp_path) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        port = (tmp_path / "port").read_text().strip()
        kind, *check = service["healthcheck"]["test"]
        local = [part.replace("/certificates/", f"{tmp_path}/").replace("5000", port) for part in check]
        status = subprocess.run(local, env=environ_of(tmp_path), check=False, timeout=SECONDS).returncode

    tests = example("compose.yaml")["services"]["tests"]["environment"]
    assert (kind, status) == ("CMD", 0)
    assert f"tenant={tests['AZURE_TENANT_ID']}" in ready


def test_example_of_python_can_be_compiled() -> None:
    file = EXAMPLES / "registry_in_a_container.py"
    compile(file.read_text(encoding="utf-8"), file, "exec")


def wait_for_line(file: Path, text: str) -> None:
    """Wait until a file has a line with `text`, through the command that the page itself uses."""
    script = f"until grep -qs {text} {shlex.quote(str(file))}; do sleep 0.1; done"
    subprocess.run(["bash", "-c", script], check=True, timeout=SECONDS)
