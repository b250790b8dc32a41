"""Headers that the real service adds to a handler's, and the order of all headers on the wire.

The Azure SDK for Go's recordings of 2024 show four families of answers: from the registry (`/v2`,
`/acr`), its login (`/oauth2`), storage, and the front end, which answers for all other paths
(acr-behaviour 2 and 8.3). `Connection` and `Transfer-Encoding` are set by the server (PEP 3333,
Other HTTP Features).
"""

import threading
from collections.abc import Callable, Collection
from operator import itemgetter
from typing import Final

from fake_registry.clock import SECOND_NS
from fake_registry.http.answers import Answer, Headers
from fake_registry.http.call import Call
from fake_registry.http.hosts import host_in
from fake_registry.http.request import Request
from fake_registry.spec.endpoints import Endpoint, Family, Quota, is_login_path, is_registry_path
from fake_registry.wsgi import encode_date

API_VERSION = ("Docker-Distribution-Api-Version", "registry/2.0")
"""Of every answer of both profiles, except login and storage of profile `acr`."""

_SERVER = ("Server", "AzureContainerRegistry")
"""Since May 2024; openresty before."""

_TRANSPORT_SECURITY: Headers = (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),)
"""A browser that has received it from https://localhost asks every other server of this machine by
https, for a year: it is sent by the names of the registry alone (RFC 6797 §8.1)."""

_OF_EVERY_ROUTE: Headers = (API_VERSION, ("X-Content-Type-Options", "nosniff"))

_OF_THE_REGISTRY: Headers = (
    ("Access-Control-Expose-Headers", "Docker-Content-Digest"),
    ("Access-Control-Expose-Headers", "WWW-Authenticate"),
    ("Access-Control-Expose-Headers", "Link"),
    ("Access-Control-Expose-Headers", "X-Ms-Correlation-Request-Id"),
    *_OF_EVERY_ROUTE,
)

_BLOB_SERVICE = ("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0")
"""One line that names two products (RFC 9110 §10.2.4); the recorder's parser split it in two.

Two Server lines would not do: aiohttp refuses them when Python runs with -X dev.
"""

_STORAGE_FRONT_END = ("Server", "Microsoft-HTTPAPI/2.0")
"""Recorded where Azure Storage refuses a request before its blob service, without a version."""

_GO_NAMES: Final = {
    "ETag": "Etag",
    "OCI-Filters-Applied": "Oci-Filters-Applied",
    "OCI-Subject": "Oci-Subject",
    "WWW-Authenticate": "Www-Authenticate",
}
"""Go's spelling of some headers (a raw answer in renovatebot/renovate#14708)."""

_FRONT = ("Content-Type", "Content-Length")
"""Headers that nginx writes after Server and Date, before the rest."""

_KNOWN_LENGTH_BYTES = 2048
"""Longer documents have no Content-Length: recorded for lists and for a document of 2,392 bytes.

The limit is [I]: Go's net/http adds the length if the answer fits its buffer.
"""

_LOGINS_PER_MINUTE = 10_000
_DELETES_PER_SECOND = 9
"""Tiers Basic and Standard (docs: container-registry-skus). Recorded: 8, then 7 in a second."""


class CallCounter:
    """Counts calls in each period of the registry's clock. It limits nothing.

    Safe to use from several threads.
    """

    def __init__(self, limit: int, *, period_s: int) -> None:
        self._mutex = threading.Lock()
        self._limit = limit
        self._period_ns = period_s * SECOND_NS
        self._period = self._used = 0

    def count(self, now: int, *, calls: int = 1) -> int:
        """Count calls at `now`, nanoseconds since the epoch; return the remaining ones."""
        period = now // self._period_ns
        with self._mutex:
            if period != self._period:
                self._period, self._used = period, 0
            self._used += calls
            return max(self._limit - self._used, 0)


class ServiceHeaders:
    """Adds the real service's headers to answers.

    `new_id` makes a GUID; `hosts` are the names of the registry, without port.
    """

    def __init__(self, new_id: Callable[[], str], *, hosts: Collection[str]) -> None:
        self._new_id = new_id
        self._hosts = frozenset(hosts)
        self._logins = CallCounter(_LOGINS_PER_MINUTE, period_s=60)
        self._deletes = CallCounter(_DELETES_PER_SECOND, period_s=1)

    def add_to(
        self,
        answer: Answer,
        request: Request,
        call: Call | None,
        *,
        authorized: bool,
        now: int,
        again: bool = False,
        correlation_id: str | None = None,
        by_front_end: bool = False,
    ) -> Answer:
        """Return `answer` with the headers of the endpoint's family, in the service's order.

        `call` is None where no route matched; `authorized` says that authorization succeeded;
        `now` is in nanoseconds since the epoch. `again` says that another answer to this request
        had the headers, so that the call is not counted twice. `correlation_id` is the one in the
        answer's body; without it the answer gets a new one. `by_front_end` says that the front end
        answers itself although it would forward the path.
        """
        calls = 0 if again else 1
        endpoint = None if call is None else call.endpoint
        date = ("Date", encode_date(now // SECOND_NS))
        if endpoint is not None and endpoint.family is Family.STORAGE:
            return answer.adding(date, *self._of_storage(answer))

        known = request.host in self._hosts
        security = _TRANSPORT_SECURITY if known else self._security_of(request.host)
        correlation = ("X-Ms-Correlation-Request-Id", correlation_id or self._new_id())
        front, others = _split(answer, endpoint)
        if endpoint is None:
            others += () if by_front_end else _headers_of_unrouted(request, correlation, security)
        elif endpoint.family is Family.OAUTH:
            others += (correlation, *self._of_login(endpoint, now, calls=calls))
        else:
            others += (*_OF_THE_REGISTRY, *security, correlation)
            if authorized:
                others += self._of_authorized(endpoint, request, answer.status, now, calls=calls)
        others.sort(key=_NAME)

        headers = (_SERVER, date, *front, *others, *security)
        return Answer(answer.status, headers, answer.body, answer.close)

    def _of_storage(self, answer: Answer) -> Headers:
        is_versioned = answer.header("x-ms-version") is not None
        server = _BLOB_SERVICE if is_versioned else _STORAGE_FRONT_END
        if answer.header("x-ms-request-id") is not None:  # an error: the body has the same id
            return (server,)
        return (server, ("x-ms-request-id", self._new_id()))

    def _security_of(self, authority: str) -> Headers:
        """Return HSTS if a client asked by a name of the registry, with any port."""
        return _TRANSPORT_SECURITY if host_in(authority) in self._hosts else ()

    def _of_login(self, endpoint: Endpoint, now: int, *, calls: int) -> Headers:
        if endpoint.quota is not Quota.LOGINS:
            return ()
        per_second = f"{self._logins.count(now, calls=calls) / 60:.6f}".rstrip("0").rstrip(".")
        return (("x-ms-ratelimit-remaining-calls-per-second", per_second),)

    def _of_authorized(
        self,
        endpoint: Endpoint,
        request: Request,
        status: int,
        now: int,
        *,
        calls: int,
    ) -> Headers:
        headers: Headers = ()
        if endpoint.request_ids and status != 307:
            client_id = request.header("X-Ms-Client-Request-Id") or ""
            headers += (("X-Ms-Client-Request-Id", client_id), ("X-Ms-Request-Id", self._new_id()))
        if endpoint.quota is Quota.DELETES:
            remaining = f"{self._deletes.count(now, calls=calls):.6f}"
            headers += (("X-Ms-Ratelimit-Remaining-Calls-Per-Second", remaining),)
        return headers


_NAME = itemgetter(0)


def _headers_of_unrouted(
    request: Request,
    correlation: tuple[str, str],
    security: Headers,
) -> Headers:
    if not is_registry_path(request.path):
        return ()
    if is_login_path(request.path):
        return (correlation,)
    return (*_OF_EVERY_ROUTE, *security, correlation)


def _split(
    answer: Answer,
    endpoint: Endpoint | None,
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the headers that nginx writes first, and the others by Go's names."""
    front, others = [], []
    for header in answer.headers:
        name, value = header
        if name not in _FRONT:
            others.append((_GO_NAMES.get(name, name), value))
        elif name == "Content-Type" or not _is_chunked(endpoint, answer.status, value):
            front.append(header)
    return front, others


def _is_chunked(endpoint: Endpoint | None, status: int, length: str) -> bool:
    """Return whether an answer of this length is sent without a Content-Length.

    At the login, answers of success are; refusals have a length (acr-behaviour 2.2).
    """
    if endpoint is None:
        return False
    if endpoint.family is Family.OAUTH:
        return status < 400

    is_document = endpoint.family is Family.ACR or endpoint.listing
    return is_document and int(length) > _KNOWN_LENGTH_BYTES
