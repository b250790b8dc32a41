"""Exchanges as the journal keeps them, without a registry."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, Final

from hypothesis import strategies as st

from fake_registry.clock import LATEST_NS
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges
from fake_registry.journal.recorder import Observer, Recorder
from fake_registry.journal.sources import Selection
from fake_registry.spec.endpoints import ENDPOINTS, NAMES

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
    return Exchanges(Selection(made))


class RecordedExchanges:
    """Exchanges as a registry records them, of which the last `limit` are kept."""

    def __init__(self, limit: int = 100) -> None:
        self.recorder = Recorder(limit, _exchange_with)
        self.subscribed = threading.Event()
        """Set once the recorder has an observer."""
        self.exchanges = Exchanges(self)

    def record(self, *items: dict[str, Any]) -> None:  # Any: the fields' own types
        """Record exchanges with these fields."""
        for fields in items:
            self.recorder.record(fields)

    @contextmanager
    def recording_later(
        self,
        *items: dict[str, Any],  # Any: as above
        forget_first: bool = False,
    ) -> Iterator[None]:
        """Record exchanges with these fields once the recorder has an observer, in a thread.

        With `forget_first`, the earlier ones are forgotten before.
        """
        self.subscribed.clear()
        thread = threading.Thread(target=self._record_later, args=(items, forget_first))
        thread.start()
        try:
            yield
        finally:
            self.subscribed.set()
            thread.join()

    def _record_later(self, items: Sequence[dict[str, Any]], forget_first: bool) -> None:  # noqa: FBT001
        self.subscribed.wait()
        if forget_first:
            self.recorder.clear()
        self.record(*items)

    # A source of exchanges: the recorder, with a look at its observers.

    def read(self) -> tuple[Exchange, ...]:
        """Return all exchanges that are kept."""
        return self.recorder.read()

    def read_last(self, count: int) -> tuple[Exchange, ...]:
        """Return the last ones."""
        return self.recorder.read_last(count)

    @property
    def dropped(self) -> int:
        """The number of those that are no longer kept."""
        return self.recorder.dropped

    def subscribe(self, observer: Observer[Exchange]) -> Callable[[], None]:
        """Call `observer` with each exchange, and set `subscribed`."""
        end = self.recorder.subscribe(observer)
        self.subscribed.set()
        return end


def _exchange_with(number: int, fields: dict[str, Any]) -> Exchange:  # Any: as above
    return exchange_of(number=number, **fields)


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


_METHODS: Final = tuple((str(row.name), row.method) for row in ENDPOINTS)
_CLOSE: Final = st.integers(0, 3) | st.sampled_from([10**8, 61 * 10**9])
"""Nanoseconds between two calls: a few, a tenth of a second, more than a minute."""
_USUAL: Final = 0
"""Stands for the status of success of a method."""
_STATUSES: Final = {"GET": 200, "HEAD": 200, "POST": 202, "PUT": 201, "PATCH": 202, "DELETE": 202}
_EFFECTS: Final = ("MoveTag(to=None)", "Corrupt(offset=0)", "Disconnect(how='reset')", "Lag(1) without effect")
_FAILURES: Final = ("no credentials", "access token expired: 3 s ago", "access token signature: not ours")
_LOCATIONS: Final = ("/v2/dev/web/blobs/uploads/u?_state=***", "https://other.example/v2/?a=1", "https://[bad/v2/")


def calls(repository: str, client: str) -> st.SearchStrategy[list[Exchange]]:
    """Draw exchanges of one client in one repository, in the order of their times.

    Few names, answers and headers are drawn, so that calls belong together.
    """
    fields = st.fixed_dictionaries(
        {
            "call": st.sampled_from(_METHODS),
            "pause": _CLOSE,
            "reference": st.sampled_from(["1.0", "2.0", DIGEST, "u"]),
            "query": st.sampled_from(["", "n=1", "last=1.0", f"digest={DIGEST}", "digest=%zz&n"]),
            "status": st.just(_USUAL) | st.sampled_from([200, 304, 401, 404, 500, None]),
            "failure": st.none() | st.sampled_from(_FAILURES),
            "principal": st.sampled_from([None, "", "me"]),
            "faults": st.lists(st.sampled_from(_EFFECTS), max_size=1).map(tuple),
            "request_bytes": st.sampled_from([0, 5]),
            "with_range": st.booleans(),
            "answer": st.fixed_dictionaries(
                {},
                optional={
                    "Docker-Content-Digest": st.sampled_from([DIGEST, OTHER_DIGEST]),
                    "Location": st.sampled_from(_LOCATIONS),
                    "Link": st.sampled_from(['</v2/x/tags/list?last=2.0>; rel="next"', "<", "<https://[bad>"]),
                    "OCI-Tag": st.just("1.0, 2.0"),
                },
            ),
        }
    )
    return st.lists(fields, max_size=40).map(lambda drawn: _calls_of(drawn, repository, client))


def _calls_of(drawn: list[dict[str, Any]], repository: str, client: str) -> list[Exchange]:  # Any: as drawn
    time = PLAIN.time
    made = []
    for fields in drawn:
        endpoint, method = fields.pop("call")
        answer, time = fields.pop("answer"), time + fields.pop("pause")
        status = fields.pop("status")
        headers = [("User-Agent", client), ("Authorization", "Bearer ***")]
        if fields.pop("with_range"):
            headers.append(("Content-Range", "0-4"))

        exchange = exchange_of(
            **fields,
            time=time,
            method=method,
            status=_STATUSES[method] if status == _USUAL else status,
            endpoint=endpoint,
            repository=repository,
            path=f"/v2/{repository}/{endpoint}/{fields['reference']}",
            request_headers=tuple(headers),
            response_headers=tuple(answer.items()),
        )
        made.append(exchange)
    return made


DIGEST: Final = f"sha256:{'a' * 64}"
OTHER_DIGEST: Final = f"sha256:{'b' * 64}"


def manifest_call(endpoint: str, repository: str, reference: str, **fields: Any) -> dict[str, Any]:
    """Return the fields of an exchange at a manifest, with a digest in the answer if it is 2xx.

    By default the answer is 200.
    """
    status = fields.setdefault("status", 200)
    has_digest = status is not None and status < 300
    answer = [("Docker-Content-Digest", DIGEST)] if has_digest else []
    own = {
        "path": f"/v2/{repository}/manifests/{reference}",
        "endpoint": endpoint,
        "repository": repository,
        "reference": reference,
        "response_headers": tuple(answer),
    }
    return own | fields


def push(repository: str, reference: str, **fields: Any) -> dict[str, Any]:
    """Return the fields of a push, by default one that was answered 201."""
    return manifest_call("manifest.put", repository, reference, **{"method": "PUT", "status": 201} | fields)


def pull(repository: str, reference: str, **fields: Any) -> dict[str, Any]:
    """Return the fields of a pull, by default one that was answered 200."""
    return manifest_call("manifest.get", repository, reference, **fields)


def blob_call(endpoint: str, repository: str, query: str, **fields: Any) -> dict[str, Any]:
    """Return the fields of a request at an upload, by default one that was answered 201."""
    own = {
        "method": "POST",
        "path": f"/v2/{repository}/blobs/uploads/",
        "query": query,
        "endpoint": endpoint,
        "repository": repository,
        "status": 201,
    }
    return own | fields


def deletion(endpoint: str, repository: str, reference: str | None, **fields: Any) -> dict[str, Any]:
    """Return the fields of a deletion, by default one that was answered 202."""
    own = {
        "method": "DELETE",
        "path": f"/acr/v1/{repository}",
        "endpoint": endpoint,
        "repository": repository,
        "reference": reference,
        "status": 202,
    }
    return own | fields


def login(**fields: Any) -> dict[str, Any]:
    """Return the fields of a login, by default one that was answered 200."""
    return {"method": "POST", "path": "/oauth2/token", "endpoint": "oauth.token"} | fields
