"""Faults as JSON, in and out: what `fake_registry.http.faults` has in Python, for the control API.

    {"endpoint": "upload.chunk", "effect": {"name": "Refuse", "status": 503}, "when": "after", "skip": 1, "times": 1}

All but `endpoint` and `effect` may be left out. Members are the fields of `Fault` and of the effect, by their names.
"""

from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final, TypeVar, get_args, get_type_hints

from fake_registry.http.faults import ActiveFault, Corrupt, Disconnect, Effect, Fault, Refuse, Truncate, When
from fake_registry.spec.json_object import JsonObject, member, optional_member

Name = TypeVar("Name", bound=str)

_MOMENTS: Final[tuple[When, ...]] = get_args(When)
_MEMBERS: Final = ("endpoint", "effect", "when", "skip", "times", "repository")


@dataclass(frozen=True)
class _Parameter:
    """A field of an effect: what it may hold, and whether it must be named."""

    kind: Any  # Any: what isinstance takes, a class or a union of classes
    required: bool


def _parameters_of(effect: type[Refuse | Disconnect | Truncate | Corrupt]) -> dict[str, _Parameter]:
    """The fields that say what an effect does; when it does it is the fault's to say."""
    kinds = get_type_hints(effect)
    return {
        field.name: _Parameter(kinds[field.name], required=field.default is MISSING)
        for field in fields(effect)
        if field.name != "default_when"
    }


_EFFECTS: Final[Mapping[str, type[Effect]]] = {kind.__name__: kind for kind in (Refuse, Disconnect, Truncate, Corrupt)}
_PARAMETERS: Final = {kind.__name__: _parameters_of(kind) for kind in (Refuse, Disconnect, Truncate, Corrupt)}


def decode_fault(document: JsonObject) -> Fault:
    """Return the fault that `document` describes. Raises ValueError, with the known names for an unknown one."""
    for name in document:
        _one_of(_MEMBERS, "a fault", name)
    when = optional_member(document, "when", str)
    return Fault(
        member(document, "endpoint", str),
        _decode_effect(member(document, "effect", dict)),
        when=None if when is None else _one_of(_MOMENTS, "when", when),
        skip=optional_member(document, "skip", int) or 0,
        times=optional_member(document, "times", int),
        repository=optional_member(document, "repository", str),
    )


def encode_fault(active: ActiveFault, fault_id: str) -> dict[str, object]:
    """Return a fault in force with its id, the moment it strikes at and how many calls it has struck.

    Of an effect that only Python knows there is no more than the name.
    """
    fault, effect = active.fault, type(active.fault.effect).__name__
    return {
        "id": fault_id,
        "endpoint": fault.endpoint,
        "effect": {"name": effect} | {name: getattr(fault.effect, name) for name in _PARAMETERS.get(effect, ())},
        "when": fault.moment,
        "skip": fault.skip,
        "times": fault.times,
        "repository": fault.repository,
        "hits": active.hits,
    }


def _decode_effect(document: JsonObject) -> Effect:
    effect = _one_of(_EFFECTS, "an effect", member(document, "name", str))
    parameters = _PARAMETERS[effect]
    given = {name: value for name, value in document.items() if name != "name"}
    for name, value in given.items():
        kind = parameters[_one_of(parameters, effect, name)].kind
        if isinstance(value, bool) or not isinstance(value, kind):  # to Python, though not to JSON, true is a number
            raise ValueError(f"{effect}: expected {name} to be {getattr(kind, '__name__', kind)}, found {value!r}")
    for name, parameter in parameters.items():
        if parameter.required and name not in given:
            raise ValueError(f"{effect}: expected {name}, found none")
    return _EFFECTS[effect](**given)


def _one_of(known: Collection[Name], where: str, text: str) -> Name:
    for name in known:
        if name == text:
            return name
    raise ValueError(f"{where}: expected one of {', '.join(known) or 'nothing'}, found {text!r}")
