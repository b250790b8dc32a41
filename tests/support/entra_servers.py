"""A fake Entra behind real sockets, and the options of credentials that log in there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fake_registry import FakeEntra
from fake_registry.server import RegistryServer
from fake_registry.server.tls import Certificates
from tests.support.entra import Flavour


@dataclass(frozen=True)
class Login:
    """The URLs of a served Entra, and the options of credentials for it."""

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
"""Sets environment variables, and those that make clients trust the login host."""


@contextmanager
def serve_entra(entra: FakeEntra, certificates: Certificates) -> Iterator[Login]:
    """Serve the login host over TLS and the metadata services over plain http. A failure of an app is raised."""
    with ExitStack() as stack:
        server = stack.enter_context(RegistryServer(entra.wsgi_app, certificates=certificates))
        metadata = stack.enter_context(RegistryServer(entra.metadata_app))
        assert server.ca_file is not None
        yield Login(entra, server.url, metadata.url, server.ca_file)
