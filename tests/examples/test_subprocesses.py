import subprocess
import sys

import pytest

from fake_registry import Disconnect, FakeRegistry, Fault

# the program under test: it prints the tags of a repository, and may be written in any language
PROGRAM = """
import os, sys, urllib.error, urllib.request

url = os.environ["REGISTRY_ENDPOINT"] + "/v2/samples/hello/tags/list"
try:
    print(urllib.request.urlopen(url).read().decode())
except (urllib.error.URLError, ConnectionError):
    sys.exit("the registry is not available")
"""

pytestmark = [pytest.mark.acr(auth="off"), pytest.mark.acr_image("samples/hello:1.0")]


def run() -> subprocess.CompletedProcess[str]:
    """Run the program with the environment of the test."""
    return subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)


def test_program_prints_the_tags(acr_environment: dict[str, str]) -> None:
    assert run().stdout.strip() == '{"name":"samples/hello","tags":["1.0"]}'


def test_program_reports_an_outage(acr: FakeRegistry, acr_environment: dict[str, str]) -> None:
    acr.faults.add(Fault("tags.list", Disconnect()))

    done = run()
    assert (done.returncode, done.stderr) == (1, "the registry is not available\n")
