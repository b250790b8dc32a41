"""The contract between apps and runners: pauses, and the adaptor for servers that know none."""

import math

import pytest

from fake_registry.wsgi import Pause, SleepingPieces


class _Pieces:
    """A response that notes how far it was read and whether it was closed."""

    def __init__(self, *items: bytes | Pause) -> None:
        self._items = iter(items)
        self.closed = False

    def __iter__(self) -> "_Pieces":
        return self

    def __next__(self) -> bytes | Pause:
        return next(self._items)

    def close(self) -> None:
        self.closed = True


def test_adaptor_yields_every_piece_and_no_pause() -> None:
    pieces = _Pieces(Pause(0), b"one", Pause(0.001), b"two", Pause(0))

    assert list(SleepingPieces(pieces)) == [b"one", b"two"]


def test_adaptor_closes_the_response_it_adapts() -> None:
    pieces = _Pieces(b"one", b"two")

    SleepingPieces(pieces).close()

    assert pieces.closed


def test_pause_may_be_endless() -> None:
    assert Pause(math.inf).seconds == math.inf


@pytest.mark.parametrize("seconds", [-1, -0.001, math.nan, -math.inf])
def test_negative_pause_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"^expected seconds to be at least 0, found "):
        Pause(seconds)
