"""Pauses of an app over a socket: they end early if the client hangs up or the server stops."""

import math
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from fake_registry.wsgi import ConnectionDropped, Pause

_LONGEST_SELECT_SECONDS: Final = 86_400.0
"""epoll takes no more than 24 days at a time."""


def wait_for_end(pause: Pause, connection: socket.socket, stopping: threading.Event) -> bool:
    """Wait in the calling thread. Return False if the client hangs up before the end.

    ConnectionDropped if the server stops: it sets `stopping`, then shuts the connection down.

    A client that has sent more than the server has read, such as a body, is not seen to hang up:
    the end of the connection stands behind these bytes. So it is in TLS behind a `close_notify`.
    """
    deadline = time.monotonic() + min(pause.seconds, threading.TIMEOUT_MAX)
    readable = _wait_for_input(connection, deadline)
    connected = not (readable and _has_ended(connection))

    left = 0.0
    if readable and connected:
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


def _wait_for_input(connection: socket.socket, deadline: float) -> bool:
    """Return whether bytes, or the end of the connection, arrive before the deadline."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(min(left, _LONGEST_SELECT_SECONDS)):
                return True
    return False


def _has_ended(connection: socket.socket) -> bool:
    """Return whether nothing more will arrive on a readable connection."""
    try:
        # not through TLS, which cannot peek
        return not socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except OSError:  # a reset
        return True
