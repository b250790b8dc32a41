"""Tests whose clients reach the registry in other ways. Run by test_sweep_kinds.py."""

import subprocess
import sys

import pytest
import requests

from fake_registry import FakeRegistry, RegistryServer

pytestmark = [pytest.mark.acr_sweep(effects="Refuse(503)"), pytest.mark.acr(auth="off")]

GET = """\
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
connection.request("GET", "/v2/")
print(connection.getresponse().status)
"""


@pytest.mark.usefixtures("acr_network")
def test_real_name(acr: FakeRegistry) -> None:
    assert requests.get(f"https://{acr.login_server}/v2/", timeout=10).status_code in (200, 503)


def test_program(acr_server: RegistryServer) -> None:
    command = [sys.executable, "-I", "-S", "-c", GET, str(acr_server.port)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert output in ("200\n", "503\n")
