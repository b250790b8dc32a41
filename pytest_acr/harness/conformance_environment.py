"""The variables of the OCI conformance suite, for suites and pipelines that already set them.

opencontainers/distribution-spec, conformance/README.md, Environment Variables. An empty variable
stands for an absent one there, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fake_registry.client.access import Credentials
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.spec.errors import NameInvalid
from fake_registry.spec.names import RepositoryName, parse_repository_name

_SCHEMES: Final = {"enabled": "https", "insecure": "https", "disabled": "http"}
"""By the value of OCI_TLS; `insecure` accepts any certificate."""


@dataclass(frozen=True, kw_only=True)
class ConformanceOptions:
    """A registry, two repositories and a user, as far as the environment names them."""

    url: str | None = None
    """OCI_REGISTRY with the scheme that follows from OCI_TLS."""
    insecure: bool = False
    repository: RepositoryName | None = None
    other_repository: RepositoryName | None = None
    credentials: Credentials = field(default_factory=Credentials)


def options_from_environment(environ: Mapping[str, str]) -> ConformanceOptions:
    """Return the options in OCI_REGISTRY, OCI_TLS, OCI_REPO1, OCI_REPO2, OCI_USERNAME, OCI_PASSWORD.

    ValueError for a malformed one, with the variable's name.
    """
    tls = _tls_in(environ)
    return ConformanceOptions(
        url=_url_in(environ, _SCHEMES[tls]),
        insecure=tls == "insecure",
        repository=_repository_in(environ, "OCI_REPO1"),
        other_repository=_repository_in(environ, "OCI_REPO2"),
        credentials=_credentials_in(environ),
    )


def _tls_in(environ: Mapping[str, str]) -> str:
    tls = environ.get("OCI_TLS") or "enabled"
    if tls.lower() not in _SCHEMES:
        known = ", ".join(_SCHEMES)
        raise ValueError(f"OCI_TLS: expected one of {known}, found {tls!r}")
    return tls.lower()


def _url_in(environ: Mapping[str, str], scheme: str) -> str | None:
    registry = environ.get("OCI_REGISTRY")
    if not registry:
        return None
    if "://" in registry:
        expected = "a host such as localhost:5000"
        raise ValueError(f"OCI_REGISTRY: expected {expected}, found a URL: OCI_TLS has its scheme")

    try:
        return str(parse_registry_url(f"{scheme}://{registry}"))
    except ValueError as error:
        raise ValueError(f"OCI_REGISTRY: {error}") from None


def _repository_in(environ: Mapping[str, str], variable: str) -> RepositoryName | None:
    name = environ.get(variable)
    if not name:
        return None
    try:
        return parse_repository_name(name)
    except NameInvalid as error:
        raise ValueError(f"{variable}: {error.reason}, found {name!r}") from None


def _credentials_in(environ: Mapping[str, str]) -> Credentials:
    username = environ.get("OCI_USERNAME") or None
    password = environ.get("OCI_PASSWORD") or None
    try:
        return Credentials(username=username, password=password)
    except ValueError as error:
        raise ValueError(f"OCI_USERNAME, OCI_PASSWORD: {error}") from None
