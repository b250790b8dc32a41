import subprocess
import sys

import pytest

from fake_registry import FakeRegistry

# code that was tested against a container: it reads the URL of the registry from the environment
PUSH = """
import os
from pytest_acr import ContainerRegistryContentClient

endpoint = os.environ["REGISTRY_ENDPOINT"]
with ContainerRegistryContentClient(endpoint, "samples/hello", enforce_https=False) as client:
    print(client.upload_blob(b"hello").digest)
"""


@pytest.mark.acr(profile="oci", auth="off")  # as registry:2
def test_program_pushes(acr: FakeRegistry, acr_environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", PUSH], capture_output=True, text=True, check=True)

    stored = acr.requests.one(endpoint="upload.finish", status=201)
    assert done.stdout.strip() == stored.response_header("Docker-Content-Digest")
