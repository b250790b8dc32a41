"""Exchanges as the journal keeps them, without a registry."""

from collections.abc import Sequence
from itertools import count
from typing import Any, Final

from hypothesis import strategies as st

from fake_registry.clock import LATEST_NS
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges
from fake_registry.spec.endpoints import NAMES

PLAIN = Exchange(
    number=0,
    time=1_790_000_000_000_000_000,
    method="GET",
    scheme="https",
    host="fake.azurecr.io",
    path="/v2/",
    query="",
    endpoint="base",
    repository=None,
    reference=None,
    status=200,
    errors=(),
    failure=None,
    principal=None,
    faults=(),
    request_bytes=0,
    response_bytes=2,
    request_headers=(("Host", "fake.azurecr.io"),),
    response_headers=(("Content-Type", "application/json"), ("Content-Length", "2")),
)


def exchange_of(**fields: Any) -> Exchange:  # Any: the fields' own types
    """Return an exchange that differs from PLAIN in these fields."""
    plain = {name: getattr(PLAIN, name) for name in Exchange.__dataclass_fields__}
    return Exchange(**plain | fields)


def exchanges_of(*items: dict[str, Any]) -> Exchanges:  # Any: the fields' own types
    """Return exchanges with these fields, numbered in their order."""
    numbers = count()
    made = tuple(exchange_of(number=next(numbers), **fields) for fields in items)
    return live_exchanges(made)


def live_exchanges(items: Sequence[Exchange]) -> Exchanges:
    """Return a view of `items` that grows as they do."""
    return Exchanges(lambda: tuple(items))


_TEXTS: Final = st.text(st.characters(), max_size=20)
"""Any characters, also controls and lone surrogates: effects and malformed requests make them."""
_OPTIONAL: Final = st.none() | _TEXTS
_COUNTS: Final = st.integers(0, 2**63 - 1)
_HEADERS: Final = st.lists(st.tuples(_TEXTS, _TEXTS), max_size=3).map(tuple)


def exchanges() -> st.SearchStrategy[Exchange]:
    """Draw exchanges, also with texts that no well-formed request has."""
    return st.builds(
        Exchange,
        number=_COUNTS,
        time=st.integers(0, LATEST_NS),
        method=st.sampled_from(["GET", "HEAD", "PUT"]) | _TEXTS,
        scheme=st.sampled_from(["https", "http"]),
        host=st.sampled_from(["fake.azurecr.io", "[::1]:5000", "host:99999", "***@a:1"]) | _TEXTS,
        path=_TEXTS,
        query=_TEXTS | st.sampled_from(["n=1&last=%zz", "a=%", "q=%E2%98%83;sig=***"]),
        endpoint=st.none() | st.sampled_from(NAMES),
        repository=_OPTIONAL,
        reference=_OPTIONAL,
        status=st.none() | st.integers(100, 999),
        errors=st.lists(_TEXTS, max_size=2).map(tuple),
        failure=_OPTIONAL,
        principal=_OPTIONAL,
        faults=st.lists(_TEXTS, max_size=2).map(tuple),
        request_bytes=_COUNTS,
        response_bytes=st.none() | _COUNTS,
        request_headers=_HEADERS,
        response_headers=_HEADERS,
    )
