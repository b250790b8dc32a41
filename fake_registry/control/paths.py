"""The paths of the control API that `app` knows before any route is loaded."""

from typing import Final

PREFIX: Final = "/_fake/"
"""The beginning of all paths."""

OPEN_PATHS: Final = frozenset({"/_fake/health", "/_fake/ready"})
"""The paths that need no control token: for the probes of a container."""

PAGE_PATH: Final = "/_fake/ui"
"""The path of the console, below which are the parts of the page."""

TOKEN_PARAMETER: Final = "token"  # noqa: S105  the name of a parameter
"""The parameter of the console's URL that has the control token."""


def is_page_path(path: str) -> bool:
    """Return whether a path is that of the console or of one of its parts."""
    return f"{path}/".startswith(f"{PAGE_PATH}/")
