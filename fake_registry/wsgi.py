"""What our WSGI apps and their runners agree on beyond PEP 3333.

The apps are `http.app` and those that wrap it. Runners are our socket server and the transports in
memory. An app never sleeps: it yields a `Pause`, and its runner waits.
"""

import math
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

PAUSES: Final = "fake_registry.pauses"
"""Key of an environ whose runner waits for each `Pause` among the pieces of the response.

Such a runner sets it to True. It reads `Pause` objects from the iterable that the app returns: before
the app has called `start_response`, between two pieces of the body, and after the last piece. It waits
for `seconds`, then takes the next item. It may give up during any pause by closing the iterable.

An app sends no `Pause` to a runner whose environ lacks the key: see `SleepingPieces`.
"""


class ConnectionDropped(Exception):
    """Raised by an app to break the connection, also while its response body is iterated."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait before the next item of a response; `math.inf` seconds mean that no item follows.

    A runner that cannot wait so long raises an error with `reason`, instead of hanging.
    """

    seconds: float
    reason: str = ""
    """The cause of the wait in words for an error message, such as the fault that asked for it."""

    def __post_init__(self) -> None:
        if math.isnan(self.seconds) or self.seconds < 0:
            raise ValueError(f"expected seconds to be at least 0, found {self.seconds}")


class SleepingPieces:
    """The pieces of a response without its pauses: it sleeps in the calling thread instead.

    For servers that do not know `PAUSES`. Closing it closes `pieces`.
    """

    def __init__(self, pieces: Iterable[bytes | Pause]) -> None:
        self._pieces = pieces
        self._items = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        item = next(self._items)

        while isinstance(item, Pause):
            time.sleep(min(item.seconds, threading.TIMEOUT_MAX))
            item = next(self._items)

        return item

    def close(self) -> None:
        """Close the response, whether it was read or not."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
