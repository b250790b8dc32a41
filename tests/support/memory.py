"""The whole state of a registry in memory, also those parts that callers cannot read."""

from collections.abc import Callable

from fake_registry.core.index import Index
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import RepositoryState
from fake_registry.settings import Settings

TO_THE_LETTER = Settings(profile="oci", auth="off")
"""The distribution-spec to the letter, for anonymous callers."""

MakeRegistry = Callable[[Settings], MemoryRegistry]
"""Makes a registry with settings of the test's own."""


def content_of(registry: MemoryRegistry) -> dict[str, object]:
    """Return the whole state of `registry`, to be compared.

    The value shares nothing that can change: it stays as it is when the registry changes.
    """
    states = registry.snapshot().repositories
    listed = list(registry.list_repositories().items)
    return {state.name: _facts_of(state) for state in states} | {"": listed}


def _facts_of(state: RepositoryState) -> dict[str, object]:
    return {name: _copy(value) for name, value in vars(state).items()}


def _copy(value: object) -> object:
    """Return a copy of a table or an index; records cannot change."""
    match value:
        case dict():
            return {name: _copy(item) for name, item in value.items()}
        case Index():
            return list(value._by_name), list(value._by_time)
        case _:
            return value
