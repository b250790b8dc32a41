"""Faults as JSON, for the control API: decoding, encoding and the JSON schema.

    {"endpoint": "upload.*", "effect": {"name": "Refuse", "status": 503}, "when": "after"}

Members are the fields of `Fault` and of the effect. Those with a default may be left out.
"""

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import fields
from types import NoneType
from typing import Final

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

Effects = Sequence[type[Effect]]

_FAULT: Final = "a fault"
_WITHOUT_JSON: Final = "where"
"""The field of a fault that is a function."""

_FAULT_MEMBERS: Final = tuple([one.name for one in fields(Fault) if one.name != _WITHOUT_JSON])

_MAX_INTEGER: Final = 2**63 - 1
_FAULT_PARAMETERS: Final = parameters_of(Fault, without=["effect", _WITHOUT_JSON])

_SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_SCHEMA_TYPES: Final = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
}


def decode_fault(document: JsonObject, effects: Effects = EFFECTS) -> Fault:
    """Return the fault that `document` describes. ValueError, which lists the known names."""
    for name in document:
        _check_name(_FAULT, name, _FAULT_MEMBERS)
    others = {name: value for name, value in document.items() if name != "effect"}

    values = _decode(_FAULT, _FAULT_PARAMETERS, others)
    effect = _decode_effect(member(document, "effect", dict), effects)
    try:
        return Fault(effect=effect, **values)
    except NameInvalid as error:
        found = values["repository"]
        raise ValueError(f"repository: {error.reason}, found {found!r}") from error


def encode_fault(active: ActiveFault, fault_id: str, effects: Effects = EFFECTS) -> JsonObject:
    """Return a fault in force with its id, its moment and the number of calls that it has struck.

    An effect that is not one of `effects` is encoded as its name alone. Infinities and NaN, which
    JSON lacks, are encoded as text; `decode_fault` refuses them.
    """
    fault = active.fault
    values = {parameter.name: getattr(fault, parameter.name) for parameter in _FAULT_PARAMETERS}
    return {
        "id": fault_id,
        **values,
        "effect": _encode_effect(fault.effect, effects),
        "when": fault.moment,
        "seed": None if fault.probability is None else active.seed,
        "hits": active.hits,
        "idle_hits": active.idle_hits,
    }


def fault_schema(effects: Effects = EFFECTS) -> JsonObject:
    """Return the JSON schema (2020-12) of a document that `decode_fault` reads.

    Ranges of numbers are not in it: only the effects know them.
    """
    known = effects_by_name(effects).values()
    choices = [_effect_schema(describe(effect)) for effect in known]
    shape = _object_schema(_FAULT_PARAMETERS, {"effect": {"oneOf": choices}})
    return {"$schema": _SCHEMA_DIALECT, **shape}


def _decode_effect(document: JsonObject, effects: Effects) -> Effect:
    known = effects_by_name(effects)
    name = _check_name("an effect", member(document, "name", str), known)
    parameters = describe(known[name]).parameters
    given = {key: value for key, value in document.items() if key != "name"}
    values = _decode(name, parameters, given)
    try:
        return known[name](**values)
    except ValueError:
        raise
    except Exception as error:  # of the checks in the effect
        raise ValueError(f"{name}: {type(error).__name__}: {error}") from error


def _encode_effect(effect: Effect, effects: Effects) -> JsonObject:
    kind = type(effect)
    parameters = describe(kind).parameters if kind in effects else ()
    values = {one.name: _encode_value(getattr(effect, one.name)) for one in parameters}
    return {"name": kind.__name__, **values}


def _encode_value(value: object) -> object:
    return value if _is_json(value) else str(value)


def _is_json(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _decode(where: str, parameters: Sequence[Parameter], given: JsonObject) -> JsonObject:
    """Return the values in `given`, checked."""
    known = {parameter.name: parameter for parameter in parameters}
    for name, value in given.items():
        _check_name(where, name, known)
        _check_value(where, known[name], value)

    for parameter in parameters:
        if parameter.required and parameter.name not in given:
            raise ValueError(f"{where}: expected {parameter.name}, found none")
    return given


def _check_name(where: str, name: str, known: Collection[str]) -> str:
    if name not in known:
        names = ", ".join(known) or "nothing"
        raise ValueError(f"{where}: expected one of {names}, found {name[:100]!r}")
    return name


def _check_value(where: str, parameter: Parameter, value: object) -> None:
    kinds = parameter.kinds
    fits = type(value) in kinds or (type(value) is int and float in kinds)
    if not fits:
        expected = " or ".join(kind_text(kind) for kind in kinds)
        found = kind_text(type(value))
        raise ValueError(f"{where}: expected {parameter.name} to be {expected}, found {found}")
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        expected = f"{parameter.name} to have at most 64 bits"
        raise ValueError(f"{where}: expected {expected}, found a larger integer")
    if not _is_json(value):
        expected = f"{parameter.name} to be a finite number"
        raise ValueError(f"{where}: expected {expected}, found {value}")

    if parameter.choices and not parameter.allows(value):
        texts = ", ".join(map(_text_of, parameter.choices))
        raise ValueError(f"{parameter.name}: expected one of {texts}, found {value!r}")


def _text_of(choice: object) -> str:
    return choice if isinstance(choice, str) else json.dumps(choice)


def _effect_schema(description: Description) -> JsonObject:
    name = {"name": {"const": description.name}}
    shape = _object_schema(description.parameters, name)
    return {"title": description.name, "description": description.summary, **shape}


def _object_schema(parameters: Sequence[Parameter], others: JsonObject) -> JsonObject:
    """Return the schema of an object with these parameters and the required `others`."""
    required = [parameter.name for parameter in parameters if parameter.required]
    members = {parameter.name: _parameter_schema(parameter) for parameter in parameters}
    return {
        "type": "object",
        "properties": {**others, **members},
        "required": [*others, *required],
        "additionalProperties": False,
    }


def _parameter_schema(parameter: Parameter) -> JsonObject:
    schema: dict[str, object] = {"type": [_SCHEMA_TYPES[kind] for kind in parameter.kinds]}
    if parameter.choices:
        schema |= _choices_schema(parameter)
    if not parameter.required:
        schema["default"] = parameter.default
    return schema


def _choices_schema(parameter: Parameter) -> JsonObject:
    """Return the schema of the choices, and of each value of the open kinds."""
    choices = list(parameter.choices)
    if NoneType in parameter.open_kinds and None not in choices:
        choices.append(None)

    types = [_SCHEMA_TYPES[kind] for kind in parameter.open_kinds if kind is not NoneType]
    if types:
        return {"anyOf": [{"enum": choices}, {"type": types}]}
    return {"enum": choices}
