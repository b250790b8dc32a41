"""Whether every effect is exported. `fake_registry/__init__.pyi` may not be made from them: it is
what type checkers read."""

from collections.abc import Iterator, Sequence

import fake_registry
from fake_registry.http import faults
from fake_registry.http.faults import EFFECTS, Effect

HOME = "fake_registry.http.faults"


def missing_exports(effects: Sequence[type[Effect]] = EFFECTS) -> list[str]:
    """Return what the public names lack, a line each, with the file and what to do."""
    return [line for effect in effects for line in _missing_of(effect.__name__)]


def _missing_of(name: str) -> Iterator[str]:
    if name not in faults.__all__:
        yield f"fake_registry/http/faults/__init__.py: import {name} and add it to __all__"
    if name not in dir(fake_registry):
        yield f"fake_registry/__init__.pyi: add the line: from {HOME} import {name} as {name}"
