"""Answers that were recorded once, for the limits: the least that a registry could do for a client.

`DictionaryTransport` gives them to the Azure SDK in this process. `python -m benchmarks.recorded
PORT FILE` serves them over loopback.
"""

import argparse
import json
import socket
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from typing import Any

from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.rest._http_response_impl import HttpResponseImpl
from azure.core.utils import CaseInsensitiveDict

from benchmarks.raw_http import END_OF_HEAD, READ_BYTES, content_length_of
from benchmarks.subjects import HOST
from fake_registry import SystemClock
from pytest_acr.transports.in_process import AcrTransport


@dataclass(frozen=True)
class Recorded:
    """One request by its method and target, and its answer."""

    method: str
    target: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def key(self) -> str:
        return f"{self.method} {self.target}"

    def close(self) -> None:
        """Do nothing: azure-core closes what a response was read from."""

    @property
    def wire(self) -> bytes:
        phrase = HTTPStatus(self.status).phrase
        headers = dict(self.headers)
        headers.setdefault("Content-Length", str(len(self.body)))
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} {phrase}\r\n{fields}\r\n".encode() + self.body


class RecordingTransport(AcrTransport):
    """Calls one application, and keeps each exchange in `recorded`, by the target as it was sent."""

    def __init__(self, app: Any, origin: str) -> None:  # Any: a WSGI application
        self.recorded: list[Recorded] = []
        self._seen: dict[str, Any] = {}
        self._origin = origin
        apps = {origin.removeprefix("https://"): partial(self._call, app)}
        super().__init__(apps, clock=SystemClock())

    # Any: azure-core's and WSGI's signatures
    def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        response = super().send(request, stream=stream, **options)
        target = request.url.removeprefix(self._origin)
        self.recorded.append(Recorded(request.method, target, **self._seen))
        return response

    def _call(self, app: Any, environ: Any, start_response: Any) -> list[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            self._seen = {"status": int(status[:3]), "headers": tuple(headers)}
            return start_response(status, headers, *rest)

        body = b"".join(app(environ, start))
        self._seen["body"] = body
        return [body]


def by_key(recorded: Sequence[Recorded]) -> dict[str, list[Recorded]]:
    """Group the answers by request, in their order."""
    grouped: dict[str, list[Recorded]] = {}
    for one in recorded:
        grouped.setdefault(one.key, []).append(one)
    return grouped


class DictionaryTransport(HttpTransport[HttpRequest, HttpResponse]):
    """Answers from a dictionary. The responses of a repeated request start again at the end."""

    def __init__(self, recorded: Sequence[Recorded], origin: str) -> None:
        self._skipped = len(origin)
        self._answers: dict[str, Iterator[Recorded]] = {
            key: cycle(answers) for key, answers in by_key(recorded).items()
        }

    # Any: azure-core's signatures
    def send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        answer = next(self._answers[f"{request.method} {request.url[self._skipped :]}"])
        headers = CaseInsensitiveDict(answer.headers)
        response = HttpResponseImpl(
            request=request,
            internal_response=answer,
            block_size=READ_BYTES,
            status_code=answer.status,
            reason="",
            headers=headers,
            content_type=headers.get("Content-Type"),
            stream_download_generator=_whole_body,
        )
        if not options.get("stream"):
            response.read()
        return response

    def open(self) -> None:
        """Do nothing: there is nothing to open."""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def __exit__(self, *exc_details: object) -> None:
        self.close()


def _whole_body(response: Any, **_options: Any) -> Iterator[bytes]:  # Any: azure-core's types
    yield response._internal_response.body  # noqa: SLF001  (azure-core's generators read it too)


def save(recorded: Sequence[Recorded], file: Path) -> None:
    """Write what `python -m benchmarks.recorded` serves."""
    pairs = [(one.key, b64encode(one.wire).decode()) for one in recorded]
    file.write_text(json.dumps(pairs))


def serve(port: int, file: Path) -> None:
    """Serve the answers of the file until the process is ended, with a thread per connection."""
    grouped: dict[bytes, list[bytes]] = {b"GET /v2/": [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]}
    for key, wire in json.loads(file.read_text()):
        grouped.setdefault(key.encode(), []).append(b64decode(wire))
    answers = {key: cycle(wires) for key, wires in grouped.items()}

    with socket.create_server((HOST, port), backlog=128) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection, answers), daemon=True).start()


def _answer(connection: socket.socket, answers: Mapping[bytes, Iterator[bytes]]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = b""
    with connection:
        while True:
            while END_OF_HEAD not in buffer:
                if not (piece := connection.recv(READ_BYTES)):
                    return
                buffer += piece
            head, _, buffer = buffer.partition(END_OF_HEAD)

            missing = content_length_of(head) - len(buffer)
            while missing > 0:
                missing -= len(connection.recv(READ_BYTES))
            buffer = b""
            connection.sendall(next(answers[head[: head.index(b" HTTP/")]]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recorded", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    serve(given.port, given.file)
