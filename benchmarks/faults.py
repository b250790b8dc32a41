"""What faults cost the calls that they do not strike."""

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from benchmarks.one_figure import cycles
from benchmarks.rounds import interleave
from benchmarks.table import Row, Target, against_peers
from fake_registry import FakeRegistry, Fault, Refuse, Settings

STAGES = ("_door", "_before", "_after")
"""The stages at which faults strike."""

ELSEWHERE = Fault("tags.list", Refuse(), optional=True)


def rows() -> Iterator[Row]:
    costs = {
        "empty plan": partial(_cycles, faults=0),
        "fault elsewhere": partial(_cycles, faults=1),
        "without": partial(_cycles, faults=None),
    }
    found = interleave(costs)
    milliseconds = {name: [1e3 * one for one in taken] for name, taken in found.items()}
    without = {"without": milliseconds["without"]}

    yield against_peers("faults: cycles with no fault", milliseconds["empty plan"], "ms", without, Target(1.02))
    elsewhere = milliseconds["fault elsewhere"]
    yield against_peers("faults: cycles with a fault elsewhere", elsewhere, "ms", without, Target(1.10))


def _cycles(*, faults: int | None) -> float:
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    if faults is None:
        app = cast(Any, registry.wsgi_app)  # Any: its stages are private
        app._stages = tuple(stage for stage in app._stages if stage.__name__ not in STAGES)  # noqa: SLF001

    for _ in range(faults or 0):
        registry.faults.add(ELSEWHERE)
    return cycles(registry)
