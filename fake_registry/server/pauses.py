"""Pauses of an app over a socket: they end early if the client hangs up or the server stops."""

import math
import select
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from fake_registry.wsgi import ConnectionDropped, Pause

_LONGEST_SELECT_SECONDS: Final = 86_400.0
"""epoll and poll take no more than 24 days at a time."""


def wait_for_end(pause: Pause, connection: socket.socket, stopping: threading.Event) -> bool:
    """Wait in the calling thread. Return False if the client hangs up before the end.

    ConnectionDropped if the server stops: it sets `stopping`, then shuts the connection down.

    Outside of Linux, a client that has sent more than the server has read, such as a body, is not
    seen to hang up: the end of the connection comes after these bytes. The same holds in TLS after
    a `close_notify`.
    """
    deadline = time.monotonic() + min(pause.seconds, threading.TIMEOUT_MAX)
    connected = not _waits_until_end_of(connection, deadline)

    left = 0.0
    if connected:
        left = max(0.0, deadline - time.monotonic())
    if stopping.wait(left):
        raise ConnectionDropped("the server stopped during a pause")

    return connected


def complete(items: Iterator[bytes | Pause], pause: Pause, started: Callable[[], bool]) -> None:
    """Run an app on, without a wait, until it has started its response, as if a client listened.

    The app stays as it is if its response has started, or if `pause` or a later one is endless.
    """
    item: bytes | Pause = pause
    while not started():
        if isinstance(item, Pause) and math.isinf(item.seconds):
            return
        item = next(items, Pause(math.inf))


def _waits_until_end_of(connection: socket.socket, deadline: float) -> bool:
    """Return whether the client hangs up before the deadline.

    False, before the deadline, where that cannot be seen.
    """
    if sys.platform == "linux":
        poll = select.poll()
        poll.register(connection, select.POLLRDHUP)  # also behind bytes that were not read
        return _has_event(lambda seconds: poll.poll(seconds * 1000), deadline)

    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return _has_event(selector.select, deadline) and _has_ended(connection)


def _has_event(wait: Callable[[float], Sequence[object]], deadline: float) -> bool:
    """Return whether there is an event before the deadline. `wait` takes seconds."""
    while (left := deadline - time.monotonic()) > 0:
        if wait(min(left, _LONGEST_SELECT_SECONDS)):
            return True
    return False


def _has_ended(connection: socket.socket) -> bool:
    """Return whether nothing more will arrive on a readable connection."""
    try:
        # not through TLS, which cannot peek
        return not socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except OSError:  # a reset
        return True
