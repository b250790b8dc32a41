"""Bugs as edits: a line of a function is replaced, as a programmer would have written it wrong.

The function keeps its identity and takes the code of the edited source. So the mistake reaches every
module that has imported the function, and every table that refers to it.
"""

import ast
import inspect
import textwrap
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.support.planted.bug import Plant


def edit(place: str, old: str, new: str, *others: tuple[str, str]) -> Plant:
    """Return a plant that replaces `old` by `new` in the source of a function, and so with `others`.

    `place` is a module below `fake_registry`, a colon, and a function or `Class.method`. The source
    is without the indentation of its `def`. A `new` that starts with a newline is a block, which gets
    the indentation of `old`. Planting raises ValueError unless the source has `old` once.
    """

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        function = function_at(place)
        source = textwrap.dedent(inspect.getsource(function))
        for before, after in ((old, new), *others):
            source = edited(source, before, after, place)
        monkeypatch.setattr(function, "__code__", code_of(source, function))

    return plant


def edited(source: str, old: str, new: str, place: str) -> str:
    """Return a source with `new` in place of `old`. ValueError unless it has `old` once."""
    found = source.count(old)
    if found != 1:
        raise ValueError(f"{place}: expected {old!r} once, found it {found} times")
    return source.replace(old, indented(new, column_of(old, source)))


def column_of(text: str, source: str) -> int:
    """Return the indentation of the line in which `text` begins."""
    line = source[source.rindex("\n", 0, source.index(text)) + 1 :]
    return len(line) - len(line.lstrip(" "))


def indented(text: str, column: int) -> str:
    """Return a text of one line as it is, and one of several with its lines at `column`."""
    first, *others = text.strip("\n").split("\n") if text.startswith("\n") else [text]
    return "\n".join([first, *(" " * column + line for line in others)])


def together(*plants: Plant) -> Plant:
    """Return a plant of edits in several functions, which are one mistake."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        for one in plants:
            one(monkeypatch)

    return plant


def function_at(place: str) -> FunctionType:
    """Return the function of a place as `edit` has it, without decorators and properties."""
    module, _, path = place.partition(":")
    found: Any = import_module(f"fake_registry.{module}")  # Any: whatever has this name
    for name in path.split("."):
        found = getattr(found, name)

    getter: Any = found.fget if isinstance(found, property) else found
    function = inspect.unwrap(getter)
    assert isinstance(function, FunctionType)
    return function


def code_of(source: str, function: FunctionType) -> CodeType:
    """Return the code of an edited source, which sees the globals of the function's module."""
    tree = ast.parse(source)
    [definition] = tree.body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []

    names: dict[str, Any] = {}  # Any: whatever the source defines
    exec(compile(tree, f"<planted in {function.__module__}>", "exec"), function.__globals__, names)
    code: CodeType = names[definition.name].__code__
    return code
