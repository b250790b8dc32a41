"""How an exchange reads as text: the words that assertions, reports and logs share."""

from collections.abc import Iterable


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


def criteria_text(criteria: dict[str, object]) -> str:
    """Return the criteria of a filter as they are written in Python."""
    written = [f"{name}={expected!r}" for name, expected in criteria.items()]
    return ", ".join(written) or "anything"
