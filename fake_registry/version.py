"""The version of this package, which pyproject.toml alone states."""

from functools import cache
from typing import Final

DISTRIBUTION: Final = "pytest-acr"


@cache
def package_version() -> str:
    """Return the version that is installed, such as `0.2.0`; `unknown` in a tree that is not."""
    from importlib import metadata  # 10 ms, of which most runs need none

    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"
