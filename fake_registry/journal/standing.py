"""Refusals that stand: those of calls that the code did not make again, or whose answer it did not
expect."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from fake_registry.journal.actions import ActionKind, actions_in
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_probe
from fake_registry.journal.text import WITHOUT_EFFECT
from fake_registry.spec.endpoints import ENDPOINTS, EndpointName

_FIRST_OF_PUSHES: Final = frozenset({EndpointName.UPLOAD_START, EndpointName.MANIFEST_PUT})
"""The endpoints at which a push adds content."""

_IN_UPLOADS: Final = frozenset(row.name for row in ENDPOINTS if "{upload}" in row.path)
"""The endpoints that have an upload in their path."""


class Refusal(NamedTuple):
    """A refused exchange, and the part of its reason that was looked for."""

    exchange: Exchange
    match: re.Match[str]


def call_of(exchange: Exchange) -> tuple[str, str]:
    """Return the method and the path, with GET in place of HEAD: both read the same."""
    method = "GET" if exchange.method == "HEAD" else exchange.method
    return method, exchange.path


def attempt_of(exchange: Exchange) -> tuple[str | None, ...]:
    """Return what a second try has of the first, also one by GET instead of HEAD.

    A client that resumes an upload, or starts another one, has tried again.
    """
    subject = (exchange.endpoint or "").partition(".")[0]
    if exchange.endpoint in _IN_UPLOADS:
        return subject, exchange.repository

    method, _ = call_of(exchange)
    return method, subject, exchange.repository, exchange.reference


def effective_faults(exchange: Exchange) -> tuple[str, ...]:
    """Return the faults that struck with an effect."""
    return tuple(fault for fault in exchange.faults if not fault.endswith(WITHOUT_EFFECT))


def last_refusal(exchanges: Sequence[Exchange], reason: re.Pattern[str]) -> Refusal | None:
    """Return the last exchange that was refused for such a reason, unless the code recovered.

    It did if the call came again, because the last answer to a call is the one that counts; and if
    a call of the same kind in the same repository succeeded later, as where a program tries one tag
    after the other.
    """
    later: set[tuple[str, str]] = set()
    succeeded: set[tuple[str | None, ...]] = set()
    for exchange in reversed(exchanges):
        match = reason.search(exchange.failure or "")
        is_new = call_of(exchange) not in later and _kind_of(exchange) not in succeeded
        if match is not None and is_new:
            return Refusal(exchange, match)

        if not is_probe(exchange):
            later.add(call_of(exchange))
        if exchange.status is not None and exchange.status < 400:
            succeeded.add(_kind_of(exchange))
    return None


def _kind_of(exchange: Exchange) -> tuple[str | None, ...]:
    """Return what calls of one kind in one repository share."""
    method, _ = call_of(exchange)
    subject = (exchange.endpoint or "").partition(".")[0]
    return method, subject, exchange.repository


def last_absence(exchanges: Sequence[Exchange], reason: re.Pattern[str]) -> Refusal | None:
    """Return the last refusal as `last_refusal` does, unless the code may have expected it.

    It may if it had deleted something in the repository, or has pushed to it since: many programs
    look first whether there is anything to push.
    """
    refusal = last_refusal(exchanges, reason)
    if refusal is None or _is_expected(exchanges, refusal.exchange):
        return None
    return refusal


def _is_expected(exchanges: Sequence[Exchange], absence: Exchange) -> bool:
    others = [exchange for exchange in exchanges if exchange.repository == absence.repository]
    earlier = [exchange for exchange in others if exchange.number < absence.number]
    later = [exchange for exchange in others if exchange.number > absence.number]

    is_deleted = any(action.succeeded for action in actions_in(earlier, ActionKind.DELETION))
    is_pushed = any(exchange.endpoint in _FIRST_OF_PUSHES for exchange in later)
    return is_deleted or is_pushed
