"""Reports of the server about its connections, for a log."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A request that the app has answered, or whose connection was dropped instead."""

    peer: str
    """Address and port of the client."""
    status: int | None
    """None where no answer was begun."""
    sent_bytes: int
    """The bytes of the answer's body that were sent, without the framing."""
    seconds: float
    """From the end of the request's head to the end of the answer."""
    problem: str
    """The reason that the answer broke off; empty for a whole one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A refused request, a lost connection, a failure of the app, or a shortage."""

    text: str
    peer: str | None = None
    """Address and port of the client; None for a note on the server."""
    status: int | None = None
    """The status of the answer, None where none was sent."""
    seconds: float | None = None
    """From the first byte of the request, or of the connection, to the note."""

    def __str__(self) -> str:
        return self.text if self.peer is None else f"{self.peer} {self.text}"


def peer_text(address: tuple[object, ...]) -> str:
    """Return a socket's address as text.

    >>> peer_text(("127.0.0.1", 5000)), peer_text(("::1", 5000, 0, 0))
    ('127.0.0.1:5000', '[::1]:5000')
    """
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
