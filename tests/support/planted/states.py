"""Planted bugs in snapshots, resets and records: a fake that is compared with itself."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import begin, send
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import (
    ACR,
    A,
    B,
    artifact,
    json_of,
    manifest_target,
    put_index,
    referrers_of,
    status_of,
    tags_in,
)

SUBJECT: Final = artifact(1)


def count_after_a_restore(registry: FakeRegistry) -> int:
    """Return the number of referrers in a snapshot, after one more was pushed to it and deleted."""
    put_index(registry, artifact(2, subject=SUBJECT))
    snapshot = registry.snapshot()
    status_of(registry, "DELETE", manifest_target(artifact(2, subject=SUBJECT)))
    registry.restore(snapshot)
    return len(referrers_of(registry, SUBJECT))


def restore_after_a_tag(registry: FakeRegistry) -> object:
    """Return the tags of the manifest in a snapshot, after another tag was set."""
    digest = put_index(registry, SUBJECT, "v1")
    snapshot = registry.snapshot()
    put_index(registry, SUBJECT, "v2")
    registry.restore(snapshot)
    return json_of(registry, f"{ACR}/_manifests/{digest}")["manifest"]["tags"]


def restore_twice(registry: FakeRegistry) -> object:
    put_index(registry, SUBJECT, "v1")
    snapshot = registry.snapshot()
    registry.restore(snapshot)
    put_index(registry, SUBJECT, "v2")
    registry.restore(snapshot)
    return tags_in(registry)


def restore_over_another_repository(registry: FakeRegistry) -> object:
    """Return whether a repository that was made since is gone."""
    put_index(registry, SUBJECT, "v1")
    snapshot = registry.snapshot()
    put_index(registry, SUBJECT, repository=B)
    registry.restore(snapshot)
    return json_of(registry, "/v2/_catalog")["repositories"], status_of(registry, "GET", manifest_target(SUBJECT, B))


def restore_after_a_role(registry: FakeRegistry) -> object:
    snapshot = registry.snapshot()
    registry.grant("a", "AcrPull")
    registry.restore(snapshot)
    return len(registry.roles)


def restore_after_a_chunk(registry: FakeRegistry) -> object:
    location = begin(registry, A, b"four")
    snapshot = registry.snapshot()
    send(registry, "PATCH", location, b"more")
    registry.restore(snapshot)
    return send(registry, "GET", location).header("Range")


def number_requests(registry: FakeRegistry) -> object:
    """Send more requests than are kept, and return the numbers of those that are."""
    for _ in range(5):
        status_of(registry, "GET", "/v2/")
    return [exchange.number for exchange in registry.requests], registry.requests.dropped


def record_a_request_without_a_route(registry: FakeRegistry) -> object:
    status_of(registry, "GET", "/v2/")
    status_of(registry, "GET", "/nothing")
    return [exchange.status for exchange in registry.requests]


STATES: Final = (
    PlantedBug(
        name="snapshot-shares-its-referrers-with-the-registry",
        kind="referrers: snapshot",
        part="snapshots",
        plant=edit(
            "core.state:RepositoryState.copy",
            "referrers={subject: digests.copy() for subject, digests in self.referrers.items()}",
            "referrers={**self.referrers}",
        ),
        witness=count_after_a_restore,
        right=1,
    ),
    PlantedBug(
        name="snapshot-shares-the-tags-of-manifests",
        kind="snapshots",
        part="snapshots",
        plant=edit(
            "core.state:RepositoryState.copy",
            "tags_of={digest: tags.copy() for digest, tags in self.tags_of.items()}",
            "tags_of={**self.tags_of}",
        ),
        witness=restore_after_a_tag,
        right=["v1"],
    ),
    PlantedBug(
        name="restored-snapshot-changes-with-the-registry",
        kind="snapshots",
        part="snapshots",
        plant=edit(
            "core.repositories:Repositories.restore",
            "self._add(state.copy())",
            "self._add(state)",
        ),
        witness=restore_twice,
        right=["v1"],
    ),
    PlantedBug(
        name="restore-keeps-repositories-that-were-made-since",
        kind="snapshots",
        part="snapshots",
        plant=edit(
            "core.repositories:Repositories.restore", "self._states = {}\n        self._index = Index()", "pass"
        ),
        witness=restore_over_another_repository,
        right=([A], 404),
    ),
    PlantedBug(
        name="restore-keeps-roles-that-were-granted-since",
        kind="snapshots",
        part="snapshots",
        plant=edit(
            "parts:RegistryParts.restore",
            "self.authority.permissions.replace_accounts(snapshot.accounts)",
            "pass",
        ),
        witness=restore_after_a_role,
        right=0,
    ),
    PlantedBug(
        name="snapshot-shares-its-uploads-with-the-registry",
        kind="snapshots",
        part="snapshots",
        plant=edit(
            "core.state:RepositoryState.copy",
            "uploads=dict(self.uploads)",
            "uploads=self.uploads",
        ),
        witness=restore_after_a_chunk,
        right="0-3",
    ),
    PlantedBug(
        name="numbers-of-records-count-those-that-are-kept",
        kind="recorder",
        part="snapshots",
        plant=edit(
            "journal.recorder:Recorder._make_last",
            "range(self._count - count, self._count - end)",
            "range(len(self._made), len(self._made) + count - end)",
        ),
        witness=number_requests,
        right=([2, 3, 4], 2),
        settings={"max_recorded_requests": 3},
    ),
    PlantedBug(
        name="records-are-dropped-when-there-is-still-room",
        kind="recorder",
        part="snapshots",
        plant=edit(
            "journal.recorder:Recorder._measure", "len(self._sizes) > self._limit", "len(self._sizes) >= self._limit"
        ),
        witness=number_requests,
        right=([2, 3, 4], 2),
        settings={"max_recorded_requests": 3},
    ),
    PlantedBug(
        name="request-without-a-route-is-not-recorded",
        kind="recorder",
        part="snapshots",
        plant=edit(
            "http.app:RegistryApp._record",
            "passage.recorded = True",
            "passage.recorded = True\n    if not passage.call:\n        return",
        ),
        witness=record_a_request_without_a_route,
        right=[200, 404],
    ),
)
