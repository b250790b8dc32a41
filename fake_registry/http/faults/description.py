"""One description of each effect, for everything that lists effects: JSON, its schema, the docs."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from fake_registry.http.faults.effect import Effect, moments_of
from fake_registry.http.faults.scene import When

KINDS: Final = (str, int, float, bool, NoneType)
"""The types that a parameter may have: those with a JSON form."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A field of an effect, or of a fault."""

    name: str
    kinds: tuple[type, ...]
    """The types that its value may have, of `KINDS`."""
    open_kinds: tuple[type, ...]
    """Those of which each value is allowed."""
    choices: tuple[object, ...]
    """The values that are allowed of the other types."""
    default: object
    """`dataclasses.MISSING` if the parameter is required."""

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is MISSING


@dataclass(frozen=True, kw_only=True)
class Description:
    """An effect in words and types."""

    name: str
    summary: str
    """The first line of its docstring."""
    moments: tuple[When, ...]
    default_when: When
    parameters: tuple[Parameter, ...]


def effects_by_name(effects: Iterable[type[Effect]]) -> dict[str, type[Effect]]:
    """Return effects by their names. TypeError, with the file, for two of one name."""
    by_name: dict[str, type[Effect]] = {}
    for effect in effects:
        if by_name.setdefault(effect.__name__, effect) is not effect:
            raise _lacks(effect, "has the name of another effect: rename one of them")
    return by_name


def describe(effect: type[Effect]) -> Description:
    """Return an effect's description.

    Raises TypeError, with the file and the remedy, if the effect is not a frozen dataclass, or has
    no docstring, no default moment, no method, or a parameter that JSON cannot have.
    """
    if not _is_frozen(effect):
        raise _lacks(effect, "is not a frozen dataclass: decorate it with @dataclass(frozen=True)")
    if getattr(effect, "default_when", None) not in moments_of(effect):
        remedy = "write on_request or on_response, and set default_when to a moment of it"
        raise _lacks(effect, f"has no moment to strike at: {remedy}")

    parameters = parameters_of(effect)
    if any(parameter.name == "name" for parameter in parameters):
        raise _lacks(effect, "has a parameter called name, as the effect is in JSON: rename it")

    return Description(
        name=effect.__name__,
        summary=_summary_of(effect),
        moments=moments_of(effect),
        default_when=effect.default_when,
        parameters=parameters,
    )


def parameters_of(owner: type, *, without: Collection[str] = ()) -> tuple[Parameter, ...]:
    """Return the parameters of a dataclass, in their order. TypeError as in `describe`.

    They are the fields that its constructor takes.
    """
    hints = get_type_hints(owner)
    taken = [field for field in fields(owner) if field.init]
    named = [field for field in taken if field.name not in without]
    return tuple([_parameter_of(owner, field, hints[field.name]) for field in named])


def _is_frozen(effect: type) -> bool:
    if not is_dataclass(effect):
        return False
    options: Any = getattr(effect, "__dataclass_params__")  # noqa: B009  typeshed lacks it
    return bool(options.frozen)


def _parameter_of(owner: type, field: Field[Any], hint: object) -> Parameter:  # Any: of each type
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    literals = [option for option in options if get_origin(option) is Literal]
    choices = _without_repeats([value for literal in literals for value in get_args(literal)])

    open_kinds = tuple([option for option in options if option not in literals])
    kinds = tuple(dict.fromkeys([*map(type, choices), *open_kinds]))
    if any(kind not in KINDS for kind in kinds):
        known = ", ".join(kind.__name__ for kind in KINDS)
        raise _lacks(owner, f"has {field.name}, which has no JSON form: use {known} or a Literal")

    return Parameter(
        name=field.name,
        kinds=kinds,
        open_kinds=open_kinds,
        choices=choices,
        default=_default_of(owner, field),
    )


def _without_repeats(values: Sequence[object]) -> tuple[object, ...]:
    """Return each value once. True and 1 are two values."""
    return tuple({(type(value), value): value for value in values}.values())


def _default_of(owner: type, field: Field[Any]) -> object:  # Any: of each type
    """Return the default; that of a `default_factory` is made anew."""
    default: object = field.default
    if field.default_factory is not MISSING:
        default = field.default_factory()

    if isinstance(default, float) and not math.isfinite(default):
        remedy = "use a finite number, or None"
        raise _lacks(owner, f"has {field.name}={default}, which has no JSON form: {remedy}")
    return default


def _summary_of(effect: type) -> str:
    text = (effect.__doc__ or "").strip()
    generated = text.startswith(f"{effect.__name__}(")  # by `dataclass`, where a class has none
    if not text or generated:
        raise _lacks(effect, "has no docstring: write one, whose first line says what it does")
    return text.splitlines()[0]


def _lacks(owner: type, problem: str) -> TypeError:
    file = owner.__module__.replace(".", "/")
    return TypeError(f"{file}.py: {owner.__name__} {problem}")
