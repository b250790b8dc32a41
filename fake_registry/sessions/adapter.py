"""`DeadlineAdapter`: applies the deadline of `client.deadline` to every byte of an answer.

requests has a timeout for the silence between two bytes. Here each read from the socket waits no
longer than the deadline of its answer, from the first byte of the head on.
"""

import http.client
import io
import socket
from typing import Any, Final, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from fake_registry.client.deadline import Deadline, current_deadline

_BUFFER_BYTES: Final = 64 * 1024


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket. TimeoutError at the deadline, and when it no longer runs.

    An async client whose time is over leaves a thread behind that reads on.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = sock.makefile("rb", buffering=0)
        self._sock = sock
        self._silence = sock.gettimeout()
        self._deadline = deadline
        self._size = 0
        self._head_size: int | None = None

    def readable(self) -> bool:
        return True

    def end_head(self, size: int) -> None:
        """Note that the first `size` bytes were the head."""
        self._head_size = size
        self._deadline.note_arrived(self._size - size)

    def readinto(self, buffer: Any) -> int | None:  # Any: a writable buffer
        left = self._deadline.left
        if left <= 0 or not self._deadline.runs:
            raise TimeoutError(str(self._deadline.error()))

        silence = self._silence
        self._sock.settimeout(left if silence is None else min(silence, left))
        size = cast(io.RawIOBase, self._raw).readinto(buffer)
        self._size += size or 0
        if self._head_size is not None:
            self._deadline.note_arrived(self._size - self._head_size)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _HeadReader(io.BufferedReader):
    """Counts the lines of a head.

    The body that has arrived is what the socket sent beyond them, whether it was read or waits in
    the buffer for the rest of a longer read.
    """

    def __init__(self, raw: _DeadlineReader, deadline: Deadline) -> None:
        super().__init__(raw, _BUFFER_BYTES)  # large, as each read of the socket runs Python code
        self._limited = raw
        self._deadline = deadline
        self._size = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self._size += len(line)
        return line

    def end_head(self) -> None:
        """Note that the head is complete."""
        self._limited.end_head(self._size)
        self._deadline.begin_body()


class _DeadlineSocket:
    """The part of a socket that a response of `http.client` uses."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return _HeadReader(_DeadlineReader(self._sock, self._deadline), self._deadline)


class _DeadlineResponse(http.client.HTTPResponse):
    """A response that is read within the deadline of the request, if it has one."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # Any: http.client's
        deadline = current_deadline()
        limited = sock if deadline is None else _DeadlineSocket(sock, deadline)
        super().__init__(cast(socket.socket, limited), *args, **options)

    def begin(self) -> None:
        """Read the head."""
        reader = self.fp
        super().begin()
        if isinstance(reader, _HeadReader):
            reader.end_head()


def _address_of(host: str, port: int | None) -> str:
    """Return the address for messages of urllib3, which have the text of a connection or pool."""
    name = host.strip("[]")
    authority = f"[{name}]" if ":" in name else name
    return authority if port is None else f"{authority}:{port}"


class _DeadlineConnection(HTTPConnection):
    response_class = _DeadlineResponse

    def __str__(self) -> str:
        return _address_of(self.host, self.port)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
        """Return the answer. Its time begins here, when the request has been sent."""
        _renew_deadline()
        return super().getresponse()


class _DeadlineTlsConnection(HTTPSConnection):
    response_class = _DeadlineResponse

    def __str__(self) -> str:
        return _address_of(self.host, self.port)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as above
        """Return the answer, as above."""
        _renew_deadline()
        return super().getresponse()


def _renew_deadline() -> None:
    deadline = current_deadline()
    if deadline is not None:
        deadline.renew()


class _DeadlinePool(HTTPConnectionPool):
    ConnectionCls = _DeadlineConnection

    def __str__(self) -> str:
        return _address_of(self.host, self.port)


class _DeadlineTlsPool(HTTPSConnectionPool):
    ConnectionCls = _DeadlineTlsConnection

    def __str__(self) -> str:
        return _address_of(self.host, self.port)


_POOLS: Final = {"http": _DeadlinePool, "https": _DeadlineTlsPool}


class DeadlineAdapter(HTTPAdapter):
    """An adapter of requests whose answers observe `client.deadline.answer_within`."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # Any: requests' signature
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> PoolManager:  # Any: as above
        manager: PoolManager = super().proxy_manager_for(proxy, **options)
        if proxy.lower().startswith("http"):  # SOCKS has connections of its own
            manager.pool_classes_by_scheme = _POOLS
        return manager
