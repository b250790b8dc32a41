import subprocess
import sys
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError
from cleaner import clean

from fake_registry import FakeRegistry
from pytest_acr import AcrNetwork

pytestmark = [
    pytest.mark.acr(name="myregistry"),
    pytest.mark.acr_image("samples/hello:1.0", "samples/hello:1.1", "samples/hello:1.2"),
]


def test_newest_tags_are_kept(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    assert clean("samples/hello", 2) == ["1.0"]

    assert acr.tags("samples/hello") == ("1.1", "1.2")


def test_reader_deletes_nothing(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    acr.grant(acr_network.principal.object_id, "AcrPull")

    with pytest.raises(ClientAuthenticationError):
        clean("samples/hello", 2)
    assert acr.tags("samples/hello") == ("1.0", "1.1", "1.2")


def test_program_prints_the_deleted_tags(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    program = Path(__file__).with_name("cleaner.py")
    command = [sys.executable, str(program), "samples/hello", "1"]
    environment = acr_network.environment()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == "1.1 1.0\n"
    assert acr.tags("samples/hello") == ("1.2",)
