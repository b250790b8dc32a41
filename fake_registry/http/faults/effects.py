"""`EFFECTS`: every effect of this package.

To add an effect, write one frozen dataclass with a docstring, in the module of the thing it
strikes, and add it here. Tests then name what else it needs: a check of its arguments, exports,
docs.
"""

from typing import Final

from fake_registry.http.faults.bodies import Corrupt
from fake_registry.http.faults.connections import Disconnect, Truncate
from fake_registry.http.faults.effect import Effect
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
from fake_registry.http.faults.refusals import Refuse

EFFECTS: Final[tuple[type[Effect], ...]] = (
    Refuse,
    Disconnect,
    Truncate,
    Corrupt,
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
)
"""All effects. The JSON of `/_fake/faults`, its schema and the docs come from here."""
