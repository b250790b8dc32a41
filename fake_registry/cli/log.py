"""The log of the server command: a line per exchange and per note, as text or JSON."""

import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from io import FileIO
from typing import Final, Literal

from fake_registry.cli.line_writer import LineWriter
from fake_registry.journal.documents import exchange_document, json_text
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.text import outcome_text
from fake_registry.server import Answered, Note
from fake_registry.spec.text import printable
from fake_registry.wire.acr_time import encode_time

LogFormat = Literal["text", "json"]

CLOSE_SECONDS: Final = 0.5
"""The time that a reader of the log has for the last lines."""

_UNKNOWN: Final = "-"


class ServerLog:
    """Writes lines to `file`, from any thread, which never waits for the reader of the file.

    The registry reports an exchange before its answer is sent, and the server reports the end of
    the answer, in the same thread. Both together are one line. Answers without an exchange, such as
    those of the control API, are not logged.
    """

    def __init__(self, file: FileIO, style: LogFormat, *, now: Callable[[], int]) -> None:
        """`file` must be unbuffered; `now` returns nanoseconds since the epoch."""
        self._text = style == "text"
        self._now = now
        self._thread = threading.local()
        self._writer = LineWriter(file, dropped=self._dropped_line)

    def exchange(self, exchange: Exchange) -> None:
        """Take an exchange, which was recorded without secrets, for the line of its answer."""
        self._thread.exchange = exchange

    def answer(self, answered: Answered) -> None:
        """Write a line about an answer and its exchange."""
        exchange: Exchange | None = getattr(self._thread, "exchange", None)
        if exchange is None:
            return

        self._thread.exchange = None
        line = exchange_line if self._text else _exchange_document
        self._writer.write(partial(line, exchange, answered))

    def note(self, note: Note) -> None:
        """Write another line: a refused request, the traceback of a bug."""
        text = _note_lines if self._text else _note_document
        self._writer.write(partial(text, note, self._now()))

    def close(self) -> None:
        """Write the last lines, unless their reader is too slow."""
        self._writer.close(within_seconds=CLOSE_SECONDS)

    def _dropped_line(self, count: int) -> str:
        note = Note(text=f"{count} lines of the log were dropped: it was not read in time")
        return note_line(note, note.text, self._now()) if self._text else _note_document(note, self._now())


def exchange_line(exchange: Exchange, answered: Answered) -> str:
    """Return time, client, caller, method, target, status, bytes of the bodies in and out, duration
    and notes."""
    status = answered.status
    notes = [note for note in (exchange.notes, answered.problem) if note]
    return _line(
        exchange.time,
        answered.peer,
        caller_text(exchange.principal),
        exchange.method,
        exchange.target,
        outcome_text(status),
        f"in={exchange.request_bytes} out={answered.sent_bytes}",
        _duration_text(answered.seconds),
        "; ".join(notes),
    )


def _note_lines(note: Note, time: int) -> str:
    return "\n".join(note_line(note, text, time) for text in note.text.splitlines())


def note_line(note: Note, text: str, time: int) -> str:
    """Return a line with `text`, one line of the note, in the columns of `exchange_line`."""
    return _line(
        time,
        note.peer or _UNKNOWN,
        _UNKNOWN,
        _UNKNOWN,
        _UNKNOWN,
        _UNKNOWN if note.status is None else str(note.status),
        "in=- out=-",
        _duration_text(note.seconds),
        text,
    )


def caller_text(principal: str | None) -> str:
    """Return an exchange's principal as text: `anonymous` without a name, `-` where none was
    authorized."""
    return _UNKNOWN if principal is None else principal or "anonymous"


def _line(time: int, *columns: str) -> str:
    return printable(" ".join([encode_time(time), *columns]).rstrip())


def _duration_text(seconds: float | None) -> str:
    return _UNKNOWN if seconds is None else f"{1e3 * seconds:.1f}ms"


def _exchange_document(exchange: Exchange, answered: Answered) -> str:
    document = exchange_document(exchange, with_headers=False)
    agent = {"user_agent": exchange.request_header("User-Agent")}
    return json_text(document | agent | asdict(answered))


def _note_document(note: Note, time: int) -> str:
    return json_text(
        {
            "time": time,
            "peer": note.peer,
            "status": note.status,
            "seconds": note.seconds,
            "note": note.text,
        }
    )
