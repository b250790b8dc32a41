"""The paths of the control API that `app` knows before any route is loaded."""

from typing import Final

PREFIX: Final = "/_fake/"
"""The beginning of all paths."""

OPEN_PATHS: Final = frozenset({"/_fake/health", "/_fake/ready"})
"""The paths that need no control token: for the probes of a container."""
