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
    """The value of a variable before all networks, and those that it got. None: absent."""

    before: str | None
    values: tuple[str | None, ...] = ()

    @property
    def last(self) -> str | None:
        return self.values[-1] if self.values else self.before

    def is_in_force(self, name: str) -> bool:
        """Return whether the variable has a value of a network, not the one before."""
        value = os.environ.get(name)
        return value in self.values and value != self.before


_Overrides = dict[str, _Override]


class EnvironmentOverrides:
    """Changes `os.environ` for the networks that are active, and restores it afterwards.

    A variable that other code has set in the meantime is left as it is.
    """

    def __init__(self) -> None:
        self._overrides: _Overrides = {}
        self._covered: tuple[tuple[frozenset[str], _Overrides], ...] = ()
        """Overrides of former networks, with the variables that other code had set at the end.
        The last network comes first."""

    def apply(self, environments: Iterable[Mapping[str, str | None]]) -> None:
        """Set the variables of `environments`, outermost first, and restore all others.

        None removes a variable.
        """
        due = {name: override.before for name, override in self._overrides.items()}
        for environment in environments:
            for name, value in environment.items():
                due[name] = value
                if name not in self._overrides:
                    self._overrides[name] = _Override(os.environ.get(name))

        for name, value in due.items():
            self._set(name, value)

    def forget(self) -> None:
        """Forget the previous values, when no network is active any more."""
        overrides, self._overrides = self._overrides, {}
        covered = [name for name, one in overrides.items() if os.environ.get(name) != one.before]
        if covered:
            self._covered = ((frozenset(covered), overrides), *self._covered)

    def restore_uncovered(self) -> None:
        """Restore the variables that have a network's value again: other code put it back.

        `monkeypatch` does so when a test ends; `unittest.mock.patch.dict` puts back all variables,
        also those that it had not changed. Only without active networks.
        """
        left = [(_restore_uncovered(*one), one[1]) for one in self._covered]
        self._covered = tuple([one for one in left if one[0]])

    def _set(self, name: str, value: str | None) -> None:
        override = self._overrides[name]
        if os.environ.get(name) != override.last:
            return  # other code has set it

        self._overrides[name] = _Override(override.before, (*override.values, value))
        _set_variable(name, value)


def _restore_uncovered(covered: frozenset[str], overrides: _Overrides) -> frozenset[str]:
    """Restore all of `overrides` that are in force, if one of `covered` is. Return the others."""
    uncovered = [name for name in covered if overrides[name].is_in_force(name)]
    if uncovered:
        for name, override in overrides.items():
            if override.is_in_force(name):
                _set_variable(name, override.before)
    return covered.difference(uncovered)


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
