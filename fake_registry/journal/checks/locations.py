"""Rules about the Location of an upload: the next request goes to the URL that an answer has named."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.standing import effective_faults
from fake_registry.spec.endpoints import ENDPOINTS, EndpointName

_IN_UPLOADS: Final = frozenset(row.name for row in ENDPOINTS if "{upload}" in row.path)
_NAMING: Final = _IN_UPLOADS | {EndpointName.UPLOAD_START}
"""The endpoints whose answers have the Location of an upload."""
_WITH_CONTENT: Final = frozenset({EndpointName.UPLOAD_CHUNK, EndpointName.UPLOAD_FINISH})

_CONTINUES: Final = frozenset({202, 204, 416})
"""The statuses of answers whose Location is that of an upload. That of a 201 is the blob's."""

_ADDED: Final = frozenset({"digest"})
"""The parameters that a client adds."""


class _NamedLocation(NamedTuple):
    """The Location of an upload in an answer."""

    exchange: Exchange
    parameters: dict[str, str]


class _UploadRequest(NamedTuple):
    """A request of an upload, and the answers before it."""

    exchange: Exchange
    parameters: dict[str, str]
    named: tuple[_NamedLocation, ...]
    """Those that have its path, oldest first."""
    named_elsewhere: Exchange | None
    """An answer that has its upload under another path."""
    is_whole: bool
    """Whether all answers before it are known, and none was changed by a fault."""


def _find_dropped_state(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    for request in _requests_of_uploads(exchanges):
        if not request.named or _complete(request):
            continue

        last = request.named[-1]
        missing = ", ".join(sorted(last.parameters.keys() - request.parameters.keys()))
        text = f"{request.exchange.method} without {missing} of the Location that the upload had"
        yield ClientMistake(exchanges=(last.exchange, request.exchange), text=text)


UPLOAD_STATE_DROPPED: Final = ClientRule(
    name="upload-state-dropped",
    sentence="A request of an upload lacks parameters of the Location that the last answer had. ACR "
    "requires its `_state`; other registries have parameters of their own.",
    source="distribution-spec v1.1.1, Pushing a blob monolithically (POST then PUT); acr-behaviour 8.1",
    example="Use the Location of the last answer as it is, and add `&digest=` to it if it has a `?`.",
    find=_find_dropped_state,
)


def _find_built_by_hand(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    for request in _requests_of_uploads(exchanges):
        text = _changed_parameter(request) if request.named else _unnamed_upload(request)
        if not text:
            continue

        earlier = request.named[-1].exchange if request.named else request.named_elsewhere
        both = (request.exchange,) if earlier is None else (earlier, request.exchange)
        yield ClientMistake(exchanges=both, text=text)


def _changed_parameter(request: _UploadRequest) -> str:
    """Return how the query differs from that of each Location; empty if it has all of one."""
    complete = _complete(request)
    changes = [_change_of(one, request.parameters) for one in complete]
    return changes[-1] if changes and all(changes) else ""


def _change_of(named: _NamedLocation, sent: dict[str, str]) -> str:
    for name, value in named.parameters.items():
        if value != sent[name]:
            return f"the Location has {name}={value}, the request has {name}={sent[name]}"
    return ""


def _unnamed_upload(request: _UploadRequest) -> str:
    exchange = request.exchange
    if exchange.status != 404 or effective_faults(exchange):
        return ""

    if request.named_elsewhere is not None:
        return f"an answer named upload {exchange.reference} with another path"
    is_bare = request.parameters.keys() <= _ADDED and exchange.endpoint in _WITH_CONTENT
    return f"no answer named upload {exchange.reference}" if is_bare and request.is_whole else ""


LOCATION_BUILT_BY_HAND: Final = ClientRule(
    name="location-built-by-hand",
    sentence="A request of an upload goes to a URL that no answer named, as one with an id of the "
    "client's own. Registries choose the URL, and may move an upload to another one.",
    source="distribution-spec v1.1.1, Pushing a blob monolithically (SHOULD NOT, POST then PUT)",
    example="Start each upload with a POST, and join the Location of the last answer to the URL of "
    "the request, as `urllib.parse.urljoin` does.",
    find=_find_built_by_hand,
)


def _complete(request: _UploadRequest) -> list[_NamedLocation]:
    """Return the Locations that have no parameter which the request lacks."""
    return [one for one in request.named if one.parameters.keys() <= request.parameters.keys()]


def _requests_of_uploads(exchanges: Sequence[Exchange]) -> Iterator[_UploadRequest]:
    """Yield the first request to each URL of an upload that the login did not refuse."""
    answers = _LocationsSoFar(is_whole=not exchanges or exchanges[0].number == 0)
    seen: set[tuple[str, str]] = set()

    for exchange in exchanges:
        url = exchange.path, exchange.query
        is_request = exchange.endpoint in _IN_UPLOADS and exchange.status != 401
        if is_request and url not in seen:
            seen.add(url)
            yield answers.before(exchange)
        answers.note(exchange)


class _LocationsSoFar:
    """The Locations of uploads in the answers so far."""

    def __init__(self, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._by_path: defaultdict[str, list[_NamedLocation]] = defaultdict(list)
        self._by_upload: dict[str, Exchange] = {}

    def before(self, exchange: Exchange) -> _UploadRequest:
        """Return a request with the answers before it."""
        return _UploadRequest(
            exchange=exchange,
            parameters=_parameters_of(exchange.query),
            named=tuple(self._by_path.get(exchange.path, ())),
            named_elsewhere=self._by_upload.get(exchange.reference or ""),
            is_whole=self._is_whole,
        )

    def note(self, exchange: Exchange) -> None:
        """Note an answer."""
        self._is_whole = self._is_whole and not effective_faults(exchange)
        location = _location_in(exchange)
        if location is not None:
            path, query = location
            self._by_path[path].append(_NamedLocation(exchange, _parameters_of(query)))
            self._by_upload[path.rpartition("/")[2]] = exchange


def parse_location(location: str) -> tuple[str, str] | None:
    """Return the path of a Location, without encoding, and its query; None for a malformed one."""
    try:
        url = urlsplit(location)
    except ValueError:
        return None
    return unquote(url.path), url.query


def _location_in(exchange: Exchange) -> tuple[str, str] | None:
    """Return the path, without encoding, and the query of the upload that an answer names."""
    location = exchange.response_header("Location")
    if location is None or exchange.endpoint not in _NAMING or exchange.status not in _CONTINUES:
        return None

    return parse_location(location)


def _parameters_of(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True))
