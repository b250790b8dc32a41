"""What clients asked and what they were answered: frozen exchanges, redacted and bounded. Bodies are not kept."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, overload
from urllib.parse import unquote_plus

from fake_registry.spec.endpoints import check_endpoint_pattern

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

Headers = tuple[tuple[str, str], ...]

_SECRET_KEYS = frozenset({"HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_COOKIE"})
_SECRET_PARAMETERS = frozenset({"sig", "_state", "access_token", "refresh_token", "password"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One request and its answer.

    `status` is None where the connection was dropped instead. `endpoint` is None where no route matched.
    `failure` is why a token or a login was refused, in more words than the wire has. `errors` are the codes answered.
    """

    number: int
    """Counts from 0 since the registry was made, or its requests were forgotten."""
    time: int
    """Nanoseconds since the epoch, by the registry's clock."""
    method: str
    host: str
    path: str
    query: str
    endpoint: str | None
    repository: str | None
    reference: str | None
    """The tag, digest or upload in the path."""
    status: int | None
    errors: tuple[str, ...]
    failure: str | None
    principal: str | None
    """Who was let in; empty for somebody without a name, None where nobody was asked or let in."""
    faults: tuple[str, ...]
    """The effects that struck, as text."""
    request_bytes: int
    """What was read of the request's body."""
    response_bytes: int | None
    """What the answer announced, None where it did not."""
    request_headers: Headers
    response_headers: Headers

    def request_header(self, name: str) -> str | None:
        """Return a request header by its name in any case."""
        return _find(self.request_headers, name)

    def response_header(self, name: str) -> str | None:
        """Return a response header by its name in any case."""
        return _find(self.response_headers, name)

    def __str__(self) -> str:
        outcome = "dropped" if self.status is None else str(self.status)
        target = f"{self.path}?{self.query}" if self.query else self.path
        notes = [*self.errors, *((self.failure,) if self.failure else ()), *self.faults]
        return f"#{self.number} {self.method} {target} -> {outcome}{' ' if notes else ''}{'; '.join(notes)}"


def redacted_request_headers(environ: "WSGIEnvironment") -> Headers:
    """Return a request's headers without what could be used to log in: of a secret only its first word is left."""
    return tuple(
        [
            (_header_name(key), _redacted(value) if key in _SECRET_KEYS else value)
            for key, value in environ.items()
            if key.startswith(("HTTP_", "CONTENT_"))
        ]
    )


def _redacted(secret: str) -> str:
    """Leave the scheme of an authorization; of one without a scheme, and of cookies, nothing."""
    scheme, blank, _ = secret.partition(" ")
    return f"{scheme} ***" if blank and "=" not in scheme else "***"


def redacted_answer_headers(headers: Headers) -> Headers:
    """Return an answer's headers; a Location without signature and upload state."""
    return tuple([(name, _redact_location(value) if name == "Location" else value) for name, value in headers])


def _redact_location(location: str) -> str:
    path, mark, query = location.partition("?")
    return path + mark + redact_query(query)


@lru_cache(maxsize=1024)
def _header_name(key: str) -> str:
    """The header's name, in the case that is usual, of its key in a WSGI environment."""
    return key.removeprefix("HTTP_").replace("_", "-").title()


def redact_query(query: str) -> str:
    """Return a query string without signatures, upload states and what else is nobody's business."""
    return "&".join(map(_redact_parameter, query.split("&"))) if query else query


def _redact_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    known = unquote_plus(name) if "%" in name else name
    return f"{name}=***" if equals and known in _SECRET_PARAMETERS else parameter


class Exchanges(Sequence[Exchange]):
    """Recorded exchanges, oldest first, with filters and assertions. A registry's own is live: it grows as clients ask.

    Criteria are fields of `Exchange` by name; endpoint, repository, reference and path take patterns (`upload.*`).
    """

    def __init__(self, read: Callable[[], tuple[Exchange, ...]]) -> None:
        self._read = read

    @overload
    def __getitem__(self, place: int) -> Exchange: ...
    @overload
    def __getitem__(self, place: slice) -> "Exchanges": ...
    def __getitem__(self, place: int | slice) -> "Exchange | Exchanges":
        items = self._read()[place]
        return items if isinstance(items, Exchange) else Exchanges(lambda: items)

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._read())  # those of this moment: `Sequence` would read them anew for each

    def __repr__(self) -> str:
        return f"<Exchanges\n{self}\n>"

    def where(self, **criteria: object) -> "Exchanges":
        """Return those that meet all criteria.

        Raises TypeError for a field and ValueError for an endpoint that does not exist: a filter that can match nothing
        would make an assertion that cannot fail.
        """
        checks = [_check(name, wanted) for name, wanted in criteria.items()]
        found = tuple(item for item in self._read() if all(check(item) for check in checks))
        return Exchanges(lambda: found)

    def one(self, **criteria: object) -> Exchange:
        """Return the only one that meets the criteria. Raises AssertionError with what there is instead."""
        self.assert_count(1, **criteria)
        return self.where(**criteria)[0]

    def assert_count(self, expected: int, **criteria: object) -> None:
        """Raise AssertionError, with what there is, unless `expected` exchanges meet the criteria."""
        found = self.where(**criteria)
        if len(found) != expected:
            asked = ", ".join(f"{name}={wanted!r}" for name, wanted in criteria.items()) or "anything"
            raise AssertionError(f"expected {expected} exchanges with {asked}, found {len(found)} in:\n{self}")

    def assert_none(self, **criteria: object) -> None:
        """Raise AssertionError if any exchange meets the criteria."""
        self.assert_count(0, **criteria)

    def __str__(self) -> str:
        return "\n".join(map(str, self._read())) or "(no exchanges)"


class Recorder:
    """Keeps the last `limit` exchanges, and tells `on_exchange` of each, in the thread that answered it."""

    def __init__(self, limit: int, *, on_exchange: Callable[[Exchange], None] | None = None) -> None:
        self._on_exchange = on_exchange
        self._mutex = threading.Lock()
        self._kept: deque[Exchange] = deque(maxlen=limit)
        self._count = 0
        self.exchanges = Exchanges(self._read)
        """What is kept, live."""

    def next_number(self) -> int:
        """Count one more exchange, and return its number."""
        with self._mutex:
            self._count += 1
            return self._count - 1

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange, and tell of it."""
        with self._mutex:
            self._kept.append(exchange)
        if self._on_exchange is not None:
            self._on_exchange(exchange)

    @property
    def dropped(self) -> int:
        """How many exchanges were recorded and are no longer kept."""
        with self._mutex:
            return self._count - len(self._kept)

    def clear(self) -> None:
        """Forget all; numbers start at 0 again."""
        with self._mutex:
            self._kept.clear()
            self._count = 0

    def _read(self) -> tuple[Exchange, ...]:
        with self._mutex:
            return tuple(self._kept)


_PATTERNS = frozenset({"endpoint", "repository", "reference", "path"})
_FIELDS = frozenset(Exchange.__dataclass_fields__)


def _check(name: str, wanted: object) -> Callable[[Exchange], bool]:
    if name not in _FIELDS:
        raise TypeError(f"an exchange has no {name!r}; it has {', '.join(sorted(_FIELDS))}")
    if name == "endpoint" and isinstance(wanted, str):
        check_endpoint_pattern(wanted)
    if name == "method" and isinstance(wanted, str):
        wanted = wanted.upper()
    if name in _PATTERNS and isinstance(wanted, str):
        return lambda item: fnmatchcase(getattr(item, name) or "", wanted)
    return lambda item: bool(getattr(item, name) == wanted)


def _find(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)
