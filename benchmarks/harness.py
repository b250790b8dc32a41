"""How many steps of the property-test harness a second of CPU has, the check at the end included."""

import time
from collections.abc import Iterator
from functools import partial

from benchmarks.rounds import interleave
from benchmarks.table import Row, Target, against_limit
from fake_registry import FakeRegistry, Settings
from fake_registry.settings import Profile
from pytest_acr.harness import Dialect
from pytest_acr.harness.findings import Findings
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.search import search

EXAMPLES = 100
SEED = 7


def rows() -> Iterator[Row]:
    profiles: tuple[Profile, ...] = ("oci", "acr")
    costs = {str(profile): partial(_steps_per_second, profile) for profile in profiles}
    for profile, found in interleave(costs).items():
        yield against_limit(f"harness: steps a CPU second, {profile}", found, "steps", Target(300, at_least=True))


def _steps_per_second(profile: Profile) -> float:
    settings = Settings(profile=profile, auth="off")
    dialect = Dialect.like("acr") if profile == "acr" else Dialect()
    plan = MachinePlan(lambda: FakeRegistry(settings).wsgi_app, dialect, findings=Findings(collect=True))

    started = time.process_time()
    found = list(search(plan, seed_number=SEED, examples=EXAMPLES))
    seconds = time.process_time() - started
    if found:
        raise RuntimeError(f"expected no finding, found {found}")
    return plan.findings.runs.total() / seconds
