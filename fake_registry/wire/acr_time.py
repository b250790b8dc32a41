"""Times as ACR writes them: .NET's round-trip form, in units of 100 ns (acr-behaviour 4.3).

Inside, a time is nanoseconds since the epoch. Integers only: a float holds no nanoseconds of this century.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_NS: Final = 1_000_000_000


def encode_time(ns: int) -> str:
    """Return `ns`, cut to 100 ns: up to seven digits of a second, without zeros at the end.

    >>> encode_time(1_723_078_798_711_207_600)
    '2024-08-08T00:59:58.7112076Z'
    """
    seconds, rest = divmod(ns, _SECOND_NS)
    return f"{_date_and_time(seconds)}{_fraction(rest // 100, 7)}Z"


def encode_nanoseconds(ns: int) -> str:
    """Return `ns` whole, as Go writes it: up to nine digits of a second, without zeros at the end.

    >>> encode_nanoseconds(1_723_149_218_174_926_038)
    '2024-08-08T20:33:38.174926038Z'
    """
    seconds, rest = divmod(ns, _SECOND_NS)
    return f"{_date_and_time(seconds)}{_fraction(rest, 9)}Z"


def encode_second(ns: int) -> str:
    """Return the second that `ns` lies in.

    >>> encode_second(1_723_149_218_174_926_038)
    '2024-08-08T20:33:38Z'
    """
    return f"{_date_and_time(ns // _SECOND_NS)}Z"


def decode_time(text: str) -> int:
    """Return the nanoseconds since the epoch; up to nine digits of a second are read. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a time such as 2024-08-08T00:59:58.7112076Z, found {text[:40]!r}")
    since = datetime.fromisoformat(f"{match[1]}+00:00") - _EPOCH
    return since // timedelta(seconds=1) * _SECOND_NS + int((match[2] or "").ljust(9, "0"))


def _fraction(count: int, digits: int) -> str:
    return f".{count:0{digits}}".rstrip("0") if count else ""


# The two times of one thing, and those of the things next to it in a list, often lie within one second.
@lru_cache(maxsize=256)
def _date_and_time(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
