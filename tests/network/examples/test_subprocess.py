"""A script that is run as a subprocess, with the registry's address from the environment."""

import os
import subprocess
import sys

import pytest

from fake_registry import FakeRegistry
from pytest_acr import AcrNetwork

SCRIPT = """
import os
from azure.containerregistry import ContainerRegistryClient
from azure.identity import DefaultAzureCredential

with DefaultAzureCredential() as credential:
    with ContainerRegistryClient(os.environ["REGISTRY_ENDPOINT"], credential) as client:
        print(os.environ.get("GREETING", "Found"), *client.list_repository_names())
"""


def run(environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", SCRIPT]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.acr_image("samples/hello:1.0")
def test_script(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    assert run(acr_network.environment()) == "Found samples/hello\n"

    merged = {**os.environ, **acr_network.environment(), "GREETING": "Hello"}
    assert run(merged) == "Hello samples/hello\n"

    acr.requests.assert_count(2, endpoint="oauth.exchange", status=200)
