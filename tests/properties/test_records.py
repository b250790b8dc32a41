"""The records of a registry are its last requests, and a snapshot keeps its accounts; after any history."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from fake_registry import FakeRegistry
from tests.support.http import registry_of, send

SENT: Final = (
    ("GET", "/v2/", 200),
    ("GET", "/v2/a/tags/list", 404),
    ("POST", "/v2/a/blobs/uploads/", 202),
    ("PUT", "/v2/", 405),
    ("GET", "/nothing", 404),
)
"""Requests with the status of their answers. The last has no route."""

LOOK: Final = ("", "", 0)
"""A look at the records, between two requests."""


@given(
    steps=st.lists(st.sampled_from((*SENT, LOOK)), max_size=12),
    limit=st.integers(1, 6),
)
def test_records_are_the_last_requests(steps: list[tuple[str, str, int]], limit: int) -> None:
    registry = registry_of("oci", max_recorded_requests=limit)
    for step in steps:
        len(registry.requests) if step == LOOK else send(registry, *step[:2])

    sent = [step for step in steps if step != LOOK]
    numbered = [(number, *step) for number, step in enumerate(sent)]
    found = [(one.number, one.method, one.path, one.status) for one in registry.requests]
    assert (found, registry.requests.dropped) == (numbered[-limit:], max(len(sent) - limit, 0))


CHANGES: Final = {
    "grant": lambda registry: registry.grant("a", "AcrPull"),
    "grant another": lambda registry: registry.grant("b", "AcrPush", repository="samples/*"),
    "add": lambda registry: registry.add_token("ci", "_repositories_pull", password="secret"),
    "replace": lambda registry: registry.add_token("ci", {"a": ["content/read"]}, password="other"),
    "remove": lambda registry: registry.remove_tokens(),
}

some_changes = st.lists(st.sampled_from(sorted(CHANGES)), max_size=5)


def accounts_of(registry: FakeRegistry) -> object:
    return registry.snapshot().accounts


@given(before=some_changes, after=some_changes)
def test_restored_registry_has_the_accounts_of_the_snapshot(before: list[str], after: list[str]) -> None:
    registry = registry_of()
    for name in before:
        CHANGES[name](registry)
    kept, roles, snapshot = accounts_of(registry), registry.roles, registry.snapshot()

    for name in after:
        CHANGES[name](registry)
    registry.restore(snapshot)

    assert (accounts_of(registry), registry.roles) == (kept, roles)
