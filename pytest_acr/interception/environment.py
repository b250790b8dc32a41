"""Environment variables that lead code to a fake, and the changes that networks make."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fake_registry.server import RegistryServer

_ENDPOINTS: Final = ("REGISTRY_ENDPOINT", "CONTAINERREGISTRY_ENDPOINT")
"""The names in the samples and in the tests of the Azure SDKs."""

_CA_BUNDLES: Final = (
    "SSL_CERT_FILE",  # OpenSSL and Go
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)

CREDENTIAL_VARIABLES: Final = (
    *("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"),
    *("AZURE_AUTHORITY_HOST", "AZURE_TOKEN_CREDENTIALS"),
    *("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    *("AZURE_FEDERATED_TOKEN_FILE", "AZURE_USERNAME", "AZURE_PASSWORD"),
    *("AZURE_POD_IDENTITY_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"),
    *("IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET"),
)
"""Variables that azure-identity reads. Inside a network, those of the machine are removed."""


def environment_of(server: "RegistryServer") -> dict[str, str]:
    """Return the variables by which a process finds `server`: URL, CA, and no proxy for it."""
    # inside a network NO_PROXY exempts all hosts already
    exempt = "*" if os.environ.get("NO_PROXY") == "*" else "127.0.0.1,localhost"
    variables = dict.fromkeys(_ENDPOINTS, server.url)
    variables |= {"NO_PROXY": exempt, "no_proxy": exempt}

    if server.ca_file is not None:
        variables |= dict.fromkeys(_CA_BUNDLES, str(server.ca_file))
    return variables


@dataclass(frozen=True)
class _Override:
    """The value of a variable before all networks, and the one that was set last. None: absent."""

    before: str | None
    last: str | None


class EnvironmentOverrides:
    """Changes `os.environ` for the networks that are active, and restores it afterwards.

    A variable that other code has set in the meantime is left as it is.
    """

    def __init__(self) -> None:
        self._overrides: dict[str, _Override] = {}

    def apply(self, environments: Iterable[Mapping[str, str | None]]) -> None:
        """Set the variables of `environments`, outermost first, and restore all others.

        None removes a variable.
        """
        wanted = {name: override.before for name, override in self._overrides.items()}
        for environment in environments:
            for name, value in environment.items():
                wanted[name] = value
                if name not in self._overrides:
                    current = os.environ.get(name)
                    self._overrides[name] = _Override(before=current, last=current)

        for name, value in wanted.items():
            self._set(name, value)

    def forget(self) -> None:
        """Forget the previous values, when no network is active any more."""
        self._overrides.clear()

    def _set(self, name: str, value: str | None) -> None:
        override = self._overrides[name]
        if os.environ.get(name) != override.last:
            return  # other code has set it

        self._overrides[name] = _Override(before=override.before, last=value)
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
