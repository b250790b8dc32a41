"""Faults: failures on purpose, addressed by endpoint and moment. `Fault` is one, `FaultPlan` has
all. To add an effect, see `effects`.
"""

from fake_registry.http.faults.active import ActiveFault
from fake_registry.http.faults.bodies import Corrupt
from fake_registry.http.faults.connections import Disconnect, Truncate
from fake_registry.http.faults.effect import Effect, RequestEffect, ResponseEffect
from fake_registry.http.faults.effects import EFFECTS
from fake_registry.http.faults.fault import Fault
from fake_registry.http.faults.logins import (
    AwkwardToken,
    BadChallenge,
    ExpireToken,
    Revoke,
    WrongScope,
)
from fake_registry.http.faults.pages import (
    DuplicatePage,
    EmptyParameterLink,
    ForeignLink,
    LoopLink,
    LoseItems,
    NullList,
    Reorder,
    WrongRel,
)
from fake_registry.http.faults.plan import FaultPlan
from fake_registry.http.faults.refusals import Refuse
from fake_registry.http.faults.scene import Scene, When

__all__ = [
    "EFFECTS",
    "ActiveFault",
    "AwkwardToken",
    "BadChallenge",
    "Corrupt",
    "Disconnect",
    "DuplicatePage",
    "Effect",
    "EmptyParameterLink",
    "ExpireToken",
    "Fault",
    "FaultPlan",
    "ForeignLink",
    "LoopLink",
    "LoseItems",
    "NullList",
    "Refuse",
    "Reorder",
    "RequestEffect",
    "ResponseEffect",
    "Revoke",
    "Scene",
    "Truncate",
    "When",
    "WrongRel",
    "WrongScope",
]
