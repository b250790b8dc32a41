"""What our WSGI apps and their runners agree on beyond PEP 3333.

The apps are `http.app` and those that wrap it. Runners are our socket server and the transports in
memory. An app never sleeps: it yields a `Pause`, and its runner waits. For the runners of others,
which know no `Pause`, `SleepingPieces` sleeps in the thread that iterates the response.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PAUSES: Final = "fake_registry.pauses"
"""Key of an environ whose runner waits for each `Pause` among the pieces of the response.

Such a runner sets it to True. It reads `Pause` objects from the iterable that the app returns:
before the app has called `start_response`, between two pieces of the body, and after the last
piece. It waits for `seconds`, then takes the next item. It may stop during any pause by closing
the iterable.

A client that hangs up during a pause does not undo its request: our runners take the items that
follow without a wait until the app has called `start_response`, then close the iterable. They close
it at once at an endless pause. The transports in memory always notice a client that hangs up, and
so does the socket server on Linux. Elsewhere it does unless unread bytes, such as a request's body,
precede the end of the connection.

What the app has given before a pause is sent before the wait. An app sends no `Pause` to a runner
whose environ lacks the key: see `pieces_for`.
"""

SERVER_HEADERS: Final = "fake_registry.server_headers"
"""Key of an environ whose runner adds headers of its own, such as Date and Server.

The value is a dict from name to value. A runner adds those that are in it when the response starts
and that the app has not set. An app that is responsible for all headers empties it before.
"""

FINISHING: Final = "fake_registry.finishing"
"""Key of an environ whose runner can say that it ends once the answers under way are complete.

The value is a function without arguments, which returns whether that is so. An answer without an
end of its own, such as a stream of events, ends then, in order.
"""

_LONGEST_SLEEP_SECONDS: Final = 86_400.0


class ConnectionDropped(Exception):
    """Raised by an app to break the connection, also while its response body is iterated.

    The client sees a reset (RST); see `ConnectionClosed` for another end.
    """


class ConnectionClosed(ConnectionDropped):
    """Raised by an app to end the connection early and in order (FIN)."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait before the next item of a response; `math.inf` seconds mean that no item follows.

    A runner that cannot wait so long raises an error with `reason`, instead of hanging.
    """

    seconds: float
    reason: str = ""
    """The cause of the wait in words, such as the fault that asks for it."""

    def __post_init__(self) -> None:
        if math.isnan(self.seconds) or self.seconds < 0:
            raise ValueError(f"expected seconds to be at least 0, found {self.seconds}")


def pieces_for(environ: "WSGIEnvironment", pieces: Iterable[bytes | Pause]) -> Iterable[bytes]:
    """Return the pieces of a response as the runner of this environ reads them.

    A runner that knows `PAUSES` receives them with the pauses, which WSGI's types lack. Any other
    runner receives bytes alone: `SleepingPieces` sleeps in its call of `next`.
    """
    pauses_known = PAUSES in environ
    if pauses_known or (isinstance(pieces, tuple) and all(isinstance(p, bytes) for p in pieces)):
        return cast(Iterable[bytes], pieces)
    return SleepingPieces(pieces)


class SleepingPieces:
    """The pieces of a response without its pauses: it sleeps in the calling thread instead.

    Closing it closes `pieces`.
    """

    def __init__(self, pieces: Iterable[bytes | Pause]) -> None:
        self._pieces = pieces
        self._items = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        item = next(self._items)

        while isinstance(item, Pause):
            _sleep(item.seconds)
            item = next(self._items)

        return item

    def close(self) -> None:
        """Close the response, whether it was read or not."""
        close_pieces(self._pieces)


def _sleep(seconds: float) -> None:
    """Sleep, for ever if `seconds` is infinite: no platform takes so long a sleep at a time."""
    while seconds > 0:
        time.sleep(min(seconds, _LONGEST_SLEEP_SECONDS))
        seconds -= _LONGEST_SLEEP_SECONDS


def close_pieces(pieces: Iterable[object]) -> None:
    """Close the pieces of a response if they can be closed (PEP 3333)."""
    close: Callable[[], None] | None = getattr(pieces, "close", None)
    if close is not None:
        close()


@lru_cache(maxsize=4)  # many responses are sent in one second
def encode_date(second: int) -> str:
    """Return the value of a Date header (RFC 9110 §5.6.7), of an app or its runner.

    >>> encode_date(784_111_777)
    'Sun, 06 Nov 1994 08:49:37 GMT'
    """
    return formatdate(second, usegmt=True)


def take_server_headers(environ: "WSGIEnvironment") -> tuple[tuple[str, str], ...]:
    """Return the headers that the runner would add, and have it add none."""
    headers: dict[str, str] | None = environ.get(SERVER_HEADERS)
    if not headers:
        return ()

    taken = tuple(headers.items())
    headers.clear()
    return taken
