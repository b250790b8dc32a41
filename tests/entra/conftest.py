"""A fake Entra on real sockets, and an environment without Azure's variables."""

import os
import re
from collections.abc import Iterator

import pytest

from fake_registry import FakeEntra
from fake_registry.server.tls import Certificates
from tests.support.entra import Flavour
from tests.support.entra_servers import Enter, Login, serve_entra

FOREIGN = re.compile(r"AZURE_|IDENTITY_|IMDS_|MSI_|MSAL_|(?i:https?|no|all)_proxy$")


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    return Certificates.generate()


@pytest.fixture
def entra() -> Iterator[FakeEntra]:
    with FakeEntra() as entra:
        yield entra


@pytest.fixture
def login(entra: FakeEntra, certificates: Certificates) -> Iterator[Login]:
    with serve_entra(entra, certificates) as login:
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
