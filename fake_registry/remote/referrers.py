"""Referrers at a registry without the referrers API: an index with the subject's digest as its tag.

distribution-spec v1.1.1, Unavailable Referrers API and Pushing Manifests with Subject. Two writers
at the same time may lose an entry; the specification accepts that.
"""

from collections.abc import Sequence
from typing import Final

from fake_registry.core.registry import Registry
from fake_registry.spec.errors import ManifestUnknown
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.media_types import OCI_INDEX
from fake_registry.spec.names import Digest, RepositoryName, Tag
from fake_registry.wire.oci_json import decode_referrers, encode_referrers

_MAX_ALGORITHM_LENGTH: Final = 32
_MAX_ENCODED_LENGTH: Final = 64


def referrers_tag(subject: Digest) -> Tag:
    """Return the tag of the index that lists the referrers of `subject` (Referrers Tag Schema).

    >>> referrers_tag(Digest("sha256:aaaa"))
    'sha256-aaaa'
    """
    algorithm, _, encoded = subject.partition(":")
    return Tag(f"{algorithm[:_MAX_ALGORITHM_LENGTH]}-{encoded[:_MAX_ENCODED_LENGTH]}")


def list_tagged_referrers(
    registry: Registry,
    repository: RepositoryName,
    subject: Digest,
) -> list[Descriptor]:
    """Return the referrers of `subject`, sorted by digest; none if there is no such tag."""
    try:
        index = registry.get_manifest(repository, referrers_tag(subject))
    except ManifestUnknown:
        return []
    return sorted(decode_referrers(index.content), key=lambda descriptor: descriptor.digest)


def tag_referrer(
    registry: Registry,
    repository: RepositoryName,
    manifest: Manifest,
    subject: Digest,
) -> None:
    """Add a pushed manifest to the referrers of its subject."""
    others = list_tagged_referrers(registry, repository, subject)
    if any(other.digest == manifest.digest for other in others):
        return

    content = encode_referrers([*others, manifest.descriptor])
    index = read_manifest(content, OCI_INDEX)
    registry.put_manifest(repository, index, tags=[referrers_tag(subject)])


def select_referrers(
    referrers: Sequence[Descriptor],
    artifact_type: str | None,
    after: Digest | None,
) -> list[Descriptor]:
    """Return the referrers of this artifact type, None for any, whose digest comes after `after`."""
    matching = [each for each in referrers if artifact_type in (None, each.artifact_type)]
    return matching if after is None else [each for each in matching if each.digest > after]
