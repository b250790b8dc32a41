"""Times as ACR writes them: .NET's round-trip form, in units of 100 ns (acr-behaviour 4.3).

Elsewhere a time is nanoseconds since the epoch, as an integer: a float is too coarse for them.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from fake_registry.clock import SECOND_NS
from fake_registry.spec.attributes import TICK_NS

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def encode_time(ns: int) -> str:
    """Return `ns`, truncated to 100 ns: up to seven digits of a second, without trailing zeros.

    >>> encode_time(1_723_078_798_711_207_600)
    '2024-08-08T00:59:58.7112076Z'
    """
    seconds, rest = divmod(ns, SECOND_NS)
    return f"{_date_and_time(seconds)}{_fraction(rest // TICK_NS, 7)}Z"


def encode_fixed(ns: int) -> str:
    """Return `ns`, truncated to 100 ns, always with seven digits of a second: as Azure Storage does.

    >>> encode_fixed(1_723_078_798_500_000_000)
    '2024-08-08T00:59:58.5000000Z'
    """
    seconds, rest = divmod(ns, SECOND_NS)
    return f"{_date_and_time(seconds)}.{rest // TICK_NS:07}Z"


def encode_nanoseconds(ns: int) -> str:
    """Return `ns` as Go writes it: up to nine digits of a second, without trailing zeros.

    >>> encode_nanoseconds(1_723_149_218_174_926_038)
    '2024-08-08T20:33:38.174926038Z'
    """
    seconds, rest = divmod(ns, SECOND_NS)
    return f"{_date_and_time(seconds)}{_fraction(rest, 9)}Z"


def encode_second(ns: int) -> str:
    """Return `ns`, truncated to a second.

    >>> encode_second(1_723_149_218_174_926_038)
    '2024-08-08T20:33:38Z'
    """
    return f"{_date_and_time(ns // SECOND_NS)}Z"


def decode_time(text: str) -> int:
    """Return nanoseconds since the epoch, by up to nine digits of a second. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is None:
        example = "2024-08-08T00:59:58.7112076Z"
        raise ValueError(f"expected a time such as {example}, found {text[:40]!r}")

    since = datetime.fromisoformat(f"{match[1]}+00:00") - _EPOCH
    nanoseconds = int((match[2] or "").ljust(9, "0"))
    return since // timedelta(seconds=1) * SECOND_NS + nanoseconds


def _fraction(count: int, digits: int) -> str:
    return f".{count:0{digits}}".rstrip("0") if count else ""


# The times of an item and of its neighbours in a list are often in the same second. Few are kept:
# each may be all that is left in its memory arena after a reset.
@lru_cache(maxsize=4)
def _date_and_time(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
