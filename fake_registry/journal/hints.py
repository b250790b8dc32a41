"""Hints: known mistakes that the journal of a failed test shows, each with its remedy.

A hint is a function of the evidence that returns a sentence, or None. It returns None as well where
another cause fits as well. To add a hint, write a function and add it to `HINTS`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from fake_registry.journal.copies import rewritten_copy
from fake_registry.journal.evidence import Evidence
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_login, is_probe
from fake_registry.journal.text import name_text
from fake_registry.spec.endpoints import ENDPOINTS, EndpointName
from fake_registry.spec.names import Digest, RepositoryName

Hint = Callable[[Evidence], str | None]

_MANIFEST_READS: Final = frozenset({EndpointName.MANIFEST_GET, EndpointName.MANIFEST_HEAD})
_LISTS: Final = frozenset(endpoint.name for endpoint in ENDPOINTS if endpoint.listing)

_EXISTS_AS: Final = re.compile(r"the manifest exists as (\S+), which Accept")
_NO_TAG: Final = re.compile(r"repository (\S+) has no tag (\S+)")
_NO_REPOSITORY: Final = re.compile(r"the registry has no repository (\S+)")
_NO_BLOB: Final = re.compile(r"(?:has no blob|has no blob or manifest) ([a-z0-9]+:[a-f0-9]+)")
_GOOD_FOR: Final = re.compile(r"the token is good for (.+)")
_SCOPE: Final = re.compile(r'scope="([^"]+)"')
_LINK: Final = re.compile(r"<([^>]+)>")
_COUNTS: Final = re.compile(r"assert (\d+) == (\d+)|expected (\d+) exchanges with .*?, found (\d+)")
_UNKNOWN_HOST: Final = re.compile(r"no registry serves host '([^']+)', known: ([^;\n]+)")

_MOST_NAMES: Final = 8
"""The most names that a hint lists."""


def hints_of(evidence: Evidence) -> list[str]:
    """Return the hints that the evidence supports."""
    return [hint for find in HINTS if (hint := find(evidence)) is not None]


def unlisted_type(evidence: Evidence) -> str | None:
    """The tag exists, but Accept lacks its type."""
    exchange, match = _last_refusal(evidence, _EXISTS_AS)
    if exchange is None or match is None:
        return None

    name = name_text(exchange.repository, exchange.reference)
    accepted = exchange.request_header("Accept") or "nothing"
    found = f"{name} exists, but the Accept header of #{exchange.number} lists {accepted}"
    return f"{found}. Add {match[1]} to it: ACR sends this type to no other client."


def missing_tag(evidence: Evidence) -> str | None:
    """The repository has other tags."""
    _, match = _last_refusal(evidence, _NO_TAG)
    if match is None:
        return None

    tags = evidence.content.tags(RepositoryName(match[1]))
    if not tags:
        return None
    return f"There is no tag {match[2]} in {match[1]}. It has: {_list_text(tags)}."


def missing_repository(evidence: Evidence) -> str | None:
    """The registry has other repositories."""
    _, match = _last_refusal(evidence, _NO_REPOSITORY)
    if match is None:
        return None

    name, others = match[1], evidence.content.repositories()
    if not others or name in others:
        return None
    return f"There is no repository {name}. The registry has: {_list_text(others)}."


def unfollowed_link(evidence: Evidence) -> str | None:
    """A list has more pages than the code has read."""
    requested = {exchange.target for exchange in evidence.exchanges}
    for exchange in reversed(evidence.exchanges):
        if exchange.endpoint not in _LISTS or exchange.status != 200:
            continue
        link = _LINK.search(exchange.response_header("Link") or "")
        if link is None:
            return None  # the last page was read
        if link[1] not in requested:
            page = f"#{exchange.number} {exchange.endpoint} was answered with one page"
            return f"{page}, and its Link to the next one was not followed. Read until there is no Link."
    return None


def other_scope(evidence: Evidence) -> str | None:
    """The token is for another repository or action."""
    exchange, match = _last_refusal(evidence, _GOOD_FOR)
    if exchange is None or match is None:
        return None

    needed = _SCOPE.search(exchange.response_header("WWW-Authenticate") or "")
    if needed is None:
        return None
    found = f"The token of #{exchange.number} is good for {match[1]}, the call needs {needed[1]}"
    return f"{found}. Request a token of this scope; grant the caller a role that includes it."


def counted_probes(evidence: Evidence) -> str | None:
    """Calls without a token were counted."""
    counts = _COUNTS.search(evidence.failure)
    if counts is None or not any(map(is_probe, evidence.exchanges)):
        return None

    found, expected = (counts[1], counts[2]) if counts[1] else (counts[4], counts[3])
    for endpoint in {exchange.endpoint for exchange in evidence.exchanges}:
        calls = [exchange for exchange in evidence.exchanges if exchange.endpoint == endpoint]
        probes = sum(map(is_probe, calls))
        if probes and len(calls) == int(found) and len(calls) - probes == int(expected):
            what = f"{probes} of the {found} requests to {endpoint} had no token, and the answer 401"
            return f"{what}: the Azure SDK sends each call first without one. Count with a status."
    return None


def rewritten_json(evidence: Evidence) -> str | None:
    """A digest was computed from JSON that was parsed and written again."""
    for exchange in reversed(evidence.exchanges):
        digest = exchange.reference or ""
        if exchange.endpoint in _MANIFEST_READS and exchange.status == 404 and ":" in digest:
            return _rewritten_json(evidence, RepositoryName(exchange.repository or ""), digest)
    return None


def blob_elsewhere(evidence: Evidence) -> str | None:
    """The blob is in another repository."""
    exchange, match = _last_refusal(evidence, _NO_BLOB)
    if exchange is None or match is None:
        return None

    places = evidence.content.repositories_with_blob(Digest(match[1]))
    if not places or exchange.repository in places:
        return None
    found = f"Blob {match[1]} is in {_list_text(places)}, not in {exchange.repository}"
    return f"{found}: upload it there too, or mount it."


def unanswered_fault(evidence: Evidence) -> str | None:
    """A fault of the test struck, and the code did not try again."""
    later: set[tuple[str | None, str | None]] = set()
    struck: dict[tuple[str | None, str | None], Exchange] = {}

    for exchange in reversed(evidence.exchanges):
        call = (exchange.endpoint, exchange.repository)
        if exchange.faults and call in struck:
            return None  # it was tried again, and the code gave up
        if exchange.faults and call not in later and not is_login(exchange):
            struck[call] = exchange
        later.add(call)

    if not struck:
        return None
    first = min(struck.values(), key=lambda exchange: exchange.number)
    what = f"The fault {', '.join(first.faults)} struck #{first.number} {first.endpoint}"
    return f"{what}, and the request was not sent again. Retry it, or expect the error."


def unknown_host(evidence: Evidence) -> str | None:
    """No registry of the test has the name that the code uses."""
    match = _UNKNOWN_HOST.search(evidence.failure)
    if match is None:
        return None
    name = match[1].partition(".")[0]
    return f"No registry has the name {match[1]}; there is {match[2]}. Name it with @pytest.mark.acr(name={name!r})."


def missing_await(evidence: Evidence) -> str | None:
    """An async client has sent nothing."""
    if evidence.exchanges or not evidence.async_clients:
        return None
    clients = ", ".join(evidence.async_clients)
    return f"{clients} sent no request. Is an `await` missing? A coroutine runs when it is awaited."


HINTS: Final[tuple[Hint, ...]] = (
    unlisted_type,
    missing_tag,
    missing_repository,
    unfollowed_link,
    other_scope,
    counted_probes,
    rewritten_json,
    rewritten_copy,
    blob_elsewhere,
    unanswered_fault,
    unknown_host,
    missing_await,
)


def _last_refusal(evidence: Evidence, pattern: re.Pattern[str]) -> tuple[Exchange | None, re.Match[str] | None]:
    """Return the last refused exchange with such a reason, unless the same call succeeded later."""
    succeeded: set[tuple[str, str]] = set()
    for exchange in reversed(evidence.exchanges):
        call = (exchange.method, exchange.path)
        match = pattern.search(exchange.failure or "")
        if match is not None and call not in succeeded:
            return exchange, match
        if exchange.status is not None and exchange.status < 400:
            succeeded.add(call)
    return None, None


def _rewritten_json(
    evidence: Evidence,
    repository: RepositoryName,
    digest: str,
) -> str | None:
    for manifest in evidence.content.manifests(repository):
        if digest in map(digest_of, writings_of(json.loads(manifest.content))):
            what = f"{digest} is the digest of manifest {manifest.digest} written as JSON once more"
            return f"{what}. Use the digest of the bytes that were sent, or that in the answer."
    return None


def writings_of(document: object) -> Iterator[str]:
    """Yield a document as programs usually write it."""
    for sort_keys in (False, True):
        for indent in (None, 2, 3, 4):
            yield json.dumps(document, indent=indent, sort_keys=sort_keys)
        yield json.dumps(document, separators=(",", ":"), sort_keys=sort_keys)


def digest_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _list_text(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    listed = ", ".join(names[:_MOST_NAMES])
    return f"{listed} and {more} more" if more > 0 else listed
