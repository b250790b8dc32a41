"""What the two apps of one fake Entra share, and how they read forms and times."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl
from uuid import UUID

from fake_registry.clock import SECOND_NS, Clock
from fake_registry.entra.directory import Directory
from fake_registry.entra.journal import Journal
from fake_registry.entra.keys import KeyHolder


@dataclass(frozen=True, kw_only=True)
class Service:
    """The directory, clock, keys and journal behind both apps."""

    directory: Directory
    clock: Clock
    entropy: Callable[[int], bytes]
    token_lifetime: timedelta
    identity_header: str
    """The X-IDENTITY-HEADER that App Service's endpoint requires."""
    journal: Journal
    keys: KeyHolder

    def new_id(self) -> str:
        """Return a random GUID (RFC 9562 §5.4)."""
        return str(UUID(bytes=self.entropy(16), version=4))


def date_of(now: int) -> datetime:
    """Return nanoseconds since the epoch as a date, to the second."""
    return datetime.fromtimestamp(now // SECOND_NS, UTC)


def fields_of(text: str) -> Mapping[str, str]:
    """Return the fields of a form or query. Of a repeated field the first value counts [I]."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        fields.setdefault(name, value)
    return fields
