"""`Reading`: the exchanges that an assertion has looked at, and how its message shows them."""

from collections.abc import Sequence
from typing import NamedTuple

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import logins_before_calls
from fake_registry.journal.text import bounded_text, dropped_text


class Reading(NamedTuple):
    """The exchanges that are kept, and the number of the older ones that are not."""

    exchanges: Sequence[Exchange]
    dropped: int

    def calls(self) -> "Reading":
        """Return it without the logins before calls, or unchanged if nothing is left."""
        logins = logins_before_calls(self.exchanges)
        calls = [exchange for exchange in self.exchanges if exchange.number not in logins]
        return self._replace(exchanges=calls or self.exchanges)


def found_text(found: object, reading: Reading) -> str:
    """Return the part of a message with the findings, and the exchanges."""
    if not reading.exchanges and reading.dropped == 0:
        return "found no requests"

    dropped = dropped_text(reading.dropped)
    return f"found {found}{dropped} in:\n{bounded_text(reading.exchanges)}"
