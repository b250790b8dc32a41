"""`Listener`: accepts connections, gives each a thread, and ends all of them."""

import errno
import selectors
import socket
import threading
import time
import weakref
from collections import deque
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
        self._mutex = threading.Lock()
        # Added to by the accepting thread; each thread removes itself when its connection has ended.
        self._threads: dict[threading.Thread, ServedConnection] = {}
        # Threads that have removed themselves, and may still be about to end. References alone: a
        # thread is a dozen small objects, which would keep the memory all around them from the
        # system until the next connection comes.
        self._ending: deque[weakref.ref[threading.Thread]] = deque()

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

        while (open_connections := self._connections()) and (left := deadline - time.monotonic()) > 0:
            # before the first look: a thread may have been woken for a request and not yet run
            self._serving.stopping.wait(min(left, LOOK_SECONDS))
            for connection in open_connections:
                connection.finish()

    def cut(self, *, within_seconds: float) -> None:
        """Stop listening, cut every connection and wait for their threads.

        To be called after `accept_connections` has returned. A thread that is busy in the app for
        longer than that is left behind; it is a daemon.
        """
        self.close()
        deadline = time.monotonic() + within_seconds
        with self._mutex:
            threads = [*self._threads, *filter(None, (ending() for ending in self._ending))]
        for connection in self._connections():
            connection.cut()
        for thread in threads:
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
            target=self._serve_to_the_end,
            args=(connection,),
            name=f"{SERVER_NAME} connection from port {address[1]}",
            daemon=True,
        )
        with self._mutex:
            self._threads[thread] = connection
        try:
            thread.start()
        except RuntimeError as error:  # no thread could be started: this connection is lost
            self._serving.keep(error, peer_text(address), None)
            connection.close()
            with self._mutex:
                del self._threads[thread]

    def _serve_to_the_end(self, connection: ServedConnection) -> None:
        connection.serve()
        thread = threading.current_thread()
        with self._mutex:
            self._ending.append(weakref.ref(thread))
            del self._threads[thread]

    def _connections(self) -> list[ServedConnection]:
        with self._mutex:
            return list(self._threads.values())

    def _forget_ended_threads(self) -> None:
        """Forget those that have ended since the last connection."""
        for _ in range(len(self._ending)):
            ending = self._ending.popleft()
            thread = ending()
            if thread is not None and thread.is_alive():  # it runs its last lines
                self._ending.append(ending)


def accept_in_thread(listener: Listener, name: str) -> threading.Thread:
    """Return a started thread that accepts connections."""
    thread = threading.Thread(target=listener.accept_connections, name=name, daemon=True)
    thread.start()
    return thread
