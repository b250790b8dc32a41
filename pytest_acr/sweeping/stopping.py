"""`RunStopper`: ends a run that makes too many calls or takes too long."""

import ctypes
import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Final

from pytest_acr.sweeping.run_failure import users_line_of

_SECONDS_BETWEEN_ATTEMPTS: Final = 0.2
_MOST_ATTEMPTS: Final = 25
"""How often a run is interrupted that catches the interruption."""
_MOST_SECONDS: Final = 86_400.0
"""A day. Timers of the operating system know no infinity."""
_SECONDS_BEFORE_ALARM: Final = 0.5
"""The time for the thread that watches, before an alarm that needs no thread."""
_MOST_ON_THE_WAY: Final = 2
"""How many interruptions may still come when a run has ended: one that waits, and one being sent."""


class RunStopped(BaseException):
    """Ends a run from outside. No `Exception`, so that a client does not take it for a failure."""


class RunStopper:
    """Interrupts the thread that runs, after `seconds` or when `stop` is called.

    In the main thread a signal also ends a call that blocks, such as a read from a socket, and a
    long match of a regular expression. In other threads, and on Windows, the interruption comes with
    the next step of Python code.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = min(seconds, _MOST_SECONDS)
        self._news: SimpleQueue[None] = SimpleQueue()
        """Has an item when the run was stopped, and when it has ended. Unlike an event it has no
        lock that an interruption of the thread that puts the item could leave locked."""
        self.reason: str | None = None
        """Why the run was stopped; None if it was not."""
        self.line = ""
        """The line of the user's code that ran when it was stopped."""
        self._has_ended = False

    def stop(self, reason: str) -> None:
        """End the run. The first reason counts."""
        if self.reason is None:
            self.reason = reason
            self._news.put(None)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the block, which raises RunStopped if it is stopped."""
        thread_id = threading.get_ident()
        watcher = threading.Thread(target=self._watch, args=(thread_id,), name="acr sweep", daemon=True)
        with _signals_raise(self, self._seconds):
            watcher.start()
            try:
                yield
            finally:
                self._has_ended = True
                # Each is met. To take one back (`PyThreadState_SetAsyncExc` with None) leaves CPython
                # 3.11 in an endless loop as soon as a profiler or debugger traces the thread.
                for _ in range(_MOST_ON_THE_WAY):
                    with suppress(RunStopped):
                        self._news.put(None)
                        watcher.join()

    @property
    def interrupts(self) -> bool:
        """Whether an interruption of the thread comes from here, and is still of use."""
        return self.reason is not None and not self._has_ended

    def _watch(self, thread_id: int) -> None:
        if not self._wait_for_news(self._seconds) and self.reason is None:
            self.reason = f"it took more than {self._seconds:g} s"
        self._note_line(thread_id)

        for _ in range(_MOST_ATTEMPTS):
            if self._has_ended:
                return
            _interrupt(thread_id)
            self._wait_for_news(_SECONDS_BETWEEN_ATTEMPTS)

    def _wait_for_news(self, seconds: float) -> bool:
        """Wait for an item; return whether there was one within `seconds`."""
        try:
            self._news.get(timeout=seconds)
        except Empty:
            return False
        return True

    def _note_line(self, thread_id: int) -> None:
        """Note what the thread does before it is interrupted: the traceback may be of a later step."""
        frame = sys._current_frames().get(thread_id)  # noqa: SLF001  there is no other way
        if frame is not None and not self._has_ended:
            self.line = users_line_of(frame)


@contextmanager
def _signals_raise(stopper: RunStopper, seconds: float) -> Iterator[None]:
    """Let the signal of a stop raise RunStopped. A real interrupt by the keyboard stays one."""
    if not _runs_in_the_main_thread():
        yield
        return

    before = signal.getsignal(signal.SIGINT)

    def raise_if_stopped(frame: FrameType | None) -> None:
        if stopper.interrupts and not _is_in_callback_of_collector(frame):  # another attempt follows
            raise RunStopped(stopper.reason)

    def handle(number: int, frame: FrameType | None) -> None:
        raise_if_stopped(frame)
        if stopper.reason is None and callable(before):
            before(number, frame)

    def handle_alarm(_: int, frame: FrameType | None) -> None:
        stopper.stop(f"it took more than {seconds:g} s")
        raise_if_stopped(frame)

    signal.signal(signal.SIGINT, handle)
    try:
        with _alarm(seconds + _SECONDS_BEFORE_ALARM, handle_alarm):
            yield
    finally:
        signal.signal(signal.SIGINT, before)


def _is_in_callback_of_collector(frame: FrameType | None) -> bool:
    """Return whether an exception raised here would be lost: Python only reports those of callbacks
    in `gc.callbacks`. Hypothesis has one."""
    callbacks = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    while frame is not None:
        if frame.f_code in callbacks:
            return True
        frame = frame.f_back
    return False


@contextmanager
def _alarm(seconds: float, handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call `handle` after some time, also while C code keeps all threads from running.

    An alarm that other code has set remains instead.
    """
    if signal.getitimer(signal.ITIMER_REAL)[0] > 0:
        yield
        return

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGALRM) is handle:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def _runs_in_the_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread() and hasattr(signal, "pthread_kill")


def _interrupt(thread_id: int) -> None:
    if thread_id == threading.main_thread().ident and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread_id, signal.SIGINT)
        return

    _PYTHON.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), ctypes.py_object(RunStopped))


_PYTHON: Final[Any] = ctypes.pythonapi  # Any: it has no types
