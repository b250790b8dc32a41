"""Faults: failures on purpose, addressed by endpoint and moment. `Fault` is one, `FaultPlan` has
all.

To add an effect, write one frozen dataclass with a docstring, in the module of the thing it
strikes, and add it to `EFFECTS`. Tests then name what else it needs: exports, docs.
"""

from typing import Final

from fake_registry.http.faults.bodies import Corrupt
from fake_registry.http.faults.connections import Disconnect, Truncate
from fake_registry.http.faults.fault import Effect, Fault, RequestEffect, ResponseEffect
from fake_registry.http.faults.plan import ActiveFault, FaultPlan
from fake_registry.http.faults.refusals import Refuse
from fake_registry.http.faults.scene import Scene, When

EFFECTS: Final[tuple[type[Effect], ...]] = (Refuse, Disconnect, Truncate, Corrupt)
"""All effects. The JSON of `/_fake/faults`, its schema and the docs come from here."""

__all__ = [
    "EFFECTS",
    "ActiveFault",
    "Corrupt",
    "Disconnect",
    "Effect",
    "Fault",
    "FaultPlan",
    "Refuse",
    "RequestEffect",
    "ResponseEffect",
    "Scene",
    "Truncate",
    "When",
]
