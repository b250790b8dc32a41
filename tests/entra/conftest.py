"""A fake Entra behind real sockets, and an environment in which nothing of Azure's is set."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fake_registry import FakeEntra
from fake_registry.server import RegistryServer
from fake_registry.server.tls import Certificates
from tests.entra.builders import Flavour

FOREIGN = re.compile(r"AZURE_|IDENTITY_|IMDS_|MSI_|MSAL_|(?i:https?|no|all)_proxy$")


@dataclass(frozen=True)
class Login:
    """Where an Entra is served, and what a credential needs to find it."""

    entra: FakeEntra
    url: str
    metadata_url: str
    ca_file: Path

    @property
    def options(self) -> dict[str, Any]:  # Any: a credential's own
        """Keyword arguments for a credential."""
        authority = self.url.removeprefix("https://")
        return {"authority": authority, "disable_instance_discovery": True, "connection_verify": str(self.ca_file)}

    def trusting(self, flavour: Flavour) -> dict[str, Any]:  # Any: as above
        """Keyword arguments where the environment says the rest.

        requests looks at REQUESTS_CA_BUNDLE at every call; aiohttp reads SSL_CERT_FILE when it is imported.
        """
        options: dict[str, Any] = {"disable_instance_discovery": True}  # Any: as above
        return options if flavour == "sync" else options | {"connection_verify": str(self.ca_file)}


Enter = Callable[[dict[str, str]], None]


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    return Certificates.generate()


@pytest.fixture
def entra() -> Iterator[FakeEntra]:
    with FakeEntra() as entra:
        yield entra


@contextmanager
def served(entra: FakeEntra, certificates: Certificates) -> Iterator[Login]:
    """Serve the login host over TLS and the metadata services over plain http. A failure of an app is raised."""
    with ExitStack() as stack:
        server = stack.enter_context(RegistryServer(entra.wsgi_app, certificates=certificates))
        metadata = stack.enter_context(RegistryServer(entra.metadata_app))
        assert server.ca_file is not None
        yield Login(entra, server.url, metadata.url, server.ca_file)


@pytest.fixture
def login(entra: FakeEntra, certificates: Certificates) -> Iterator[Login]:
    with served(entra, certificates) as login:
        yield login


@pytest.fixture(params=["sync", "aio"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    flavour: Flavour = request.param
    return flavour


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if FOREIGN.match(name):
            monkeypatch.delenv(name)


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch, login: Login) -> Enter:
    """Set variables, and those that make clients trust the login host."""

    def set_all(environ: dict[str, str]) -> None:
        for name, value in ({"REQUESTS_CA_BUNDLE": str(login.ca_file)} | environ).items():
            monkeypatch.setenv(name, value)

    return set_all
