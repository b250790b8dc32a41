"""Calls that are interrupted before each of their steps, as Ctrl-C or a test's time-out may do."""

import dis
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from types import FrameType
from typing import Any


@contextmanager
def default_interrupts() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt in the block, as it does in a terminal.

    A shell ignores SIGINT in what it runs in the background, and all processes below inherit that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def interrupted_calls(action: Callable[[], object]) -> Iterator[None]:
    """Call `action`, interrupted by KeyboardInterrupt before its first step, its second, ...

    Yield after each, until a call ends without it. Steps are the lines and the instructions of all
    code that this thread executes.
    """
    for number in count(1):
        try:
            _call_with_steps(action, _interrupt_at(number))
        except KeyboardInterrupt:
            yield
        else:
            return


def _interrupt_at(number: int) -> Callable[[], None]:
    """Return a function whose call of this number, counted from 1, raises KeyboardInterrupt."""
    steps = count(1)

    def step() -> None:
        if next(steps) == number:
            raise KeyboardInterrupt

    return step


def _call_with_steps(action: Callable[[], object], step: Callable[[], None]) -> None:
    """Call `action`, and `step` before each line and instruction, except for returns: the
    interpreter runs no handler of a signal before these."""

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # Any: as typeshed has it
        frame.f_trace_opcodes = True
        returns = dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith("RETURN_")
        if event == "line" or (event == "opcode" and not returns):
            step()
        return trace

    call_traced(action, trace)


def call_traced(action: Callable[[], object], trace: Callable[[FrameType, str, Any], Any]) -> None:
    """Call `action` under a trace function, and restore the one before. Any: as typeshed has it."""
    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(outer)
