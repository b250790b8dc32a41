"""Times as .NET counts them: in ticks of 100 ns since the beginning of the year 1.

Elsewhere a time is nanoseconds since the epoch. `acr_time` has times as text.
"""

from typing import Final

from fake_registry.spec.attributes import TICK_NS

_AT_EPOCH: Final = 621_355_968_000_000_000
"""Ticks from the beginning of the year 1 to 1970."""


def encode_ticks(ns: int) -> int:
    """Return `ns`, truncated to 100 ns, in ticks.

    >>> encode_ticks(1_768_325_661_147_060_100)
    639039224611470601
    """
    return _AT_EPOCH + ns // TICK_NS


def decode_ticks(ticks: int) -> int:
    """Return nanoseconds since the epoch; fewer than 0 for a time before it."""
    return (ticks - _AT_EPOCH) * TICK_NS
