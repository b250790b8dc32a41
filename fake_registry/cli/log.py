"""The log of the server command: a line per exchange and per note, as text or JSON."""

import json
import threading
from dataclasses import asdict
from io import FileIO
from typing import Literal

from fake_registry.journal.exchange import Exchange
from fake_registry.spec.text import printable
from fake_registry.wire.acr_time import encode_time

LogFormat = Literal["text", "json"]

_HEADERS = frozenset({"request_headers", "response_headers"})


class ServerLog:
    """Writes lines to `file`, one at a time, from any thread.

    The file is unbuffered: a thread whose write blocks would hold the lock of a buffer, and the
    interpreter could not end without it.
    """

    def __init__(self, file: FileIO, style: LogFormat) -> None:
        self._file = file
        self._style = style
        self._mutex = threading.Lock()

    def exchange(self, exchange: Exchange) -> None:
        """Write a line about an exchange, which was recorded without secrets."""
        if self._style == "text":
            self._write(exchange_line(exchange))
            return

        fields = asdict(exchange)
        self._write(json.dumps({name: fields[name] for name in fields if name not in _HEADERS}))

    def note(self, text: str) -> None:
        """Write another line: a refused connection, the traceback of a bug."""
        if self._style == "json":
            self._write(json.dumps({"note": text}))
            return

        # so that no line of a client's text passes for one of the log
        self._write("\n    ".join(map(printable, text.splitlines())))

    def _write(self, text: str) -> None:
        try:
            with self._mutex:
                self._file.write(f"{text}\n".encode("utf-8", "backslashreplace"))
        except OSError:
            return  # the reader is gone, or the disk is full: clients are served all the same


def exchange_line(exchange: Exchange) -> str:
    """Return time, method, target, outcome, bytes in and out, and the notes."""
    received, sent = exchange.request_bytes, exchange.response_bytes
    parts = [
        encode_time(exchange.time),
        exchange.method,
        exchange.target,
        exchange.outcome,
        f"in={received} out={'-' if sent is None else sent}",
        exchange.notes,
    ]
    return printable(" ".join(parts).rstrip())
