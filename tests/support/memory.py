"""The whole state of a registry in memory, also those parts that callers cannot read."""

from collections.abc import Callable

from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import RepositoryState
from fake_registry.settings import Settings

TO_THE_LETTER = Settings(profile="oci", auth="off")
"""The distribution-spec to the letter, for anonymous callers."""

MakeRegistry = Callable[[Settings], MemoryRegistry]
"""Makes a registry with settings of the test's own."""


def content_of(registry: MemoryRegistry) -> dict[str, object]:
    """Return the whole state of `registry`, to be compared."""
    states = registry.snapshot().repositories
    return {state.name: _facts_of(state) for state in states} | {"": list(registry.list_repositories().items)}


def _facts_of(state: RepositoryState) -> dict[str, object]:
    indexes = (state.tag_index, state.manifest_index)
    tables = {name: dict(value) for name, value in vars(state).items() if isinstance(value, dict)}
    return {
        "properties": (state.created, state.updated, state.attributes),
        "tables": tables,
        "indexes": [(list(index._by_name), list(index._by_time)) for index in indexes],
    }
