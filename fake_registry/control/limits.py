"""Bounds of the control API's requests and of all that its callers can fill: docs/reference/bounds.md."""

from typing import Final

MAX_BODY_BYTES: Final = 64 * 1024
"""The most bytes of a request's body."""

MAX_DEPTH: Final = 100
"""The most levels of lists and objects in a body: Python's recursion has a limit."""

MAX_FILTER: Final = 500
"""The most characters of a filter: `re` caches what it has compiled."""

MAX_FAULTS: Final = 1_000
"""The most faults in force that a client can add."""

MAX_ROLES: Final = 1_000
"""The most roles that a client can grant."""

MAX_TOKENS: Final = 1_000
"""The most repository-scoped tokens that a client can add."""

MAX_ACCOUNT_NAME: Final = 100
"""The most characters of the name of a token or a principal. ACR allows 50 for a token's (docs:
container-registry-repository-scoped-permissions)."""

MAX_WAITS: Final = 100
"""The most waits for a request at a time: each looks at every request."""

MAX_WAIT_SECONDS: Final = 60
"""The longest wait for a request."""
