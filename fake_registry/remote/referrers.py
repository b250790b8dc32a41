"""Referrers where the registry does not list them: an index under a tag made of the subject's digest.

distribution-spec v1.1.1, Unavailable Referrers API and Pushing Manifests with Subject. Two writers at once may lose one
of their entries: the specification knows, and has no remedy.
"""

from fake_registry.core.registry import Registry
from fake_registry.spec.errors import ManifestUnknown
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.media_types import OCI_INDEX
from fake_registry.spec.names import Digest, RepositoryName, Tag
from fake_registry.wire.oci_json import decode_referrers, encode_referrers

_MAX_ALGORITHM_LENGTH, _MAX_ENCODED_LENGTH = 32, 64


def referrers_tag(subject: Digest) -> Tag:
    """Return the tag under which the referrers of `subject` are (Referrers Tag Schema).

    >>> referrers_tag(Digest("sha256:aaaa"))
    'sha256-aaaa'
    """
    algorithm, _, encoded = subject.partition(":")
    return Tag(f"{algorithm[:_MAX_ALGORITHM_LENGTH]}-{encoded[:_MAX_ENCODED_LENGTH]}")


def list_tagged_referrers(registry: Registry, repository: RepositoryName, subject: Digest) -> list[Descriptor]:
    """Return the referrers of `subject`, by digest; none where there is no such tag."""
    try:
        index = registry.get_manifest(repository, referrers_tag(subject))
    except ManifestUnknown:
        return []
    return sorted(decode_referrers(index.content), key=lambda descriptor: descriptor.digest)


def tag_referrer(registry: Registry, repository: RepositoryName, manifest: Manifest, subject: Digest) -> None:
    """Add a manifest that has been pushed to the referrers of its subject."""
    others = list_tagged_referrers(registry, repository, subject)
    if any(other.digest == manifest.digest for other in others):
        return
    content = encode_referrers([*others, manifest.descriptor])
    registry.put_manifest(repository, read_manifest(content, OCI_INDEX), tags=[referrers_tag(subject)])
