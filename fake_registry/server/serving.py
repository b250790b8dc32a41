"""`Serving`: what all connections of a server share."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fake_registry.server.events import Answered, Note
from fake_registry.server.timeouts import TimeLimits

if TYPE_CHECKING:
    import ssl
    from wsgiref.types import WSGIApplication


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """The parts of a server that all its connections share."""

    app: "WSGIApplication"
    tls: "ssl.SSLContext | None"
    limits: TimeLimits
    host: str
    port: int
    keep: Callable[[BaseException, str, int | None], None]
    """Called with each failure of the app, the client's address as text, and the status that the
    client gets."""
    note: Callable[[Note], None]
    answered: Callable[[Answered], None] | None
    """Called with each answered request, after its last byte."""
    finishing: threading.Event
    """Set when connections are to end after the request that is under way."""
    stopping: threading.Event
    """Set when the server stops: it ends pauses."""
