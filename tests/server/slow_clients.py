"""Clients that send one byte at a time, until the server ends the connection."""

import select
import socket
from contextlib import suppress

_PAUSE_SECONDS = 0.01


def sends_until_cut(connection: socket.socket, content: bytes) -> int:
    """Send a byte every 10 ms; return how many were sent before the server's end of the connection
    arrived, or anything else."""
    for count in range(len(content)):
        if select.select([connection], [], [], _PAUSE_SECONDS)[0]:
            return count
        with suppress(ConnectionError):
            connection.send(content[count : count + 1])
    return len(content)
