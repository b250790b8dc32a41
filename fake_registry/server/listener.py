"""`Listener`: accepts connections, gives each a thread, and ends all of them."""

import errno
import selectors
import socket
import threading
import time
from typing import Final

from fake_registry.server.connections import ServedConnection
from fake_registry.server.events import Note, peer_text
from fake_registry.server.http1_responses import SERVER_NAME
from fake_registry.server.serving import Serving

_SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""The errors of accept(2) that other connections cause: they pass when some of these end."""

SHORTAGE_SECONDS: Final = 0.1
"""The time without an attempt to accept, in a shortage."""


LOOK_SECONDS: Final = 0.02
"""The time between two looks at the connections that are to finish."""


class Listener:
    """A listening socket, the loop of the accepting thread, and every open connection."""

    def __init__(self, listening: socket.socket, serving: Serving) -> None:
        """Owns `listening`."""
        listening.settimeout(0)  # a client can be gone again between select and accept
        self._listening = listening
        self._serving = serving
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._short = False
        # Written by the accepting thread alone, and read by the stopping one after that has ended.
        self._threads: dict[threading.Thread, ServedConnection] = {}
        self._most_threads = 0

    def accept_connections(self) -> None:
        """Serve until `wake` or `finish` is called. The connections that wait then are accepted."""
        self._selector.register(self._listening, selectors.EVENT_READ)
        while not self._serving.finishing.is_set():
            self._selector.select()
            if not self._accept_waiting():
                self._wait_in_shortage()

    def wake(self) -> None:
        """Make `accept_connections` return. Pauses end now, or with `cut` at the latest."""
        self._serving.stopping.set()
        self._end_accepting()

    def finish(self, accepting: threading.Thread, *, within_seconds: float) -> None:
        """Accept no more connections, and wait until the requests under way are answered.

        `accepting` is the thread of `accept_connections`. Returns after `within_seconds` at the
        latest; `cut` ends the connections that are left.
        """
        deadline = time.monotonic() + within_seconds
        self._end_accepting()
        accepting.join()
        self._listening.close()

        self._forget_ended_threads(at_once=True)
        while self._threads and (left := deadline - time.monotonic()) > 0:
            # before the first look: a thread may have been woken for a request and not yet run
            self._serving.stopping.wait(min(left, LOOK_SECONDS))
            for connection in self._threads.values():
                connection.finish()
            self._forget_ended_threads(at_once=True)

    def cut(self, *, within_seconds: float) -> None:
        """Stop listening, cut every connection and wait for their threads.

        To be called after `accept_connections` has returned. A thread that is busy in the app for
        longer than that is left behind; it is a daemon.
        """
        self.close()
        deadline = time.monotonic() + within_seconds
        for connection in self._threads.values():
            connection.cut()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Close the sockets of the listener itself; without effect on closed ones."""
        self._listening.close()
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _end_accepting(self) -> None:
        self._serving.finishing.set()
        self._wake.close()

    def _accept_waiting(self) -> bool:
        """Accept the connections that wait. Return False in a shortage."""
        while not self._serving.stopping.is_set():
            try:
                accepted, address = self._listening.accept()
            except BlockingIOError:
                self._short = False
                return True
            except OSError as error:
                if error.errno in _SHORTAGES:
                    self._note_shortage(error)
                    return False
                # the client is gone
                self._serving.note(Note(text=f"lost a connection before its first byte: {error}"))
            else:
                self._serve(accepted, address)
        return True

    def _wait_in_shortage(self) -> None:
        """Wait for a moment, or for `wake`."""
        self._selector.unregister(self._listening)
        self._selector.select(SHORTAGE_SECONDS)
        self._selector.register(self._listening, selectors.EVENT_READ)

    def _note_shortage(self, error: OSError) -> None:
        """Report a shortage, once until no client waits."""
        if not self._short:
            self._short = True
            self._serving.note(Note(text=f"new connections wait: {error}"))

    def _serve(self, accepted: socket.socket, address: tuple[object, ...]) -> None:
        accepted.settimeout(None)  # some systems hand the listening socket's mode down
        self._forget_ended_threads()
        connection = ServedConnection(accepted, address, self._serving)
        thread = threading.Thread(
            target=connection.serve,
            name=f"{SERVER_NAME} connection from port {address[1]}",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError as error:  # no thread could be started: this connection is lost
            self._serving.keep(error, peer_text(address), None)
            connection.close()
            return
        self._threads[thread] = connection

    def _forget_ended_threads(self, *, at_once: bool = False) -> None:
        """Forget them when there can be as many as others: in the mean a few steps a connection."""
        if not at_once and len(self._threads) < self._most_threads:
            return

        self._threads = {one: it for one, it in self._threads.items() if one.is_alive()}
        self._most_threads = 2 * len(self._threads) + 16


def accept_in_thread(listener: Listener, name: str) -> threading.Thread:
    """Return a started thread that accepts connections."""
    thread = threading.Thread(target=listener.accept_connections, name=name, daemon=True)
    thread.start()
    return thread
