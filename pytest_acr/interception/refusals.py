"""`HostRefused`: the error for a connection that must not leave, and the remedies in its message."""

from collections.abc import Iterable
from typing import get_args

from fake_registry import Settings
from fake_registry.settings import Domain


class HostRefused(RuntimeError):
    """A connection would have left this machine, or used a port that the fake's host does not have.

    Nothing was sent. A registry needs a fake of its name: `@pytest.mark.acr(name="NAME")` for the
    fixture `acr_network`, or one among the registries of `network`. Any other host needs
    `network(..., allow=["example.com"])`, and is then the real one. This is not an OSError, because
    clients would take that for a network failure and try again.
    """


def refusal_of(host: str, registries: Iterable[str]) -> HostRefused:
    """Return the error for `host` inside networks with the hosts `registries`, and the remedies."""
    known = ", ".join(registries) or "none"
    problem = f"{host} is not one of this network's hosts, {known}"
    return HostRefused("; ".join((problem, *_remedies_for(host))))


def _remedies_for(host: str) -> tuple[str, ...]:
    """Return the ways to reach `host`, a fake of this name first and the real host last."""
    real = f"network(..., allow=[{host!r}]) leads to the real host"
    settings = _settings_of(host)
    if settings is None:
        return (real,)

    marker = f"@pytest.mark.acr({settings}) gives the fixture acr_network a fake of this name"
    registry = f"network(FakeRegistry(Settings({settings}))) is a network with one"
    return marker, registry, real


def _settings_of(host: str) -> str | None:
    """Return the settings of a fake that has `host`, as its login server or for its storage.

    None if no fake can have it.
    """
    name = host.partition(".")[0]
    default = Settings()
    for domain in get_args(Domain):
        try:
            settings = default.evolve(name=name, domain=domain)
        except ValueError:
            return None

        if host in (settings.login_server, settings.storage_host):
            other_cloud = "" if domain == default.domain else f', domain="{domain}"'
            return f'name="{name}"{other_cloud}'
    return None
