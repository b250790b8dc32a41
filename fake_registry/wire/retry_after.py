"""Retry-After (RFC 9110 §10.2.3): a number of seconds or a date."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

# azure-core accepts fractions as well
_SECONDS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)


def decode_retry_after(headers: Mapping[str, str], *, now: float | None) -> float | None:
    """Return the seconds to wait, at least 0; None if Retry-After is absent or malformed.

    A date counts from the Date of the same answer, because the clocks of registry and client may
    differ; without one, from `now`, in seconds since the epoch. If `now` is None as well, it counts
    as absent.
    """
    fields = {name.lower(): value for name, value in headers.items()}
    text = fields.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)

    then = _parse_date(text)
    start = _parse_date(fields.get("date", ""))
    if start is None:
        start = now
    if then is None or start is None:
        return None
    return max(0.0, then - start)


def _parse_date(text: str) -> float | None:
    """Return an HTTP date in seconds since the epoch; None if it is malformed."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
