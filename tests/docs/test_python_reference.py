"""docs/reference/python: each public name has one entry, and each entry is that of a name."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from fake_registry import RegistryError
from tests.support.sources import PUBLIC_MODULES

FOLDER: Final = Path(__file__).parents[2] / "docs" / "reference" / "python"

ENTRY: Final = re.compile(
    r"^\.\. (?:auto|py:)(?:class|exception|function|data|type):: "
    r"(?P<name>[\w.]+).*\n"
    r"(?:[ ]+:(?!members)[\w-]+:.*\n)*"
    r"(?:[ ]+:members:(?P<members>.*)\n)?",
    re.MULTILINE,
)
"""An entry of Sphinx, with the members that it lists by name, if any."""


class PageEntry(NamedTuple):
    """An entry of a page."""

    name: str
    members: tuple[str, ...]


def entries_in(text: str) -> Iterator[PageEntry]:
    """Yield the entries of a page."""
    for found in ENTRY.finditer(text):
        members = (found["members"] or "").split(",")
        yield PageEntry(found["name"], tuple(member.strip() for member in members if member.strip()))


def entries_of_pages() -> list[PageEntry]:
    return [entry for page in sorted(FOLDER.glob("*.md")) for entry in entries_in(page.read_text(encoding="utf-8"))]


def public_names() -> list[str]:
    """Return the public names, and the classes of errors, each with its module."""
    names = [f"{module}.{name}" for module in PUBLIC_MODULES for name in import_module(module).__all__]
    return names + [f"{kind.__module__}.{kind.__name__}" for kind in kinds_of_errors(RegistryError)]


def kinds_of_errors(parent: type[RegistryError]) -> Iterator[type[RegistryError]]:
    for kind in parent.__subclasses__():
        if kind.__module__ == parent.__module__:
            yield kind
            yield from kinds_of_errors(kind)


def names_without_one_entry(names: Iterable[str], entries: Iterable[PageEntry]) -> list[str]:
    """Return a line for each name that has no entry, or several."""
    counts = Counter(entry.name for entry in entries)
    return [f"{name}: expected one entry, found {counts[name]}" for name in names if counts[name] != 1]


def entries_without_a_name(entries: Iterable[PageEntry]) -> list[str]:
    """Return the entries, and the members that they list, that do not exist."""
    paths = [path for entry in entries for path in (entry.name, *(f"{entry.name}.{one}" for one in entry.members))]
    return [path for path in paths if not exists(path)]


def exists(path: str) -> bool:
    """Return whether a path of a module and a name, or of a class and its member, leads to something."""
    parent, _, name = path.rpartition(".")
    try:
        return hasattr(import_module(parent), name)
    except ModuleNotFoundError:
        module, _, class_name = parent.rpartition(".")
        return is_member(getattr(import_module(module), class_name, None), name)


def is_member(kind: object, name: str) -> bool:
    """Return whether a class has a member, a field, or an attribute that its `__init__` sets."""
    code = getattr(unwrap(getattr(kind, "__init__", is_member)), "__code__", None)
    names = {*getattr(kind, "__annotations__", ()), *getattr(code, "co_names", ())}
    return hasattr(kind, name) or name in names


def test_each_public_name_has_one_entry() -> None:
    assert names_without_one_entry(public_names(), entries_of_pages()) == []


def test_each_entry_is_that_of_a_name() -> None:
    entries = entries_of_pages()
    assert len(entries) > 150
    assert entries_without_a_name(entries) == []


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("", "pytest_acr.connect: expected one entry, found 0"),
        (".. autofunction:: pytest_acr.network\n", "pytest_acr.connect: expected one entry, found 0"),
        (".. autofunction:: pytest_acr.connect\n\n" * 2, "pytest_acr.connect: expected one entry, found 2"),
    ],
)
def test_name_without_one_entry_is_found(page: str, found: str) -> None:
    assert names_without_one_entry(["pytest_acr.connect"], entries_in(page)) == [found]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (".. autofunction:: pytest_acr.disconnect\n", ["pytest_acr.disconnect"]),
        (".. py:data:: pytest_acr.connections.NAME\n   :type: str\n", ["pytest_acr.connections.NAME"]),
        (
            ".. autoclass:: fake_registry.FaultPlan()\n   :undoc-members:\n   :members: add, seed, adds\n",
            ["fake_registry.FaultPlan.adds"],
        ),
    ],
)
def test_entry_without_a_name_is_found(page: str, found: list[str]) -> None:
    assert entries_without_a_name(entries_in(page)) == found
