"""Finds contradictions in what a registry holds: between its tables, its lists and its bytes."""

from collections.abc import Iterator
from dataclasses import replace

from fake_registry import FakeRegistry
from fake_registry.core.repositories import ContentSnapshot
from fake_registry.core.state import RepositoryState
from fake_registry.spec.attributes import UNLOCKED, Order
from fake_registry.spec.names import Digest, algorithm_of, digest_of


def contradictions(registry: FakeRegistry) -> list[str]:
    """Return a sentence for each contradiction. Locks do not hide anything from this."""
    states = [_unlock(state) for state in registry.snapshot().content.repositories]
    with FakeRegistry(registry.settings, clock=registry.clock) as unlocked:
        unlocked.restore(replace(registry.snapshot(), content=ContentSnapshot(tuple(states))))
        return [
            f"{state.name}: {problem}"
            for state in states
            for problem in (*_in_tables(state, registry.clock.now()), *_in_lists(state, unlocked))
        ]


def _unlock(state: RepositoryState) -> RepositoryState:
    copy = state.copy()
    copy.attributes = UNLOCKED
    copy.manifests = {key: replace(one, attributes=UNLOCKED) for key, one in copy.manifests.items()}
    copy.tags = {key: replace(one, attributes=UNLOCKED) for key, one in copy.tags.items()}
    return copy


def _in_tables(state: RepositoryState, now: int) -> Iterator[str]:
    if state.empty:
        yield "a repository without content is kept"
    for digest, blob in state.blobs.items():
        if digest_of(blob.pieces, algorithm_of(digest)) != digest:
            yield f"blob {digest} has other bytes"
    for digest, record in state.manifests.items():
        if {digest, record.manifest.digest} != {digest_of(record.manifest.content, algorithm_of(digest))}:
            yield f"manifest {digest} has other bytes"
        if not record.created <= record.updated <= now:
            yield f"manifest {digest} was changed before it was made, or later than now"
    for tag, tagged in state.tags.items():
        if tagged.digest not in state.manifests:
            yield f"tag {tag} has no manifest"
        if not tagged.created <= tagged.updated <= now:
            yield f"tag {tag} was changed before it was made, or later than now"
    for upload, session in state.uploads.items():
        content = b"".join(session.pieces)
        if (session.offset, session.hasher.hexdigest()) != (len(content), digest_of(content).partition(":")[2]):
            yield f"upload {upload} has other bytes than its offset and its hash"


def _in_lists(state: RepositoryState, registry: FakeRegistry) -> Iterator[str]:
    content = registry.content
    if (state.name in content.list_repositories().items) != bool(state.manifests):
        yield "the catalogue lists an empty repository, or lacks one"
    if not state.manifests:
        return

    counts = content.repository_properties(state.name)
    if (counts.manifest_count, counts.tag_count) != (len(state.manifests), len(state.tags)):
        yield "the counts are not those of the lists"
    if list(content.list_tags(state.name).items) != sorted(state.tags):
        yield "the list of tags has other tags"

    for order in Order:
        manifests = content.list_manifests(state.name, order=order).items
        tags = content.list_tag_properties(state.name, order=order).items
        if sorted(one.digest for one in manifests) != sorted(state.manifests):
            yield f"the list of manifests in order {order} has other manifests"
        if sorted(one.tag for one in tags) != sorted(state.tags):
            yield f"the list of tags in order {order} has other tags"

    for digest in state.manifests:
        yield from _in_manifest(digest, state, registry)


def _in_manifest(digest: Digest, state: RepositoryState, registry: FakeRegistry) -> Iterator[str]:
    content = registry.content
    record = state.manifests[digest]
    tags = sorted(tag for tag, tagged in state.tags.items() if tagged.digest == digest)
    if sorted(content.manifest_properties(state.name, digest).tags) != tags:
        yield f"manifest {digest} has other tags than those that refer to it"

    subject = record.manifest.facts.subject
    if subject is not None:
        referrers = content.list_referrers(state.name, subject.digest).items
        if digest not in [one.digest for one in referrers]:
            yield f"manifest {digest} is not among the referrers of its subject"
