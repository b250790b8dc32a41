"""Comparing createdTime and lastUpdateTime with the order of changes. No clock is read.

Times are compared as numbers: `12:00:00.5Z` is later than `12:00:00Z`, though not as text.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple

from pytest_acr.harness.acr_model import AcrRecord
from pytest_acr.harness.json_bodies import Json
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import acr as p
from pytest_acr.harness.trial import Trial

_FORM: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?!\d*0Z)(\d{1,7}))?Z",
    re.ASCII,
)
"""acr-behaviour 4.3: as .NET writes it."""
_ANY_FORM: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:00)",
    re.ASCII,
)
_TICKS: Final = 10_000_000
"""In a second."""


class TimeProperties(NamedTuple):
    """What the times of a repository, a tag or a manifest have to obey."""

    created: Property
    """createdTime stays."""
    updated: Property
    """lastUpdateTime stays while nothing changes."""
    moved: Property
    """lastUpdateTime is later after an update."""


def ticks_of(text: object) -> int | None:
    """Return a time in units of 100 ns since the year 1; None for another text."""
    match = _ANY_FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(match[1])
    except ValueError:
        return None
    days = moment.toordinal() - 1
    seconds = (days * 24 + moment.hour) * 3_600 + moment.minute * 60 + moment.second
    fraction = (match[2] or "").ljust(7, "0")[:7]
    return seconds * _TICKS + int(fraction)


def check_times(trial: Trial, wanted: TimeProperties, record: AcrRecord, document: Json) -> None:
    """Compare the times of a document with those that were seen before, and remember them."""
    created = _read(trial, wanted.created, document.get("createdTime"))
    seen = record.created_time
    trial.require(seen in (None, created), wanted.created, f"{seen} ticks", f"{created} ticks")
    record.created_time = created

    updated = _read(trial, wanted.updated, document.get("lastUpdateTime"))
    _check_updated(trial, wanted, record, updated)
    record.updated_time = updated


def _check_updated(
    trial: Trial,
    wanted: TimeProperties,
    record: AcrRecord,
    updated: int,
) -> None:
    seen, after, start = record.updated_time, record.updated_after, record.updated_from
    if seen is not None:
        trial.require(updated == seen, wanted.updated, f"{seen} ticks", f"{updated} ticks")
    if after is not None:
        trial.require(updated > after, wanted.moved, f"more than {after} ticks", f"{updated} ticks")
    if start is not None:
        trial.require(updated >= start, wanted.updated, f"{start} ticks or more", f"{updated} ticks")


def _read(trial: Trial, wanted: Property, text: object) -> int:
    ticks = ticks_of(text)
    trial.require(ticks is not None, wanted, "a time", str(text))
    assert ticks is not None
    is_formed = _FORM.fullmatch(str(text)) is not None
    trial.require(is_formed, p.ACR_TIME_FORM, "such as 2024-01-24T06:16:24.927259Z", str(text))
    return ticks


def check_order_of_times(trial: Trial, records: Iterable[AcrRecord]) -> None:
    """Check that the times of a list's items are in the order of the changes that set them."""
    known = [record for record in records if record.updated_time is not None]
    by_creation = sorted(known, key=attrgetter("created", "created_time"))
    times = [record.created_time or 0 for record in by_creation]
    is_ordered = times == sorted(times)
    trial.require(is_ordered, p.ACR_CREATED_ORDER, "times in the order of creation", str(times))

    by_time = sorted(known, key=attrgetter("updated_time"))
    _check_updates(trial, by_time)


def _check_updates(trial: Trial, by_time: list[AcrRecord]) -> None:
    """Check that no item was certainly updated before one that has an earlier time."""
    latest_before = latest_same = 0
    time_before: int | None = None
    for record in by_time:
        if record.updated_time != time_before:
            latest_before = max(latest_before, latest_same)
            time_before = record.updated_time
        latest_same = max(latest_same, record.updated[0])
        is_later = record.updated[1] >= latest_before
        trial.require(is_later, p.ACR_UPDATED_ORDER, "a later time than that of an item updated before")
