"""Time limits of a connection, and the input that keeps them."""

import io
import math
import socket
import time
from dataclasses import dataclass, fields
from typing import Final, TypedDict

IDLE_SECONDS: Final = 300.0
HEAD_SECONDS: Final = 30.0
DRAIN_SECONDS: Final = 1.0
"""The defaults. No honest client is so slow: each sends its head in one piece."""

_LONGEST_SECONDS: Final = 2_000_000.0
"""The longest time-out of a socket, 23 days: poll(2) counts milliseconds in an int."""

_SHORTEST_SECONDS: Final = 1e-6
"""A time-out of 0 would mean that a socket never waits."""


class LimitOptions(TypedDict, total=False):
    """The time limits as keyword arguments of a server."""

    idle_seconds: float
    head_seconds: float
    drain_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeLimits:
    """How long the server waits for a client, in seconds. `math.inf` is no limit.

    ValueError for a limit that is not above 0.
    """

    idle: float = IDLE_SECONDS
    """Without a byte: between two requests, in a request's body, and in a response. The whole of a
    body has no limit."""
    head: float = HEAD_SECONDS
    """For a request's head from its first byte, and for a TLS handshake. More bytes do not extend
    it."""
    drain: float = DRAIN_SECONDS
    """For reading on, after the last answer, when the client is still sending."""

    def __post_init__(self) -> None:
        for field in fields(self):
            seconds = getattr(self, field.name)
            if isinstance(seconds, bool) or not isinstance(seconds, int | float):
                found = type(seconds).__name__
                raise TypeError(f"expected {field.name}_seconds to be a number, found {found}")
            if math.isnan(seconds) or seconds <= 0:
                raise ValueError(f"expected {field.name}_seconds to be above 0, found {seconds}")


def limit_waits(connection: socket.socket, seconds: float) -> None:
    """Let each wait on `connection` end with a TimeoutError after `seconds`."""
    limited = seconds <= _LONGEST_SECONDS
    connection.settimeout(max(seconds, _SHORTEST_SECONDS) if limited else None)


class ConnectionInput(io.RawIOBase):
    """The bytes that arrive on a connection. A read that waits too long raises TimeoutError."""

    def __init__(self, connection: socket.socket, idle_seconds: float) -> None:
        self._connection = connection
        self._idle_seconds = idle_seconds
        self._deadline = math.inf
        self._limited = True  # the next read is to wait for `idle_seconds`, which is not yet set

    def readable(self) -> bool:
        return True

    # any buffer that can be written to, which the base class has no type for
    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        if self._deadline < math.inf:
            self._limited = True
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            limit_waits(self._connection, min(left, self._idle_seconds))
        elif self._limited:
            self.end_deadline()
        return self._connection.recv_into(buffer)

    def begin_deadline(self, seconds: float) -> None:
        """Let all reads together end within `seconds`, until `end_deadline`."""
        self._deadline = time.monotonic() + seconds

    def end_deadline(self) -> None:
        """Limit each read alone, and each write."""
        self._deadline = math.inf
        if self._limited:
            self._limited = False
            limit_waits(self._connection, self._idle_seconds)
