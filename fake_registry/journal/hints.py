"""Hints: known mistakes that the journal of a failed test shows, each with its remedy.

A hint is a function of the evidence that returns a sentence, or None. It returns None as well where
another cause fits as well. To add a hint, write a function and add it to `HINTS`.
"""

import json
import re
from collections.abc import Callable
from typing import Final

from fake_registry.journal.actions import ActionKind, actions_in
from fake_registry.journal.copies import rewritten_copy
from fake_registry.journal.evidence import Evidence
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_login, is_probe
from fake_registry.journal.pages import is_page, next_page_of, page_of, seeks_newest
from fake_registry.journal.rewriting import writings_of
from fake_registry.journal.standing import attempt_of, effective_faults, last_absence, last_refusal
from fake_registry.journal.text import name_text
from fake_registry.journal.unreached import missing_login, unreached_registry
from fake_registry.spec.names import Digest, RepositoryName, digest_of
from fake_registry.spec.words import first_names_text

Hint = Callable[[Evidence], str | None]

_EXISTS_AS: Final = re.compile(r"the manifest exists as (\S+), which Accept")
_NO_TAG: Final = re.compile(r"repository (\S+) has no tag (\S+)")
_NO_MANIFEST: Final = re.compile(r"repository (\S+) has no manifest ([a-z0-9]+:[a-f0-9]+)")
_NO_REPOSITORY: Final = re.compile(r"the registry has no repository (\S+)")
_NO_BLOB: Final = re.compile(r"(?:has no blob|has no blob or manifest) ([a-z0-9]+:[a-f0-9]+)")
_GOOD_FOR: Final = re.compile(r"the token is good for (.+)")
_SCOPE: Final = re.compile(r'scope="([^"]+)"')
_COUNTS: Final = re.compile(
    r"assert (\d+) == (\d+)(?P<origin>(?:\n.*where.*)*)"
    r"|AssertionError: (\d+) != (\d+)"
    r"|expected (\d+) exchanges? with [^\n]*?, found (\d+)"
)
"""Two numbers that are not the same, as pytest, unittest and `assert_count` show them."""
_OF_REQUESTS: Final = re.compile(r"Exchanges|request")
_UNKNOWN_HOST: Final = re.compile(
    r"no registry serves host '([^']+)', known: ([^;\n]+)(;[^\n]*)"
    r"|(?<!\S)(\S{1,300}) is not one of this network's hosts, ([^;\n]+)(;[^\n]*)"
)
_MARKER: Final = re.compile(r"@pytest\.mark\.acr\([^)]*\)")
_ERROR_LINE: Final = re.compile(r"^E .*", re.MULTILINE)
_NOTHING_CAME: Final = re.compile(r"\bassert\b|AssertionError|DID NOT RAISE|coroutine")

_OF_BODIES: Final = ("Corrupt", "Disconnect", "Truncate")
"""The effects that may spoil an answer whose status is good."""

_MOST_REWRITTEN: Final = 100
"""The most manifests that are written as JSON once more, the last ones."""

_MOST_CHARACTERS: Final = 400
"""The most characters of a header that a hint repeats."""

_MOST_NAMES: Final = 8
"""The most names that a hint lists."""


def hints_of(evidence: Evidence) -> list[str]:
    """Return the hints that the evidence supports."""
    return [hint for find in HINTS if (hint := find(evidence)) is not None]


def unlisted_type(evidence: Evidence) -> str | None:
    """The tag exists, but Accept lacks its type."""
    refusal = last_refusal(evidence.exchanges, _EXISTS_AS)
    if refusal is None or _is_gone(evidence, refusal.exchange):
        return None

    exchange, match = refusal
    name = name_text(exchange.repository, exchange.reference)
    accepted = (exchange.request_header("Accept") or "nothing")[:_MOST_CHARACTERS]
    found = f"{name} exists, but the Accept header of #{exchange.number} lists {accepted}"
    return f"{found}. Add {match[1]} to it: ACR sends this type to no other client."


def missing_tag(evidence: Evidence) -> str | None:
    """The repository has other tags."""
    refusal = last_absence(evidence.exchanges, _NO_TAG)
    if refusal is None:
        return None

    name, tag = refusal.match.groups()
    tags = evidence.content.tags(RepositoryName(name))
    if not tags or tag in tags:
        return None
    return f"There is no tag {tag} in {name}. It has: {first_names_text(tags, most=_MOST_NAMES)}."


def missing_repository(evidence: Evidence) -> str | None:
    """The registry has other repositories."""
    refusal = last_absence(evidence.exchanges, _NO_REPOSITORY)
    if refusal is None:
        return None

    name, others = refusal.match[1], evidence.content.repositories()
    if not others or name in others:
        return None
    return f"There is no repository {name}. The registry has: {first_names_text(others, most=_MOST_NAMES)}."


def unfollowed_link(evidence: Evidence) -> str | None:
    """A list has more pages than the code has read."""
    requested = {page_of(exchange.target) for exchange in evidence.exchanges}
    for exchange in filter(is_page, reversed(evidence.exchanges)):
        following = next_page_of(exchange)
        if following is None:
            return None  # the last page was read
        if following not in requested and not seeks_newest(exchange):
            page = f"#{exchange.number} {exchange.endpoint} was answered with one page"
            return f"{page}, and its Link to the next one was not followed. Read until there is no Link."
    return None


def other_scope(evidence: Evidence) -> str | None:
    """The token is for another repository or action."""
    refusal = last_refusal(evidence.exchanges, _GOOD_FOR)
    if refusal is None:
        return None

    exchange, match = refusal
    needed = _SCOPE.search(exchange.response_header("WWW-Authenticate") or "")
    if needed is None:
        return None
    found = f"The token of #{exchange.number} is good for {match[1]}, the call needs {needed[1]}"
    return f"{found}. Request a token of this scope; grant the caller a role, or a scope map, that includes it."


def counted_probes(evidence: Evidence) -> str | None:
    """Calls without a token were counted."""
    counts = _COUNTS.search(evidence.failure)
    if counts is None or not _counts_requests(counts, evidence.failure):
        return None

    numbers = [int(number) for number in counts.groups() if number and number.isdecimal()]
    expected, found = sorted(numbers)
    for endpoint in dict.fromkeys(exchange.endpoint for exchange in evidence.exchanges):
        calls = [exchange for exchange in evidence.exchanges if exchange.endpoint == endpoint]
        probes = sum(map(is_probe, calls))
        if probes and len(calls) == found and len(calls) - probes == expected:
            what = f"{probes} of the {found} requests to {endpoint} had no token, and the answer 401"
            return f"{what}: the Azure SDK sends each call first without one. Count with a status."
    return None


def rewritten_json(evidence: Evidence) -> str | None:
    """A digest was computed from JSON that was parsed and written again."""
    refusal = last_absence(evidence.exchanges, _NO_MANIFEST)
    if refusal is None:
        return None

    repository, digest = refusal.match.groups()
    return _rewritten_json(evidence, RepositoryName(repository), digest)


def blob_elsewhere(evidence: Evidence) -> str | None:
    """The blob is in another repository."""
    refusal = last_absence(evidence.exchanges, _NO_BLOB)
    if refusal is None:
        return None

    missed_in = refusal.exchange.repository
    for digest in _NO_BLOB.findall(refusal.match.string):
        places = evidence.content.repositories_with_blob(Digest(digest))
        if places and missed_in not in places:
            found = f"Blob {digest} is in {first_names_text(places, most=_MOST_NAMES)}, not in {missed_in}"
            return f"{found}: upload it there too, or mount it."
    return None


def unanswered_fault(evidence: Evidence) -> str | None:
    """A fault of the test struck, and the code did not try again."""
    later: set[tuple[str | None, ...]] = set()
    struck: dict[tuple[str | None, ...], Exchange] = {}

    for exchange in reversed(evidence.exchanges):
        call = attempt_of(exchange)
        if effective_faults(exchange) and call in struck:
            return None  # it was tried again, and the code gave up
        if _is_harmed(exchange) and call not in later and not is_login(exchange):
            struck[call] = exchange
        later.add(call)

    if not struck:
        return None
    first = min(struck.values(), key=lambda exchange: exchange.number)
    what = f"The fault {', '.join(effective_faults(first))} struck #{first.number} {first.endpoint}"
    return f"{what}, and the request was not sent again. Retry it, or expect the error."


def unknown_host(evidence: Evidence) -> str | None:
    """No registry of the test has the name that the code uses."""
    match = _UNKNOWN_HOST.search(evidence.failure)
    if match is None:
        return None

    host, known, advice = filter(None, match.groups())
    marker = _MARKER.search(advice)
    if marker is None:
        return None  # no registry of Azure has such a name: the code may look for another service

    found = f"No registry of the test has the name {host}; the hosts are {known}"
    logins = [one for one in known.split(", ") if ".data." not in one]
    return f"{found}. Use {' or '.join(logins)}, or name the registry of the test with {marker[0]}."


def missing_await(evidence: Evidence) -> str | None:
    """An async client has sent nothing."""
    if evidence.exchanges or not evidence.async_clients:
        return None

    errors = "\n".join(_ERROR_LINE.findall(evidence.failure)) or evidence.failure
    if not _NOTHING_CAME.search(errors):
        return None  # the test may have failed before the first call
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
    unreached_registry,
    missing_login,
)


def _is_gone(evidence: Evidence, exchange: Exchange) -> bool:
    """Return whether something in the repository was deleted since."""
    later = [one for one in evidence.exchanges if one.number > exchange.number]
    deletions = actions_in(later, ActionKind.DELETION)
    return any(one.succeeded and one.repository == exchange.repository for one in deletions)


def _counts_requests(counts: re.Match[str], failure: str) -> bool:
    """Return whether the numbers can be those of requests."""
    if counts["origin"]:
        return _OF_REQUESTS.search(counts["origin"]) is not None
    return "exchange" in counts[0] or ".requests" in failure or "request_count" in failure


def _is_harmed(exchange: Exchange) -> bool:
    """Return whether a fault struck that a client notices; a delay of a good answer is none."""
    is_answered = exchange.status is not None and exchange.status < 400
    return any(not is_answered or fault.startswith(_OF_BODIES) for fault in effective_faults(exchange))


def _rewritten_json(
    evidence: Evidence,
    repository: RepositoryName,
    digest: str,
) -> str | None:
    manifests = tuple(evidence.content.manifests(repository))
    if any(manifest.digest == digest for manifest in manifests):
        return None  # it is there, or was pushed since

    for manifest in manifests[-_MOST_REWRITTEN:]:
        if any(digest_of(one) == digest for one in writings_of(json.loads(manifest.content))):
            what = f"{digest} is the digest of manifest {manifest.digest} written as JSON once more"
            return f"{what}. Use the digest of the bytes that were sent, or that in the answer."
    return None
