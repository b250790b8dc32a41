"""How an exchange reads as text: the words that assertions, reports and logs share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fake_registry.clock import utc_of
from fake_registry.spec.words import short_digest

MOST_LINES: Final = 25
"""The most lines of exchanges in the message of a failed assertion."""

WITHOUT_EFFECT: Final = " without effect"
"""The end of a fault's text in an exchange that it struck, and did not change."""


def target_text(path: str, query: str) -> str:
    """Return the path with its query."""
    return f"{path}?{query}" if query else path


def outcome_text(status: int | None) -> str:
    """Return the status as text, or `dropped` for None."""
    return "dropped" if status is None else str(status)


def notes_text(errors: Iterable[str], failure: str | None, faults: Iterable[str]) -> str:
    """Return error codes, the reason of a failure and the faults that struck, in one line."""
    reason = [failure] if failure else []
    return "; ".join([*errors, *reason, *faults])


def list_text(exchanges: Iterable[object]) -> str:
    """Return a line for each exchange."""
    return "\n".join(map(str, exchanges)) or "(no exchanges)"


def bounded_text(exchanges: Sequence[object]) -> str:
    """Return a line for each of the last exchanges, at most `MOST_LINES` with the one that counts
    the others."""
    if len(exchanges) <= MOST_LINES:
        return list_text(exchanges)

    shown = exchanges[1 - MOST_LINES :]
    return f"... {len(exchanges) - len(shown)} more\n{list_text(shown)}"


def dropped_text(dropped: int) -> str:
    """Return what an assertion adds if exchanges were dropped; empty if none were."""
    if dropped == 0:
        return ""

    remedy = "raise Settings.max_recorded_requests or max_recorded_bytes"
    return f", and {dropped} older requests were dropped, which may count too ({remedy})"


def criteria_text(criteria: Mapping[str, object]) -> str:
    """Return " with " and the criteria of a filter as they are written in Python; empty without any."""
    written = [f"{name}={expected!r}" for name, expected in criteria.items()]
    return f" with {', '.join(written)}" if written else ""


def name_text(repository: str | None, reference: str | None) -> str:
    """Return `repository:tag`, or `repository@digest` with a short digest; empty without both."""
    if not reference:
        return repository or ""

    is_digest = ":" in reference
    short = short_digest(reference) if is_digest else reference
    separator = "@" if is_digest else ":"
    return f"{repository}{separator}{short}" if repository else short


def time_text(ns: int) -> str:
    """Return a time in nanoseconds since the epoch as ISO 8601 in UTC, truncated to microseconds.

    >>> time_text(1_790_000_000_123_456_789)
    '2026-09-21T14:13:20.123456+00:00'
    """
    return utc_of(ns).isoformat(timespec="microseconds")
