"""The contract between apps and runners: pauses, and the adaptor for servers without them."""

import math

import pytest

from fake_registry.wsgi import (
    PAUSES,
    SERVER_HEADERS,
    Pause,
    SleepingPieces,
    encode_date,
    pieces_for,
    take_server_headers,
)


class _ClosablePieces:
    """A response that notes how far it was read and whether it was closed."""

    def __init__(self, *items: bytes | Pause) -> None:
        self._items = iter(items)
        self.closed = False

    def __iter__(self) -> "_ClosablePieces":
        return self

    def __next__(self) -> bytes | Pause:
        return next(self._items)

    def close(self) -> None:
        self.closed = True


def test_adaptor_yields_every_piece_and_no_pause() -> None:
    pieces = _ClosablePieces(Pause(0), b"one", Pause(0.001), b"two", Pause(0))

    assert list(SleepingPieces(pieces)) == [b"one", b"two"]


def test_adaptor_closes_the_response_it_adapts() -> None:
    pieces = _ClosablePieces(b"one", b"two")

    SleepingPieces(pieces).close()

    assert pieces.closed


def test_pause_can_be_endless() -> None:
    assert Pause(math.inf).seconds == math.inf


@pytest.mark.parametrize("seconds", [-1, -0.001, math.nan, -math.inf])
def test_negative_pause_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"^expected seconds to be at least 0, found "):
        Pause(seconds)


class TestPiecesFor:
    """Pauses go to runners that support them."""

    def test_runner_that_supports_pauses_gets_the_response_unchanged(self) -> None:
        pieces = _ClosablePieces(Pause(0), b"one")
        taken: object = pieces_for({PAUSES: True}, pieces)

        assert taken is pieces

    def test_other_runner_gets_no_pause(self) -> None:
        assert list(pieces_for({}, _ClosablePieces(Pause(0), b"one"))) == [b"one"]
        assert list(pieces_for({}, (Pause(0), b"one"))) == [b"one"]

    def test_content_in_memory_is_not_adapted(self) -> None:
        content = (b"one", b"two")

        assert pieces_for({}, content) is content


def test_headers_of_the_server_are_read_once() -> None:
    environ = {SERVER_HEADERS: {"Date": "today"}}

    assert take_server_headers(environ) == (("Date", "today"),)
    assert take_server_headers(environ) == ()
    assert environ == {SERVER_HEADERS: {}}


def test_server_without_own_headers_passes_none() -> None:
    assert take_server_headers({}) == ()


def test_date_is_that_of_rfc_9110() -> None:
    assert encode_date(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT"
