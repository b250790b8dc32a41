"""The fast tier: tests of the layers without I/O, and of the rules of the source."""

from functools import cache
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent.parent

PURE: Final = frozenset(
    TESTS / name
    for name in (
        "auth",
        "client",
        "core",
        "journal",
        "spec",
        "wire",
        "test_arguments.py",
        "test_clock.py",
        "test_effort.py",
        "test_floors.py",
        "test_products.py",
        "test_public_names.py",
        "test_settings.py",
        "test_sizes.py",
        "test_structure.py",
        "test_wsgi.py",
    )
)

WITH_SERVERS: Final = frozenset(
    TESTS / "client" / name for name in ("test_docker_registry.py", "test_foreign_realms.py")
)
"""Not in the fast tier: they run the flows of a pure layer against servers."""


@cache
def is_fast(path: Path) -> bool:
    """Return whether the test module at `path` is in the fast tier."""
    return path not in WITH_SERVERS and not PURE.isdisjoint((path, *path.parents))
