"""The registry as a whole: health, state, reset, outages."""

from typing import Literal

from werkzeug.exceptions import Conflict

from fake_registry.control.controlled import Controlled
from fake_registry.control.documents import (
    Health,
    ManifestEntry,
    Outage,
    Readiness,
    RegistryNames,
    RegistryState,
    RepositoryEntry,
)
from fake_registry.core.state import RepositoryState
from fake_registry.inspection.kinds import platform_text


def get_health(controlled: Controlled) -> Health:
    """The registry's login server, profile and login."""
    settings = controlled.registry.settings
    status: Literal["ok", "closed"] = "closed" if controlled.registry.faults.is_closed else "ok"
    return Health(status, settings.login_server, settings.profile, settings.auth)


def list_registries(controlled: Controlled) -> RegistryNames:
    """The names of all registries of the server, for the parameter `registry`."""
    return RegistryNames(list(controlled.names))


def get_ready(_: Controlled) -> Readiness:
    """200 once the server accepts connections."""
    return Readiness("ready")


def reset(controlled: Controlled) -> None:
    """Remove content, roles, tokens, faults and recorded requests; the clock keeps its time."""
    controlled.registry.reset()
    controlled.snapshots.trim()
    controlled.memory.ask()


def get_state(controlled: Controlled) -> RegistryState:
    """The repositories with their manifests and tags, and the numbers of blobs and uploads."""
    states = controlled.registry.content.snapshot().repositories  # all of one moment
    ordered = sorted(states, key=lambda state: state.name)
    return RegistryState([_entry_of(state) for state in ordered])


def get_outage(controlled: Controlled) -> Outage:
    """Whether the registry is down."""
    return Outage(controlled.registry.faults.is_down)


def start_outage(controlled: Controlled) -> None:
    """Break the connection of each request to the registry, until it is up again."""
    try:
        controlled.registry.down()
    except RuntimeError as error:  # the registry is closed
        raise Conflict(str(error)) from error


def end_outage(controlled: Controlled) -> None:
    """Answer requests again."""
    controlled.registry.up()


def _entry_of(state: RepositoryState) -> RepositoryEntry:
    tags = {str(tag): str(record.digest) for tag, record in sorted(state.tags.items())}
    tags_of: dict[str, list[str]] = {}
    for tag, digest in tags.items():
        tags_of.setdefault(digest, []).append(tag)

    manifests = [
        ManifestEntry(
            digest=digest,
            media_type=record.manifest.media_type,
            size=len(record.manifest.content),
            image_size=record.size,
            platform=platform_text(record.platform),
            tags=tags_of.get(digest, []),
        )
        for digest, record in sorted(state.manifests.items())
    ]
    return RepositoryEntry(state.name, manifests, tags, len(state.blobs), len(state.uploads))
