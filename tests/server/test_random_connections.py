"""Many random requests over a socket, malformed ones included: no 500, no failure, no contradiction.

In the profile nightly there are 100,000 of them; see .ci/nightly.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from fake_registry import FakeRegistry
from fake_registry.server import Answered, Note, RegistryServer
from fake_registry.settings import Auth, Profile
from tests.support.contradictions import contradictions
from tests.support.effort import repeated, rounds
from tests.support.random_requests import RandomRequests
from tests.support.request_parts import assert_still_serves, registry_with, seed

BATCH = 50
"""Requests to one content, before it is checked and put back."""

BATCHES = rounds(5)
"""For each of the four combinations below: 1,000 requests by default."""

REFUSALS = {400, 408, 414, 431, 501, 505}
"""The statuses of requests that the app is not called with."""


class StatusLog:
    """The statuses that a server has sent."""

    def __init__(self) -> None:
        self.of_answers: set[int | None] = set()
        self.of_notes: set[int | None] = set()

    def answered(self, answered: Answered) -> None:
        self.of_answers.add(answered.status)

    def note(self, note: Note) -> None:
        self.of_notes.add(note.status)


@contextmanager
def served(registry: FakeRegistry) -> Iterator[tuple[RegistryServer, StatusLog]]:
    log = StatusLog()
    server = RegistryServer(registry.wsgi_app, log=log.note, on_answer=log.answered, idle_seconds=60, head_seconds=60)
    with server:
        yield server, log


def talk(server: RegistryServer, sent: bytes) -> bytes:
    """Send bytes and no more on a new connection; return all that comes."""
    with socket.create_connection((server.host, server.port), timeout=60) as client:
        try:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # it was refused, and read for no longer than `drain_seconds`
        return b"".join(iter(lambda: client.recv(1 << 16), b""))


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("auth", ["off", "token"])
@repeated
def test_no_random_connection_breaks_the_server(profile: Profile, auth: Auth) -> None:
    registry = registry_with(profile, auth)
    requests, lengths = RandomRequests(0), Random(0)
    with served(registry) as (server, log):
        for _ in range(BATCHES):
            registry.reset()
            registry.restore(seed(profile).snapshot)
            left = BATCH
            while left:
                length = min(left, lengths.choice([1, 1, 2, 5]))
                left -= length
                sent = b"".join(requests.next_for_socket() for _ in range(length))
                got = talk(server, sent)
                assert got == b"" or got.startswith(b"HTTP/1.1 "), sent

            assert contradictions(registry) == []
            assert_still_serves(registry)

    assert log.of_notes - {None} <= REFUSALS
    assert all(status is not None and 200 <= status < 500 for status in log.of_answers)
    assert {200, 202, 400, 404} <= log.of_answers
