"""`EFFECTS`: every effect of this package.

To add an effect, write one frozen dataclass with a docstring, in the module of the thing it
strikes, and add it here. Tests then name what else it needs: a check of its arguments, exports,
docs.
"""

from typing import Final

from fake_registry.http.faults.bodies import Compress, Corrupt, NotJson
from fake_registry.http.faults.challenges import BadChallenge
from fake_registry.http.faults.connections import Delay, Disconnect, Slow, Stall, Truncate
from fake_registry.http.faults.effect import Effect
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
from fake_registry.http.faults.ranges import IgnoreRange, ShortRange, ZeroChunk
from fake_registry.http.faults.redirects import RedirectTo
from fake_registry.http.faults.refusals import Refuse, Throttle
from fake_registry.http.faults.state import Lag, MoveTag, VanishManifest
from fake_registry.http.faults.uploads import ForgetUpload, MoveUpload, StaleRange

EFFECTS: Final[tuple[type[Effect], ...]] = (
    Refuse,
    Throttle,
    Delay,
    Disconnect,
    Truncate,
    Stall,
    Slow,
    Compress,
    NotJson,
    Corrupt,
    DropHeader,
    SetHeader,
    WrongDigest,
    WrongType,
    IgnoreRange,
    ShortRange,
    ZeroChunk,
    ForgetUpload,
    MoveUpload,
    StaleRange,
    RedirectTo,
    LoopLink,
    WrongRel,
    ForeignLink,
    EmptyParameterLink,
    LoseItems,
    Reorder,
    DuplicatePage,
    NullList,
    ExpireToken,
    Revoke,
    WrongScope,
    AwkwardToken,
    BadChallenge,
    AlterManifest,
    BigManifest,
    BlindToAccept,
    NoReferrersApi,
    Lag,
    MoveTag,
    VanishManifest,
)
"""All effects. The JSON of `/_fake/faults`, its schema and the docs come from here."""
