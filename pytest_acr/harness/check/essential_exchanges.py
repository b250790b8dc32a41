"""`leave_out_reads`: a finding's transcript without the reads that the finding does not need.

Each example ends with reads of everything. The rest is sent once more, in new repositories: where
the last response is another one, the transcript stays as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from pytest_acr.harness.findings import Finding, RawExchange
from pytest_acr.harness.locations import upload_path_of
from pytest_acr.harness.messages import (
    NO_RESPONSE,
    RawRequest,
    RawResponse,
    RegistryTarget,
    SentTo,
    TargetFailed,
)

_READS: Final = frozenset({"GET", "HEAD"})
_COMPARED: Final = (
    *("content-range", "content-type", "docker-content-digest", "etag"),
    *("link", "oci-filters-applied", "oci-subject", "range"),
)
"""Headers of the last response that have to be the same."""

_NOT_SENT: Final = RawResponse(NO_RESPONSE, (), b"there was no Location to send it to")


def leave_out_reads(finding: Finding, target: RegistryTarget, new_base: str) -> Finding:
    """Return the finding with fewer exchanges, or as it is.

    `new_base` is the name of the new repositories without its last letter.
    """
    exchanges = finding.transcript
    kept = _numbers_to_keep(exchanges)
    if len(kept) == len(exchanges) or not finding.repositories:
        return finding

    old_base = finding.repositories[0][:-1]
    names = [new_base + name.removeprefix(old_base) for name in finding.repositories]
    requests = list(_requests_of(exchanges, kept, old_base, new_base))
    again = _send_all(requests, target)
    before, after = exchanges[-1].response, again[-1].response
    if _facts_of(before, old_base) != _facts_of(after, new_base):
        return finding

    return replace(finding, transcript=again, repositories=names)


def _numbers_to_keep(exchanges: Sequence[RawExchange]) -> list[int]:
    """Return the numbers of the exchanges that change something, or read what the last one reads."""
    last = _resource_of(exchanges[-1].request)
    kept = {
        number
        for number, (request, _) in enumerate(exchanges)
        if request.method not in _READS or _resource_of(request) == last
    }
    for number in sorted(kept, reverse=True):
        while (origin := exchanges[number].request.sent_to) is not None:
            number = origin.exchange
            kept.add(number)

    return sorted(kept)


def _resource_of(request: RawRequest) -> str:
    return request.path.partition("?")[0]


def _requests_of(
    exchanges: Sequence[RawExchange],
    kept: Sequence[int],
    old_base: str,
    new_base: str,
) -> Iterator[RawRequest]:
    """Yield the requests for the new repositories, with the new numbers of their origins."""
    numbers = {old: new for new, old in enumerate(kept)}
    for number in kept:
        request = exchanges[number].request
        origin = request.sent_to
        moved = None if origin is None else SentTo(numbers[origin.exchange], origin.added)
        yield replace(request, path=_rename(request.path, old_base, new_base), sent_to=moved)


def _rename(text: str, old_base: str, new_base: str) -> str:
    renamed = text.replace(old_base, new_base)
    return renamed.replace(quote(old_base, safe=""), quote(new_base, safe=""))


def _send_all(requests: Sequence[RawRequest], target: RegistryTarget) -> list[RawExchange]:
    """Send the requests. One to a Location uses that of the new response."""
    exchanges: list[RawExchange] = []
    for request in requests:
        sent = request
        if request.sent_to is not None:
            origin = exchanges[request.sent_to.exchange].response
            name = _repository_of(requests, request)
            path = upload_path_of(origin.header("location"), name)
            if path is None:
                exchanges.append(RawExchange(request, _NOT_SENT))
                continue

            sent = replace(request, path=path + request.sent_to.added)

        exchanges.append(RawExchange(sent, _send(sent, target)))
    return exchanges


def _repository_of(requests: Sequence[RawRequest], request: RawRequest) -> str:
    """Return the repository of the request whose response has the first Location."""
    while request.sent_to is not None:
        request = requests[request.sent_to.exchange]

    name, _, _ = request.path.removeprefix("/v2/").partition("/blobs/")
    return name


def _send(request: RawRequest, target: RegistryTarget) -> RawResponse:
    try:
        return target.send(request)
    except TargetFailed as error:
        return RawResponse(NO_RESPONSE, (), str(error).encode())


def _facts_of(response: RawResponse, base: str) -> tuple[object, ...]:
    """Return the facts that have to be the same, without the names of repositories."""
    if response.status == NO_RESPONSE:
        return (NO_RESPONSE,)

    headers = tuple(_rename(response.header(name) or "", base, "") for name in _COMPARED)
    body = response.body.replace(base.encode(), b"")
    # the length of a name in a body may be another one
    length = None if body else response.header("content-length")
    return response.status, headers, body, length
