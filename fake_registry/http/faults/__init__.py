"""Faults: failures on purpose, addressed by endpoint and moment. `Fault` is one, `FaultPlan` has
all. To add an effect, see `effects`.
"""

from fake_registry.http.faults.active import ActiveFault
from fake_registry.http.faults.bodies import Compress, Corrupt, NotJson
from fake_registry.http.faults.challenges import BadChallenge
from fake_registry.http.faults.connections import Delay, Disconnect, Slow, Stall, Truncate
from fake_registry.http.faults.effect import Effect, RequestEffect, ResponseEffect
from fake_registry.http.faults.effects import EFFECTS
from fake_registry.http.faults.fault import Fault
from fake_registry.http.faults.headers import DropHeader, SetHeader, WrongDigest, WrongType
from fake_registry.http.faults.logins import AwkwardToken, ExpireToken, Revoke, WrongScope
from fake_registry.http.faults.manifests import AlterManifest, BigManifest, BlindToAccept, NoReferrersApi
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
from fake_registry.http.faults.ranges import IgnoreRange, ShortRange, ZeroChunk
from fake_registry.http.faults.redirects import RedirectTo
from fake_registry.http.faults.refusals import Refuse, Throttle
from fake_registry.http.faults.scene import Scene, When
from fake_registry.http.faults.state import Lag, MoveTag, VanishManifest
from fake_registry.http.faults.uploads import ForgetUpload, MoveUpload, StaleRange

__all__ = [
    "EFFECTS",
    "ActiveFault",
    "AlterManifest",
    "AwkwardToken",
    "BadChallenge",
    "BigManifest",
    "BlindToAccept",
    "Compress",
    "Corrupt",
    "Delay",
    "Disconnect",
    "DropHeader",
    "DuplicatePage",
    "Effect",
    "EmptyParameterLink",
    "ExpireToken",
    "Fault",
    "FaultPlan",
    "ForeignLink",
    "ForgetUpload",
    "IgnoreRange",
    "Lag",
    "LoopLink",
    "LoseItems",
    "MoveTag",
    "MoveUpload",
    "NoReferrersApi",
    "NotJson",
    "NullList",
    "RedirectTo",
    "Refuse",
    "Reorder",
    "RequestEffect",
    "ResponseEffect",
    "Revoke",
    "Scene",
    "SetHeader",
    "ShortRange",
    "Slow",
    "StaleRange",
    "Stall",
    "Throttle",
    "Truncate",
    "VanishManifest",
    "When",
    "WrongDigest",
    "WrongRel",
    "WrongScope",
    "WrongType",
    "ZeroChunk",
]
