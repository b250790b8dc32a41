"""Advice for one refused request: what to change, as far as the request and the content show.

The hints of `hints` look at all requests of a failed test. Those that one request supports serve
here, too; of the others a single request says nothing.
"""

import re
from typing import Final

from fake_registry.journal.evidence import Content, Evidence
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.hints import (
    Hint,
    blob_elsewhere,
    missing_repository,
    missing_tag,
    other_scope,
    rewritten_json,
    unlisted_type,
)
from fake_registry.journal.standing import effective_faults
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.names import Digest, RepositoryName

_NO_CONTENT: Final = re.compile(r"the repository has no blob or manifest ([a-z0-9]+:[a-f0-9]+)")
_OTHER_DIGEST: Final = re.compile(r"expected digest (\S+), found ([a-z0-9]+:[a-f0-9]+)")

_WITH_DIGEST: Final = frozenset({EndpointName.MANIFEST_PUT, EndpointName.UPLOAD_START, EndpointName.UPLOAD_FINISH})
"""The endpoints of a request that names the digest of content."""


def advice_on(exchange: Exchange, content: Content) -> str:
    """Return what to change so that the request succeeds; empty where nothing is certain.

    `content` is that of now: a blob that came since is no longer missing. A request that a fault has
    struck is refused for the fault alone, and nothing about the client is to be changed.
    """
    if exchange.status is None or exchange.status < 400 or effective_faults(exchange):
        return ""

    evidence = Evidence(exchanges=(exchange,), content=content)
    return next((advice for find in _HINTS if (advice := find(evidence))), "")


def _missing_content(evidence: Evidence) -> str | None:
    """Return what a manifest refers to and its repository lacks."""
    (exchange,) = evidence.exchanges
    if exchange.endpoint != EndpointName.MANIFEST_PUT or exchange.repository is None:
        return None

    repository = RepositoryName(exchange.repository)
    known = {manifest.digest for manifest in evidence.content.manifests(repository)}
    missing = [
        digest
        for digest in map(Digest, _NO_CONTENT.findall(exchange.failure or ""))
        if digest not in known and repository not in evidence.content.repositories_with_blob(digest)
    ]
    if not missing:
        return None
    return f"Push {', '.join(missing)} to {repository} before the manifest, which refers to it."


def _other_digest(evidence: Evidence) -> str | None:
    """Return the digest of the bytes that were sent."""
    (exchange,) = evidence.exchanges
    match = _OTHER_DIGEST.search(exchange.failure or "")
    if match is None or exchange.endpoint not in _WITH_DIGEST:
        return None

    named, found = match.groups()
    return f"The bytes that were sent have the digest {found}: send this digest, or the bytes of {named}."


_HINTS: Final[tuple[Hint, ...]] = (
    unlisted_type,
    missing_tag,
    missing_repository,
    other_scope,
    rewritten_json,
    blob_elsewhere,
    _missing_content,
    _other_digest,
)
