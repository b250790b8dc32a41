"""`WholeStart`: starts something as a whole or not at all, wherever the caller is interrupted."""

import _thread
from collections.abc import Callable
from contextlib import ExitStack
from typing import Generic, TypeVar

T = TypeVar("T")


class WholeStart(Generic[T]):
    """One call of `begin`, in a thread of its own, and its undoing.

    Handlers of signals run in the main thread, between any two steps of it: Ctrl-C, or a test's
    time-out, can raise an exception between a call that opens a socket and the assignment of its
    result. No handler interrupts another thread. A `threading.Thread` would not do: its `start`
    can be interrupted as well, and then leaves the thread among those of `threading.enumerate`.
    """

    def __init__(self, begin: Callable[[ExitStack], T]) -> None:
        """`begin` puts on the stack whatever undoes its work."""
        self._begin = begin
        self._undo = ExitStack()
        self._result: T | None = None
        self._error: BaseException | None = None
        self._claim = _thread.allocate_lock()  # of the one that comes first: `_work` or `undo`
        self._ended = False
        self._working = _thread.allocate_lock()  # held until `_ended` is True
        self._working.acquire()

    def run(self) -> T:
        """Return the result of `begin`, or raise its error, after it has ended."""
        _thread.start_new_thread(self._work, ())
        self._wait()

        error, self._error = self._error, None
        if error is not None:
            raise error
        return self._result  # type: ignore[return-value]  # None only if `begin` returns it

    def undo(self) -> None:
        """Undo what `begin` has done or is going to do. Its thread has no effect afterwards."""
        if not self._claim.acquire(blocking=False):
            self._wait()
            self._undo.close()

    def _work(self) -> None:
        if not self._claim.acquire(blocking=False):
            return

        try:
            with ExitStack() as undo:
                self._result = self._begin(undo)
                self._undo = undo.pop_all()
        except BaseException as error:  # noqa: BLE001  raised by `run`
            self._error = error
        finally:
            self._ended = True
            self._working.release()

    def _wait(self) -> None:
        # `with` would be wrong: interrupted in its first step, it would keep the lock
        if not self._ended:
            self._working.acquire()
