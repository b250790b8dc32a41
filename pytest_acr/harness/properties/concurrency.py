"""Concurrent requests, which `pytest_acr.harness.concurrency` sends and judges."""

from typing import Final

from pytest_acr.harness.properties.property import SPEC, Property

LINEARIZABLE: Final = Property(
    id="linearizable",
    area="concurrency",
    kind="effect",
    level="SHOULD",
    section=f"{SPEC}, Pull, Push, Content Discovery; Herlihy and Wing, Linearizability, 1990",
    sentence="Concurrent requests are answered as if they had come one after the other.",
)

CONCURRENCY: Final = (LINEARIZABLE,)
