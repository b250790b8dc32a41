"""The machine over raw HTTP, at our registry behind a socket.

`tests/contract` runs over `RemoteRegistry`, which checks positions, follows Links and filters by
itself. Here nothing of ours stands between the requests and the server. `.ci/registry-check` has the
same for Debian's docker-registry.
"""

from typing import Final

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.settings import Profile
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Findings
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.search import search
from tests.support.effort import repeated, rounds

DIALECTS: Final = {"oci": Dialect(), "acr": Dialect.like("acr")}


def found_at(url: str, dialect: Dialect, examples: int) -> set[str]:
    plan = MachinePlan(url, dialect, findings=Findings(collect=True))
    return {finding.property.id for finding in search(plan, seed_number=1, examples=examples)}


@repeated
@pytest.mark.parametrize("profile", DIALECTS)
def test_our_registry_behind_a_socket_has_every_property(profile: Profile) -> None:
    with FakeRegistry(Settings(profile=profile, auth="off")).serve() as server:
        assert found_at(server.url, DIALECTS[profile], rounds(3)) == set()
