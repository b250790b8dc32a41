"""`RunFailure`: how a run failed."""

import linecache
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import fake_registry
from fake_registry.spec.redaction import redact_text
from fake_registry.spec.text import printable

_MOST_CHARACTERS: Final = 500

_INSTALLED: Final = ("site-packages", "dist-packages")
"""Folders of code that the user has not written."""

_OTHERS: Final = (
    str(Path(traceback.__file__).parent),
    str(Path(fake_registry.__file__).parent),
    str(Path(__file__).parent.parent),
)
"""The folders of the standard library and of our own packages."""


@dataclass(frozen=True)
class RunFailure:
    """The failure of a run."""

    error: BaseException
    text: str
    """The type and the message."""
    line: str = ""
    """The last line of the user's code in the traceback: `tests/test_push.py:31: client.push()`."""
    report: str = ""
    """The failure at length, as pytest shows it."""


RunOnce = Callable[[], RunFailure | None]
"""Runs the code under test once, with everything new; returns None if it passed."""


def failure_of(error: BaseException, *, report: str = "") -> RunFailure:
    """Return the failure of a run that has ended with an exception."""
    return RunFailure(error, error_text(error), users_line(error), report)


def error_text(error: BaseException) -> str:
    """Return the type and the first line of the message, without secrets."""
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    return printable(redact_text(lines[0]))[:_MOST_CHARACTERS] if lines else type(error).__name__


def users_line(error: BaseException) -> str:
    """Return the last line of the user's code in the traceback; the last one of any without any."""
    return _line_in(list(traceback.walk_tb(error.__traceback__)))


def users_line_of(frame: FrameType) -> str:
    """Return the line of the user's code that runs in a frame, or has called it."""
    return _line_in(list(traceback.walk_stack(frame))[::-1])


def _line_in(places: Sequence[tuple[FrameType, int | None]]) -> str:
    """Return the last line of the user's code in a stack, whose newest frame is the last."""
    if not places:
        return ""

    written = [place for place in places if is_users_file(place[0].f_code.co_filename)]
    frame, line = (written or places)[-1]
    number = line or frame.f_code.co_firstlineno  # an interruption between two lines has no number
    path = frame.f_code.co_filename
    code = linecache.getline(path, number, frame.f_globals).strip()
    return f"{_short_path(Path(path))}:{number}: {code}".rstrip(": ")


def is_users_file(path: str) -> bool:
    """Return whether the user has written the code in this file."""
    if path.startswith(("<", *_OTHERS)):
        return False
    return not any(folder in Path(path).parts for folder in _INSTALLED)


def _short_path(path: Path) -> str:
    """Return a path relative to the working directory, if it is below that."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
