"""The failures of a sweep: each call of a good run, with each effect that can strike it.

A case is addressed as any fault is, by endpoint and number: `upload.chunk#2:Disconnect(after)` is
`Fault("upload.chunk", Disconnect(), when="after", skip=1, times=1)`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fake_registry.arguments import kind_of, nearest_first
from fake_registry.http.faults.bodies import Compress, Corrupt, NotJson
from fake_registry.http.faults.challenges import BadChallenge
from fake_registry.http.faults.connections import Delay, Disconnect, Slow, Stall, Truncate
from fake_registry.http.faults.effect import Effect, RequestEffect, ResponseEffect, can_act_at
from fake_registry.http.faults.fault import Fault
from fake_registry.http.faults.headers import DropHeader, WrongDigest, WrongType
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
from fake_registry.http.faults.refusals import Refuse
from fake_registry.http.faults.scene import When
from fake_registry.http.faults.state import Lag, MoveTag, VanishManifest
from fake_registry.http.faults.uploads import ForgetUpload, MoveUpload, StaleRange
from fake_registry.spec.endpoints import EndpointName


@dataclass(frozen=True)
class SweepEffect:
    """An effect at a moment: a column of a sweep's table."""

    name: str
    """Such as `Refuse(503)`, `Disconnect(after)`."""
    effect: Effect
    when: When
    of_manifests: Effect | None = None
    """Takes the place of `effect` at `manifest.get`."""

    def effect_at(self, endpoint: str) -> Effect:
        """Return the effect that strikes the calls of an endpoint."""
        if self.of_manifests is not None and endpoint == EndpointName.MANIFEST_GET:
            return self.of_manifests
        return self.effect


@dataclass(frozen=True, kw_only=True)
class SweptCall:
    """A call of the run without faults: a row of a sweep's table."""

    endpoint: str
    door: int
    """Its number, from 1, among the calls of its endpoint that reached the moment *door*."""
    before: int | None
    """The same at *before*; None for a call that was refused for lack of a token."""
    after: int | None
    """The same at *after*; None for a call that was not handled."""
    registry: str = ""
    """The key of its registry among those of the run."""
    heading: str = ""
    """The registry's name, for a run with several."""

    def number_at(self, when: When) -> int | None:
        """Return its number at a moment, None if it did not reach that."""
        return {"door": self.door, "before": self.before, "after": self.after}[when]

    def __str__(self) -> str:
        name = f"{self.heading}/{self.endpoint}" if self.heading else self.endpoint
        return f"{name}#{self.door}(door)" if self.before is None else f"{name}#{self.before}"


@dataclass(frozen=True)
class SweptFault:
    """A call with an effect that strikes it."""

    call: SweptCall
    effect: SweepEffect

    def __str__(self) -> str:
        return f"{self.call}:{self.effect.name}"

    def fault(self, *, earlier: int = 0) -> Fault:
        """Return the fault. `earlier` calls of the endpoint did not reach the moment this time."""
        when = self.effect.when
        number = self.call.number_at(when) or 1
        return Fault(
            self.call.endpoint,
            self.effect.effect_at(self.call.endpoint),
            when=when,
            skip=max(number - 1 - earlier, 0),
            times=1,
            optional=True,
        )


DEFAULT_EFFECTS: Final = (
    SweepEffect("Refuse(503)", Refuse(503), "before"),
    SweepEffect("Disconnect(before)", Disconnect(), "before"),
    SweepEffect("Disconnect(after)", Disconnect(), "after"),
    SweepEffect("Truncate", Truncate(1), "after"),
    SweepEffect("Corrupt", Corrupt(), "after", of_manifests=AlterManifest()),
)
"""The effects that every client meets sooner or later. A corrupt manifest remains valid JSON, so
that its digest alone shows the difference."""

ALL_EFFECTS: Final = (
    *DEFAULT_EFFECTS,
    SweepEffect("Refuse(503, door)", Refuse(503), "door"),
    SweepEffect("Refuse(429)", Refuse(429, retry_after=1), "before"),
    SweepEffect("Refuse(500)", Refuse(500), "before"),
    SweepEffect("Delay(60)", Delay(60), "before"),
    SweepEffect("Disconnect(door)", Disconnect(), "door"),
    SweepEffect("Stall", Stall(), "after"),
    SweepEffect("Slow(1000)", Slow(1000), "after"),
    SweepEffect("Compress", Compress(), "after"),
    SweepEffect("NotJson", NotJson(), "after"),
    SweepEffect("DropHeader(Content-Length)", DropHeader("Content-Length"), "after"),
    SweepEffect("DropHeader(Docker-Content-Digest)", DropHeader("Docker-Content-Digest"), "after"),
    SweepEffect("DropHeader(Location)", DropHeader("Location"), "after"),
    SweepEffect("DropHeader(Range)", DropHeader("Range"), "after"),
    SweepEffect("WrongDigest", WrongDigest(), "after"),
    SweepEffect("WrongType", WrongType("text/html"), "after"),
    SweepEffect("IgnoreRange", IgnoreRange(), "after"),
    SweepEffect("ShortRange", ShortRange(1), "after"),
    SweepEffect("ZeroChunk", ZeroChunk(), "after"),
    SweepEffect("ForgetUpload(before)", ForgetUpload(), "before"),
    SweepEffect("ForgetUpload(after)", ForgetUpload(), "after"),
    SweepEffect("MoveUpload", MoveUpload(), "after"),
    SweepEffect("StaleRange", StaleRange(), "after"),
    SweepEffect("RedirectTo", RedirectTo("127.0.0.1:1"), "before"),
    SweepEffect("LoopLink", LoopLink(), "after"),
    SweepEffect("WrongRel", WrongRel(), "after"),
    SweepEffect("ForeignLink", ForeignLink("example.com"), "after"),
    SweepEffect("EmptyParameterLink", EmptyParameterLink(), "after"),
    SweepEffect("LoseItems", LoseItems(), "after"),
    SweepEffect("Reorder", Reorder(), "after"),
    SweepEffect("DuplicatePage", DuplicatePage(), "after"),
    SweepEffect("NullList", NullList(), "after"),
    SweepEffect("ExpireToken", ExpireToken(), "before"),
    SweepEffect("Revoke", Revoke(), "before"),
    SweepEffect("WrongScope", WrongScope(), "after"),
    SweepEffect("AwkwardToken", AwkwardToken(), "after"),
    SweepEffect("BadChallenge(door)", BadChallenge("missing"), "door"),
    SweepEffect("BigManifest", BigManifest(), "after"),
    SweepEffect("BlindToAccept", BlindToAccept(), "before"),
    SweepEffect("NoReferrersApi", NoReferrersApi(), "after"),
    SweepEffect("Lag(60)", Lag(60), "before"),
    SweepEffect("MoveTag", MoveTag(), "after"),
    SweepEffect("VanishManifest", VanishManifest(), "before"),
)
"""One or more for every effect but two: `Throttle` refuses a single call as `Refuse(429)` does, and
`SetHeader` has no value that would be wrong for each header."""

_EXPECTED: Final = "expected names such as 'Truncate', or a list of names and effects such as Refuse(503)"

_GROUPS: Final = {"default": DEFAULT_EFFECTS, "all": ALL_EFFECTS}


def effects_named(chosen: str | Sequence[str | Effect]) -> tuple[SweepEffect, ...]:
    """Return the effects of `default`, of `all`, or of names separated by commas; each once.

    A name is that of a column, or of an effect, which stands for all of its columns. In a sequence
    there may be effects as well, such as `Refuse(418)`, which strike at their default moment.

    Raises ValueError for an unknown name, with the known ones, and TypeError for any other object.
    """
    if not isinstance(chosen, str | Iterable):
        remedy = ": put it in a list" if _is_effect(chosen) else ""
        raise TypeError(f"effects: {_EXPECTED}, found {kind_of(chosen)}{remedy}")

    names = _split(chosen) if isinstance(chosen, str) else chosen
    found = [effect for name in names for effect in _effects_of(name)]
    if not found:
        raise ValueError("effects: expected at least one, found none")
    return tuple(dict.fromkeys(found))


def cases_of(
    calls: Iterable[SweptCall],
    effects: Sequence[SweepEffect],
) -> list[SweptFault]:
    """Return each call with each effect that can strike it.

    A call that was refused for lack of a token is struck at *door* alone.
    """
    return [SweptFault(call, effect) for call in calls for effect in effects if can_strike(call, effect)]


def can_strike(call: SweptCall, effect: SweepEffect) -> bool:
    """Return whether the effect can strike a call."""
    return call.number_at(effect.when) is not None and can_act_at(effect.effect, call.endpoint)


def _split(names: str) -> list[str]:
    """Return names that are separated by commas, which may stand within parentheses too.

    >>> _split("Refuse(503, door), Truncate")
    ['Refuse(503, door)', 'Truncate']
    """
    parts: list[str] = []
    for part in names.split(","):
        if parts and parts[-1].count("(") > parts[-1].count(")"):
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    return [part.strip() for part in parts if part.strip()]


def _is_effect(value: object) -> bool:
    return isinstance(value, RequestEffect | ResponseEffect) and not isinstance(value, type)


def _effects_of(chosen: object) -> Sequence[SweepEffect]:
    if isinstance(chosen, RequestEffect | ResponseEffect) and not isinstance(chosen, type):
        return (SweepEffect(repr(chosen), chosen, chosen.default_when),)
    if not isinstance(chosen, str):
        raise TypeError(f"effects: {_EXPECTED}, found {kind_of(chosen)}")
    if chosen in _GROUPS:
        return _GROUPS[chosen]

    found = [one for one in ALL_EFFECTS if chosen in (one.name, type(one.effect).__name__)]
    if not found:
        known = nearest_first(chosen, [*_GROUPS, *[one.name for one in ALL_EFFECTS]])
        raise ValueError(f"effects: expected one of {', '.join(known)}, found {chosen!r}")
    return found
