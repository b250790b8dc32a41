"""Faults as JSON, for the control API: decoding, encoding and the JSON schema.

    {"endpoint": "upload.*", "effect": {"name": "Refuse", "status": 503}, "when": "after"}

Members are the fields of `Fault` and of the effect, as `http.faults.description` describes them.
Those with a default may be left out. The name of an effect may have any case (`refuse`,
`drop_header`), and the name alone stands for an effect with its defaults.
"""

import math
from collections.abc import Sequence
from types import NoneType
from typing import Annotated, Any, Final, Literal, Union

import msgspec

from fake_registry.control.decoding import Integer, convert
from fake_registry.control.refusals import unknown_name_text
from fake_registry.http.faults import EFFECTS, ActiveFault, Effect, Fault
from fake_registry.http.faults.description import (
    Description,
    Parameter,
    describe,
    effects_by_name,
    parameters_of,
)
from fake_registry.spec.errors import NameInvalid
from fake_registry.spec.json_object import JsonObject, kind_text, member

_WITHOUT_JSON: Final = "where"
"""The field of a fault that is a function."""

_FAULT_PARAMETERS: Final = parameters_of(Fault, without=["effect", _WITHOUT_JSON])

_SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_Kind = Any
"""A type that is made at run time, which no checker knows."""


class FaultFormat:
    """The JSON of faults with these effects."""

    def __init__(self, effects: Sequence[type[Effect]]) -> None:
        """TypeError, with the file and the remedy, for an effect that `describe` refuses."""
        self._effects = effects_by_name(effects)
        descriptions = [describe(effect) for effect in self._effects.values()]
        self._names = {_key_of(name): name for name in self._effects}
        self._effect_types = {one.name: _effect_type(one) for one in descriptions}

        bare_names = _names_of(descriptions)
        self.document_type = _document_type([*self._effect_types.values(), *bare_names])
        """The type of a document that `decode` reads."""
        self.entry_type: _Kind = _entry_type()
        """The type of a document that `encode` returns."""
        self.list_type: _Kind = msgspec.defstruct(
            "FaultList",
            [("faults", list[self.entry_type])],  # type: ignore[name-defined]  # made at run time
            namespace={"__doc__": "The faults in force, in the order of their addition."},
        )

    def decode(self, document: JsonObject) -> Fault:
        """Return the fault that `document` describes. ValueError, which lists the known names."""
        given = document
        if "effect" in document:
            given = {**document, "effect": self._name_effect(document["effect"])}

        values = msgspec.structs.asdict(convert(given, self.document_type))
        effect = self._make_effect(values.pop("effect"))
        try:
            return Fault(effect=effect, **values)
        except NameInvalid as error:
            found = values["repository"]
            raise ValueError(f"repository: {error.reason}, found {found!r}") from error

    def encode(self, active: ActiveFault, fault_id: str) -> JsonObject:
        """Return a fault in force with its id, its moment and the number of calls it has struck.

        An effect that is not one of these is encoded as its name alone. Infinities and NaN, which
        JSON lacks, are encoded as text; `decode` refuses them.
        """
        fault = active.fault
        values = {parameter.name: getattr(fault, parameter.name) for parameter in _FAULT_PARAMETERS}
        return {
            "id": fault_id,
            **values,
            "effect": self._encode_effect(fault.effect),
            "when": fault.moment,
            "seed": None if fault.probability is None else active.seed,
            "hits": active.hits,
            "idle_hits": active.idle_hits,
        }

    def schema(self) -> JsonObject:
        """Return the JSON schema (2020-12) of a document that `decode` reads.

        Ranges of numbers are not in it: only the effects know them. Each effect has `x-group`, the
        part of the service that it strikes, for lists of effects.
        """
        schema = msgspec.json.schema(self.document_type)
        for name, effect in self._effects.items():
            schema["$defs"][name]["x-group"] = effect.__module__.rpartition(".")[2]
        return {"$schema": _SCHEMA_DIALECT, **schema}

    def _name_effect(self, given: object) -> JsonObject:
        """Return the effect in a document, checked, by its own name."""
        effect = {"name": given} if isinstance(given, str) else given
        if not isinstance(effect, dict):
            found = kind_text(type(effect))
            raise ValueError(f"expected effect to be a name or an object, found {found}")

        name = _name_in(effect)
        known = self._names.get(_key_of(name))
        if known is None:
            raise ValueError(f"effect: {unknown_name_text(name, self._names.values())}")

        named = {**effect, "name": known}
        convert(named, self._effect_types[known], where=known)
        return named

    def _make_effect(self, values: msgspec.Struct) -> Effect:
        name = type(values).__name__
        try:
            return self._effects[name](**msgspec.structs.asdict(values))
        except ValueError:
            raise
        except Exception as error:  # of the checks in the effect
            raise ValueError(f"{name}: {type(error).__name__}: {error}") from error

    def _encode_effect(self, effect: Effect) -> JsonObject:
        kind = type(effect)
        is_known = kind in self._effects.values()
        parameters = describe(kind).parameters if is_known else ()
        values = {one.name: _encode_value(getattr(effect, one.name)) for one in parameters}
        return {"name": kind.__name__, **values}


def _name_in(effect: JsonObject) -> str:
    """Return the member `name` of an effect. ValueError."""
    try:
        return member(effect, "name", str)
    except ValueError as error:
        raise ValueError(f"effect: {error}") from error


def _key_of(name: str) -> str:
    """Return a name without its case: that of RedirectTo, redirectTo, redirect_to, redirect-to."""
    return name.replace("_", "").replace("-", "").casefold()


def _effect_type(description: Description) -> _Kind:
    fields = [_field_of(parameter) for parameter in description.parameters]
    return msgspec.defstruct(
        description.name,
        fields,
        namespace={"__doc__": description.summary},
        tag_field="name",
        tag=description.name,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _names_of(descriptions: Sequence[Description]) -> Sequence[_Kind]:
    """Return the type of a name that stands for an effect: those that need no parameter."""
    bare = [one.name for one in descriptions if not any(two.required for two in one.parameters)]
    return [Literal[tuple(bare)]] if bare else []


def _document_type(effect_types: Sequence[_Kind]) -> _Kind:
    effect_type: _Kind = Union[tuple(effect_types)]  # noqa: UP007  made at run time
    return msgspec.defstruct(
        "Fault",
        [*map(_field_of, _FAULT_PARAMETERS), ("effect", effect_type)],
        namespace={"__doc__": "An effect, and the calls that it strikes."},
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _entry_type() -> _Kind:
    effect = Annotated[dict[str, Any], msgspec.Meta(description="its name and its parameters")]
    return msgspec.defstruct(
        "ActiveFault",
        [
            ("id", str),
            *map(_field_of, _FAULT_PARAMETERS),
            ("effect", effect),
            ("hits", int),
            ("idle_hits", int),
        ],
        namespace={"__doc__": "A fault in force; `idle_hits` of its hits had no effect."},
        kw_only=True,
    )


def _field_of(parameter: Parameter) -> _Kind:
    """Return a parameter as `msgspec.defstruct` defines a field."""
    options: list[_Kind] = [Integer if kind is int else kind for kind in parameter.open_kinds]
    choices = [choice for choice in parameter.choices if choice is not None]
    if choices:
        options.append(Literal[tuple(choices)])  # made at run time
    if NoneType in parameter.kinds:
        options.append(NoneType)

    kind: _Kind = Union[tuple(options)]  # noqa: UP007  made at run time
    field = (parameter.name, kind)
    return field if parameter.required else (*field, parameter.default)


def _encode_value(value: object) -> object:
    is_json = not isinstance(value, float) or math.isfinite(value)
    return value if is_json else str(value)


FAULTS: Final = FaultFormat(EFFECTS)
