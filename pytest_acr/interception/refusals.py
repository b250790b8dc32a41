"""`HostRefused`: the error for a connection that must not leave, and the remedies in its message."""

from collections.abc import Iterable

from pytest_acr.remedies import settings_of_host


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
    settings = settings_of_host(host)
    if settings is None:
        return (real,)

    marker = f"@pytest.mark.acr({settings}) gives the fixture acr_network a fake of this name"
    registry = f"network(FakeRegistry(Settings({settings}))) does so without the fixture"
    return marker, registry, real
