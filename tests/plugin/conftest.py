"""Runs the suites of `suites/` with the plugin under test."""

import os
import shutil
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.suites import AddSuite

SUITES = Path(__file__).parent / "suites"

_IMPORTED_ONCE = (
    "azure.containerregistry.aio",
    "fake_registry.fake",
    "fake_registry.server",
    "fake_registry.server.tls",
    "hypothesis",
    "jwt",
    "pytest_acr.content.aio_client",
    "pytest_acr.connections.connection",
    "pytest_acr.content.client",
    "pytest_acr.connections.access",
    "pytest_acr.connections.live",
    "pytest_acr.transports.requests_session",
    "pytest_acr.transports.sockets",
    "trustme",
)
# A pytest inside of pytest forgets what it has imported. cryptography, which jwt and trustme bring, cannot be imported
# twice, our own classes would be others than before, and all of it takes time.
for _name in _IMPORTED_ONCE:
    import_module(_name)


@pytest.fixture
def add_suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> AddSuite:
    """Put a suite into pytester's folder, `add_suite("every_fixture")`; the options of the outer run are unset."""
    for name in [name for name in os.environ if name.startswith("PYTEST_ACR_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return lambda name: Path(shutil.copy(SUITES / f"{name}.py", pytester.path / f"test_{name}.py"))
