"""The headers that the real service puts on its answers besides what a handler says, and their order on the wire.

Four families of answers were seen in the Azure SDK for Go's recordings of 2024: those of the registry (`/v2`, `/acr`),
of its login (`/oauth2`), of storage, and of the front end, which knows no such path (acr-behaviour 2 and 8.3).
`Connection` and `Transfer-Encoding` are the server's to say (PEP 3333, Other HTTP Features).
"""

import threading
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from operator import itemgetter

from fake_registry.http.answers import Answer, Headers
from fake_registry.http.call import Call
from fake_registry.http.request import Request
from fake_registry.wire.error_tables import is_registry_path

SECOND_NS = 1_000_000_000

_SERVER = ("Server", "AzureContainerRegistry")
"""Since May 2024, before it was openresty."""

_TRANSPORT_SECURITY = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")

_OF_EVERY_ROUTE: Headers = (
    ("Docker-Distribution-Api-Version", "registry/2.0"),
    _TRANSPORT_SECURITY,
    ("X-Content-Type-Options", "nosniff"),
)

_OF_THE_REGISTRY: Headers = (
    ("Access-Control-Expose-Headers", "Docker-Content-Digest"),
    ("Access-Control-Expose-Headers", "WWW-Authenticate"),
    ("Access-Control-Expose-Headers", "Link"),
    ("Access-Control-Expose-Headers", "X-Ms-Correlation-Request-Id"),
    *_OF_EVERY_ROUTE,
)

_OF_STORAGE: Headers = (("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"),)
"""One line of two products (RFC 9110 §10.2.4), which the recorder's parser made two values of: a second Server line
is refused by aiohttp when Python runs with -X dev."""

_GO_NAMES = {
    "ETag": "Etag",
    "OCI-Filters-Applied": "Oci-Filters-Applied",
    "OCI-Subject": "Oci-Subject",
    "WWW-Authenticate": "Www-Authenticate",
}
"""How Go writes what a specification writes otherwise (renovatebot/renovate#14708, a raw answer)."""

_FRONT = ("Content-Type", "Content-Length")
"""What nginx, in front, writes ahead of the rest, behind Server and Date."""

_KNOWN_LENGTH_BYTES = 2048
"""Longer lists come without a length: that they do was seen, where it begins is Go's net/http, whose handlers' answers
have one as long as they fit its buffer [I]."""

_LISTS = frozenset(
    {"acr.catalog", "acr.tags.list", "acr.manifests.list", "catalog.list", "tags.list", "referrers.list"}
)
_DELETES = frozenset({"acr.repository.delete", "acr.tag.delete", "blob.delete", "manifest.delete"})

_LOGINS_PER_MINUTE = 10_000
_DELETES_PER_SECOND = 9
"""Tiers Basic and Standard (docs: container-registry-skus); 8 and then 7 left of a second's deletes was seen."""


class Budget:
    """Counts calls in each period of the registry's clock and tells how many are left; refuses nobody.

    Safe to use from several threads.
    """

    def __init__(self, calls: int, *, period_s: int) -> None:
        self._mutex = threading.Lock()
        self._calls = calls
        self._period_ns = period_s * SECOND_NS
        self._period = self._used = 0

    def spend(self, now: int) -> int:
        """Count a call at `now`, nanoseconds since the epoch. Return how many more its period has room for."""
        period = now // self._period_ns
        with self._mutex:
            if period != self._period:
                self._period, self._used = period, 0
            self._used += 1
            return max(self._calls - self._used, 0)


class ServiceHeaders:
    """Dresses answers as the service does. `new_id` makes a GUID."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._logins = Budget(_LOGINS_PER_MINUTE, period_s=60)
        self._deletes = Budget(_DELETES_PER_SECOND, period_s=1)

    def dressed(self, answer: Answer, request: Request, call: Call | None, *, authorized: bool, now: int) -> Answer:
        """Return `answer` with the headers of its family. `call` is None where no route matched, `authorized` says that
        the caller was let in, `now` is nanoseconds since the epoch."""
        name = "" if call is None else call.endpoint.name
        date = ("Date", _date_of(now // SECOND_NS))
        if name == "storage.blob":
            return answer.adding(*_OF_STORAGE, date, ("x-ms-request-id", self._new_id()))
        added = self._of_family(answer, request, name, authorized=authorized, now=now)
        first, others = [], []
        for header in answer.headers:
            key, value = header
            if key not in _FRONT:
                others.append((_GO_NAMES.get(key, key), value))
            elif key == "Content-Type" or not _is_chunked(name, value):
                first.append(header)
        others += added
        others.sort(key=_NAME)
        return Answer(answer.status, (_SERVER, date, *first, *others, _TRANSPORT_SECURITY), answer.body, answer.close)

    def _of_family(self, answer: Answer, request: Request, name: str, *, authorized: bool, now: int) -> Headers:
        if not name and not is_registry_path(request.path):
            return ()
        correlation = ("X-Ms-Correlation-Request-Id", self._new_id())
        if not name:
            return (*_OF_EVERY_ROUTE, correlation)
        if name.startswith("oauth."):
            left = f"{self._logins.spend(now) / 60:.6f}".rstrip("0").rstrip(".")
            return (correlation, ("x-ms-ratelimit-remaining-calls-per-second", left))
        headers = (*_OF_THE_REGISTRY, correlation)
        if authorized and answer.status != 307 and _has_request_ids(name):
            client_request = request.header("X-Ms-Client-Request-Id") or ""
            headers += (("X-Ms-Client-Request-Id", client_request), ("X-Ms-Request-Id", self._new_id()))
        if authorized and name in _DELETES:
            left = f"{self._deletes.spend(now):.6f}"
            headers += (("X-Ms-Ratelimit-Remaining-Calls-Per-Second", left),)
        return headers


_NAME = itemgetter(0)


def _has_request_ids(name: str) -> bool:
    """Those of ACR's CNCF distribution: below `/v2` all but the root, and the deletes that `/acr/v1` hands on to it."""
    return name in _DELETES if name.startswith("acr.") else name != "base"


def _is_chunked(name: str, length: str) -> bool:
    """Whether the answer of this endpoint, of this length, is sent without telling it."""
    return (name in _LISTS and int(length) > _KNOWN_LENGTH_BYTES) or (name.startswith("oauth.") and length != "0")


@lru_cache(maxsize=4)
def _date_of(second: int) -> str:
    """RFC 9110 §5.6.7; many answers are given in one second."""
    return formatdate(second, usegmt=True)
