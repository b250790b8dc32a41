"""Checks of arguments: which values a type accepts, and the words of an error."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NewType, Protocol, runtime_checkable

import pytest

from fake_registry.arguments import check_arguments, check_fields, check_type, items_of, nearest_first

Name = NewType("Name", str)


@runtime_checkable
class Duck(Protocol):
    """A Protocol that can be checked."""

    def quack(self) -> str: ...


class Unchecked(Protocol):
    """A Protocol that cannot be checked."""

    def bark(self) -> str: ...


class Mallard:
    """A duck."""

    def quack(self) -> str:
        return "quack"


FITTING: list[tuple[object, object]] = [
    (5, int),
    (5, float),
    (5.5, float),
    (True, bool),
    (True, object),
    (None, int | None),
    ("x", int | str | None),
    ("x", Name),
    ("a", Literal["a", "b"]),
    (None, Literal["a", "b"] | None),
    (True, Literal[True] | bytes),
    ([], Iterable[bytes]),
    (iter(()), Iterable[bytes]),
    ({}, Mapping[str, int]),
    (Path("x"), str | PathLike[str]),
    (("a", "b"), tuple[str, ...]),
    ((("a", "b"),), tuple[tuple[str, str], ...]),
    ((), tuple[str, ...]),
    ((5,), tuple),
    (("a", "b"), Sequence[str]),
    (len, Callable[[object], int]),
    (dict, Callable[[], object]),
    (Mallard(), Duck),
    (object(), Unchecked),
    (object(), Any),
    (timedelta(1), timedelta | float),
]


@pytest.mark.parametrize(("value", "hint"), FITTING)
def test_fitting_value_is_accepted(value: object, hint: object) -> None:
    assert check_type("it", value, hint) is None  # type: ignore[func-returns-value]  # it raises


REFUSED: list[tuple[object, object, str]] = [
    ("5", int, "it: expected int, found str"),
    (True, int, "it: expected int, found bool"),
    (False, float | None, "it: expected float or None, found bool"),
    (1, bool, "it: expected bool, found int"),
    (1.0, int, "it: expected int, found float"),
    (None, int, "it: expected int, found None"),
    (5, Name | None, "it: expected str or None, found int"),
    ({}, Mallard, "it: expected Mallard, found dict"),
    (Mallard, Mallard, "it: expected Mallard, found the class Mallard"),
    (Mallard, Duck, "it: expected Duck, found the class Mallard"),
    (object(), Duck, "it: expected Duck, found object"),
    ("x", Iterable[str], "it: expected an iterable of str, found str: put it in a list"),
    (b"x", Iterable[bytes], "it: expected an iterable of bytes, found bytes: put it in a list"),
    ("x", Iterable[bytes] | None, "it: expected an iterable of bytes or None, found str"),
    ([], Mapping[str, int] | None, "it: expected a mapping or None, found list"),
    (5, str | PathLike[str], "it: expected str or a path, found int"),
    (5, Callable[[], int] | None, "it: expected a callable or None, found int"),
    (["a"], tuple[str, ...], "it: expected tuple of str, found list"),
    ((5,), tuple[str, ...], "it: expected tuple of str, found tuple"),
    ((("a",),), tuple[tuple[str, str], ...], "it: expected tuple of tuple of str, found tuple"),
    (5, Literal["a", "b"], "it: expected one of a, b, found int"),
    (lambda: None, Mallard, "it: expected Mallard, found function"),
]


@pytest.mark.parametrize(("value", "hint", "message"), REFUSED)
def test_value_of_another_type_is_refused(value: object, hint: object, message: str) -> None:
    with pytest.raises(TypeError) as refused:
        check_type("it", value, hint)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("value", "hint", "message"),
    [
        ("c", Literal["a", "b"] | None, "it: expected one of a, b or None, found 'c'"),
        (False, Literal[True] | bytes, "it: expected True or bytes, found False"),
    ],
)
def test_other_value_of_the_type_of_a_literal_is_a_value_error(value: object, hint: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        check_type("it", value, hint)


def test_items_are_returned() -> None:
    assert items_of("layers", iter([b"a", b"b"]), bytes) == (b"a", b"b")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ("ab", "str"),
        (b"ab", "bytes: put it in a list"),
        (5, "int"),
        (None, "None"),
        ([b"a", "b"], "str among its items"),
        ([b"a", bytes], "the class bytes among its items"),
    ],
)
def test_other_items_are_refused(values: Any, found: str) -> None:
    with pytest.raises(TypeError, match=f"^layers: expected an iterable of bytes, found {found}$"):
        items_of("layers", values, bytes)


@dataclass(frozen=True)
class Checked:
    """A dataclass that checks its fields."""

    size: int
    names: tuple[str, ...] = ()
    free: object = None

    def __post_init__(self) -> None:
        check_fields(self)


def test_fields_of_a_dataclass_are_checked() -> None:
    assert Checked(5, ("a",), free="anything").size == 5
    size: Any = "5"
    with pytest.raises(TypeError, match=r"^size: expected int, found str$"):
        Checked(size)
    with pytest.raises(TypeError, match=r"^names: expected tuple of str, found tuple$"):
        Checked(5, names=(size, 5))  # type: ignore[arg-type]  # the mistake


@check_arguments
def repeat(text: str, times: int = 1, *, sep: str | None = None) -> str:
    """Repeat a text."""
    return (sep or "").join([text] * times)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((5,), {}, "^text: expected str, found int$"),
        (("a", "2"), {}, "^times: expected int, found str$"),
        (("a",), {"sep": b","}, "^sep: expected str or None, found bytes$"),
        ((), {}, "missing 1 required positional argument: 'text'"),
        (("a",), {"seperator": ","}, "unexpected keyword argument 'seperator'"),
    ],
)
def test_arguments_of_a_function_are_checked(args: Any, kwargs: Any, message: str) -> None:
    assert (repeat("a", 2, sep=","), repeat.__name__, repeat.__doc__) == ("a,a", "repeat", "Repeat a text.")
    with pytest.raises(TypeError, match=message) as refused:
        repeat(*args, **kwargs)
    assert refused.value.__context__ is None  # otherwise Python prints two errors


def test_error_has_no_value_in_it() -> None:
    """It may be a password."""
    secret: Any = b"secret"
    with pytest.raises(TypeError) as refused:
        repeat(secret)
    assert "secret" not in str(refused.value)


def test_nearest_names_are_found_in_any_case_and_each_name_stays() -> None:
    assert nearest_first("dropheadr", ["Refuse", "DropHeader"]) == ["DropHeader", "Refuse"]
    assert nearest_first("V1", ["v1", "main", "V1"]) == ["v1", "V1", "main"]
