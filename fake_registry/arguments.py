"""Checks of the arguments of public functions: "settings: expected Settings, found dict".

A wrong argument is refused where it is passed, and not where it is used much later. The checks
follow annotations: `check_arguments` those of a function, `check_fields` those of a dataclass.
Messages name types, and no values of them: those may be passwords.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from functools import cache, wraps
from inspect import signature
from os import PathLike
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    NewType,
    ParamSpec,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

P = ParamSpec("P")
T = TypeVar("T")

_WORDS: Final[Mapping[object, str]] = {
    Callable: "a callable",
    Iterable: "an iterable",
    Mapping: "a mapping",
    Sequence: "a sequence",
    PathLike: "a path",
    NoneType: "None",
}

_PLAIN: Final = frozenset({str, int, float, bool, bytes, NoneType, timedelta})
"""Types whose instances need no further look. A dataclass of settings has fifty of them."""


def check_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Return `function`, with a check of each argument by its annotation. See `check_type`.

    Items of iterables are not checked, because an iterator can be read once: see `items_of`.
    """
    parameters = signature(function)

    @wraps(function)
    def check_and_call(*args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        try:
            given = parameters.bind(*args, **kwargs).arguments
        except TypeError:
            given = None
        if given is None:
            return function(*args, **kwargs)  # Python's own message names the missing argument

        hints = _hints_of(function)
        for name, value in given.items():
            if name in hints:
                check_type(name, value, hints[name])
        return function(*args, **kwargs)

    return check_and_call


def check_fields(instance: object, *, without: Collection[str] = ()) -> None:
    """Check the fields of a dataclass by their annotations. See `check_type`."""
    __tracebackhide__ = True
    kind: Any = type(instance)  # Any: a dataclass
    for name, hint, plain_types in _fields_of(kind):
        value = getattr(instance, name)
        if type(value) not in plain_types and name not in without:
            check_type(name, value, hint)


def check_type(name: str, value: object, hint: object) -> None:
    """Raise TypeError unless the argument `name` has the type `hint`, as an annotation has it.

    ValueError for a text that is not one of a Literal's. A bool is no int, and an int is a float. A
    class does not stand for its instances.
    """
    __tracebackhide__ = True
    if _fits(value, hint):
        return

    choices = [choice for option in _options_of(hint) for choice in _choices_of(option)]
    if type(value) in map(type, choices):
        meant = value if isinstance(value, str) else None
        raise ValueError(f"{name}: expected {text_of(hint, nearest_to=meant)}, found {value!r}")
    raise TypeError(f"{name}: expected {text_of(hint)}, found {kind_of(value)}{_remedy_for(value, hint)}")


def items_of(name: str, values: Iterable[T], kind: type[T]) -> tuple[T, ...]:
    """Return the items of the argument `name`. TypeError for another type, also of an item.

    A text or bytes are refused too, as by `check_type`: their letters are never meant as items.
    """
    __tracebackhide__ = True
    check_type(name, values, Iterable[kind])  # type: ignore[valid-type]  # a type at run time
    items = tuple(values)
    for item in items:
        if not _fits(item, kind):
            expected = f"an iterable of {text_of(kind)}"
            raise TypeError(f"{name}: expected {expected}, found {kind_of(item)} among its items")
    return items


def kind_of(value: object) -> str:
    """Return how a message names the type of `value`."""
    if value is None:
        return "None"
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def text_of(hint: object, *, nearest_to: str | None = None) -> str:
    """Return how a message names a type: `str or None`, `an iterable of bytes`.

    The choices of a Literal are in its order, or those first that `nearest_to` may have meant.
    """
    texts = dict.fromkeys(text for option in _options_of(hint) for text in _texts_of(option, nearest_to))
    *others, last = texts
    return f"{', '.join(others)} or {last}" if others else last


def _texts_of(option: object, nearest_to: str | None) -> Iterable[str]:
    choices = [str(choice) for choice in _choices_of(option)]
    if choices:
        listed = ", ".join(choices) if nearest_to is None else names_text(nearest_to, choices)
        return [f"one of {listed}" if len(choices) > 1 else listed]

    origin = get_origin(option) or option
    text = _WORDS.get(origin, getattr(origin, "__name__", str(origin)))
    [first, *_] = get_args(option) or [None]
    is_of_items = origin in (Iterable, Sequence, tuple) and first is not None
    return [f"{text} of {text_of(first)}" if is_of_items else text]


def _fits(value: object, hint: object) -> bool:
    return any(_fits_option(value, option) for option in _options_of(hint))


def _fits_option(value: object, option: object) -> bool:
    if get_origin(option) is Literal:
        return any(type(value) is type(choice) and value == choice for choice in get_args(option))

    kind = get_origin(option) or option
    if kind is Any or not isinstance(kind, type) or _is_unchecked_protocol(kind):
        return True  # also a type variable
    if isinstance(value, bool):
        return kind in (bool, object)
    if kind is float:
        return isinstance(value, int | float)
    if isinstance(value, type):
        return kind in (Callable, object)
    if kind is Iterable:
        return isinstance(value, Iterable) and not isinstance(value, str | bytes)
    if kind is tuple and isinstance(value, tuple):
        return _items_fit(value, get_args(option))
    return isinstance(value, kind)


def _remedy_for(value: object, hint: object) -> str:
    """Return the advice for one item in the place of an iterable of such items."""
    if isinstance(value, str | bytes) and any(type(value) in _item_types_of(option) for option in _options_of(hint)):
        return ": put it in a list"
    return ""


def _item_types_of(option: object) -> tuple[object, ...]:
    is_of_items = get_origin(option) in (Iterable, Sequence)
    return _options_of(get_args(option)[0]) if is_of_items else ()


def _items_fit(items: tuple[object, ...], hints: tuple[object, ...]) -> bool:
    if Ellipsis in hints:
        return all(_fits(item, hints[0]) for item in items)

    same_length = len(items) == len(hints)
    return not hints or (same_length and all(map(_fits, items, hints)))


def _is_unchecked_protocol(kind: type) -> bool:
    is_protocol = getattr(kind, "_is_protocol", False)
    return bool(is_protocol and not getattr(kind, "_is_runtime_protocol", False))


def _options_of(hint: object) -> tuple[object, ...]:
    """Return the types of a union, each in its simplest form."""
    if get_origin(hint) in (Union, UnionType):
        return tuple([option for part in get_args(hint) for option in _options_of(part)])
    if isinstance(hint, NewType):
        return _options_of(hint.__supertype__)
    return (NoneType if hint is None else hint,)


def _choices_of(option: object) -> tuple[object, ...]:
    return get_args(option) if get_origin(option) is Literal else ()


@cache
def _fields_of(kind: Any) -> tuple[tuple[str, object, frozenset[object]], ...]:  # Any: a dataclass
    """Return the fields that a constructor takes: name, type, and the types that fit at sight."""
    hints = _hints_of(kind)
    names = [field.name for field in fields(kind) if field.init]
    return tuple([(name, hints[name], _PLAIN.intersection(_options_of(hints[name]))) for name in names])


@cache
def _hints_of(owner: Any) -> dict[str, Any]:  # Any: a function or a class, and types
    return get_type_hints(owner)


def check_account(where: str, name: str, passwords: Iterable[str]) -> None:
    """Raise ValueError for a name or a password that no Basic credentials can have (RFC 7617).

    The message has no word of a password.
    """
    if not name or ":" in name or not _is_utf8(name):
        raise ValueError(f"name of {where}: expected a name without a colon (RFC 7617), found {name!r}")

    for password in passwords:
        if not password:
            raise ValueError(f"password of {where}: expected a text, found ''")
        if not _is_utf8(password):
            raise ValueError(f"password of {where}: expected text in UTF-8, found a lone surrogate")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def similar_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that a misspelt `name` may have meant, in any case, the nearest first.

    >>> similar_names("uplod.chunk", ["base", "upload.chunk"])
    ['upload.chunk']
    """
    from difflib import get_close_matches  # 5 ms to import, and no name is wrong in most processes

    names: dict[str, list[str]] = {}
    for one in dict.fromkeys(known):
        names.setdefault(one.lower(), []).append(one)
    nearest = get_close_matches(name[:_LONGEST_NAME].lower(), names)
    return [one for lowered in nearest for one in names[lowered]]


def nearest_first(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names, those first that a misspelt `name` may have meant, in any case.

    >>> nearest_first("uplod.chunk", ["base", "upload.start", "upload.chunk"])
    ['upload.chunk', 'base', 'upload.start']
    """
    names = list(dict.fromkeys(known))
    return list(dict.fromkeys([*similar_names(name, names), *names]))


def names_text(name: str, known: Iterable[str]) -> str:
    """Return the known names as a message lists them, the nearest to `name` first.

    >>> names_text("AcrPul", ["AcrPush", "AcrPull", "Owner"])
    'AcrPull, AcrPush, Owner'
    """
    return ", ".join(nearest_first(name, known))


_LONGEST_NAME = 100
"""The characters of a misspelt name that are compared: the time grows with their square."""
