"""Public names of a package that are loaded when they are used.

The list of the names is the package's `__init__.pyi`, which type checkers read too: a line
`from MODULE import NAME as NAME` for each. `import fake_registry` is meant to take a few
milliseconds, so this module imports nothing, and reads the lines without a parser of Python.
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # type checkers take it for true; `typing` takes longer to import than the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    LazyNames = tuple[list[str], Callable[[str], object], Callable[[], list[str]]]
    """`__all__`, `__getattr__` and `__dir__` of a package."""


def attach(package: str) -> LazyNames:
    """Return `__all__`, `__getattr__` and `__dir__` for the `__init__` of `package`, which calls this.

    Raises ImportError if the list is absent, as in a frozen application without data files.
    """
    homes = _homes_of(package)
    names = sorted(homes)

    def load(name: str) -> object:
        if name in homes:
            return getattr(import_module(homes[name]), name)
        raise AttributeError(_unknown(package, name, names), name=name)

    return names, load, names.copy


def _homes_of(package: str) -> dict[str, str]:
    """Return the public names of `package`, each with its module."""
    spec: Any = sys.modules[package].__spec__  # Any: that of a package, with a loader that reads files
    file = f"{spec.submodule_search_locations[0]}/__init__.pyi"
    try:
        text = spec.loader.get_data(file).decode()
    except OSError:
        message = f"{file} is absent, which lists the names of {package}: install or pack its data files too"
        raise ImportError(message, name=package, path=file) from None

    lines = [line.split() for line in text.splitlines()]
    return {words[3]: words[1] for words in lines if words[:1] == ["from"]}


def _unknown(package: str, name: str, names: list[str]) -> str:
    message = f"module {package!r} has no attribute {name!r}"
    if name.startswith("_"):
        return message  # a question of Python's or of a tool's, such as `__path__`

    from fake_registry.arguments import similar_names  # 10 ms, and no name is wrong in most processes

    nearest = similar_names(name, names)
    return f"{message}; the names most like it are {', '.join(nearest)}" if nearest else message
