"""`acr_environment`: code and subprocesses that read the environment. Run by test_environment.py."""

import os
import subprocess
import sys

import pytest

from fake_registry import FakeRegistry
from fake_registry.server import RegistryServer

READS_THE_ENVIRONMENT = """
import os, urllib.request
print(urllib.request.urlopen(os.environ["REGISTRY_ENDPOINT"] + "/v2/").read().decode())
"""


@pytest.mark.acr(auth="off")
def test_subprocess_reaches_the_registry(
    acr: FakeRegistry, acr_server: RegistryServer, acr_environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READS_THE_ENVIRONMENT],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stdout.strip() == "{}"
    assert acr.requests.one().endpoint == "base"
    assert {name: os.environ[name] for name in acr_environment} == acr_environment
    assert acr_environment["CONTAINERREGISTRY_ENDPOINT"] == acr_server.url
    assert acr_environment.get("SSL_CERT_FILE") == (acr_server.ca_file and str(acr_server.ca_file))
