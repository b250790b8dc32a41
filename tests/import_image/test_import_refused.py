"""A failed `import_image`: the target keeps its content and gets nothing new."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests

from fake_registry import Corrupt, Disconnect, Exchange, FakeRegistry, Fault, ManualClock, Settings
from fake_registry.core.memory import MemoryRegistry
from fake_registry.http.faults import Effect
from fake_registry.images import import_image
from fake_registry.remote import RemoteRegistry
from fake_registry.settings import Profile
from fake_registry.spec import media_types
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import DigestInvalid, OperationDisallowed
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import digest_of
from tests.import_image.names import MULTI, NAME
from tests.support.images import AMD64, HELLO, Built, image, index, push
from tests.support.memory import content_of

LOCK = AttributeChanges(write_enabled=False)

UNTYPED = (
    b'{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"%s","size":2},"layers":[]}' % digest_of(b"{}").encode()
)
PLAIN = Built(manifest=read_manifest(UNTYPED, media_types.OCI_MANIFEST), blobs=(b"{}",))
STRANGE = Built(manifest=read_manifest(UNTYPED, media_types.OCI_ARTIFACT))
"""The same bytes as `PLAIN`, under another type."""


def lock_repository(registry: MemoryRegistry) -> None:
    registry.update_repository_attributes(HELLO, LOCK)


def lock_tag(registry: MemoryRegistry) -> None:
    registry.update_tag_attributes(HELLO, MULTI, LOCK)


def lock_manifest(registry: MemoryRegistry) -> None:
    registry.update_manifest_attributes(HELLO, STRANGE.digest, LOCK)


every_lock = pytest.mark.parametrize("lock", [lock_repository, lock_tag, lock_manifest])

Lock = Callable[[MemoryRegistry], None]


def prepare(source: FakeRegistry, target: FakeRegistry, lock: Lock) -> None:
    """Push an index under NAME to the source, and to the target one of its images, locked and under
    another media type."""
    new = image(b"new", config=b"{}")
    top = index(new.manifest, PLAIN.manifest, platforms=[AMD64])
    push(source.content, HELLO, new, PLAIN, top, tags=[MULTI])
    push(target.content, HELLO, STRANGE, image(b"shared", config=b"{}"), tags=[MULTI])
    lock(target.content)


def held(registry: FakeRegistry) -> list[object]:
    """Return all content without times of update, which writing and rolling back change."""
    held: list[object] = []
    for one in registry.content.snapshot().repositories:
        manifests = {digest: (record.manifest, record.attributes) for digest, record in one.manifests.items()}
        held.append((one.name, one.attributes, one.blobs, manifests, one.tags))
    return held


@every_lock
def test_import_refused_by_a_lock_changes_nothing(source: FakeRegistry, target: FakeRegistry, lock: Lock) -> None:
    prepare(source, target, lock)
    before = content_of(target.content)
    clock = target.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(hours=1))
    with pytest.raises(OperationDisallowed):
        target.import_image(source, NAME, force=True)
    assert content_of(target.content) == before


@every_lock
@pytest.mark.parametrize("profile", ["acr", "oci"])
def test_registry_without_a_check_before_writing_is_rolled_back(
    source: FakeRegistry, profile: Profile, lock: Lock
) -> None:
    """Written content is deleted again, over HTTP as well; earlier content stays."""
    target = FakeRegistry(Settings(profile=profile, auth="off"), clock=ManualClock())
    prepare(source, target, lock)
    before = held(target)
    with pytest.raises(OperationDisallowed):
        import_image(target.content, source.content, NAME, force=True)
    assert held(target) == before
    with target.serve() as server, RemoteRegistry(server.url) as there, pytest.raises(OperationDisallowed):
        import_image(there, source.content, NAME, force=True)
    assert held(target) == before


def test_root_pushed_before_its_tag_was_refused_is_deleted(source: FakeRegistry, target: FakeRegistry) -> None:
    """Over HTTP a manifest of another digest algorithm and its tag are two requests."""
    push(source.content, HELLO, image(b"new", algorithm="sha512"), tags=[MULTI])
    push(target.content, HELLO, image(b"old"), tags=[MULTI])
    lock_tag(target.content)
    before = held(target)
    with target.serve() as server, RemoteRegistry(server.url) as there, pytest.raises(OperationDisallowed):
        import_image(there, source.content, NAME, force=True)
    assert held(target) == before
    target.requests.assert_count(2, endpoint="manifest.put")


def test_new_manifest_with_referrers_is_kept(source: FakeRegistry, target: FakeRegistry) -> None:
    """Its deletion would remove earlier referrers (`Settings.referrers_go_with_subject`)."""
    prepare(source, target, lock_tag)
    child = source.content.get_manifest(HELLO, MULTI).facts.manifests[0]
    signature = image(b"signature", subject=child)
    push(target.content, HELLO, signature)
    with pytest.raises(OperationDisallowed):
        import_image(target.content, source.content, NAME, force=True)
    assert target.content.get_manifest(HELLO, signature.digest) == signature.manifest


def test_import_refused_by_a_sparse_registry_changes_nothing(source: FakeRegistry) -> None:
    target = FakeRegistry(Settings(auth="off", sparse_manifests=True), clock=ManualClock())
    prepare(source, target, lock_tag)
    before = content_of(target.content)
    with pytest.raises(OperationDisallowed):
        target.import_image(source, NAME, force=True)
    assert content_of(target.content) == before


@pytest.mark.parametrize(
    ("effect", "error"), [(Disconnect(), requests.RequestException), (Corrupt(), DigestInvalid)], ids=str
)
def test_failing_source_changes_nothing(
    source: FakeRegistry, remote: RemoteRegistry, target: FakeRegistry, effect: Effect, error: type[Exception]
) -> None:
    source.push_image("samples/hello:1.0", layers=[b"one", b"two"])
    target.push_image("samples/hello:0.9", layers=[b"one"])
    before = content_of(target.content)
    source.faults.add(Fault("blob.get", effect, skip=1))
    with pytest.raises(error):
        target.import_image(remote, "samples/hello:1.0")
    assert content_of(target.content) == before
    source.faults.clear()
    target.import_image(remote, "samples/hello:1.0")


def test_lock_set_during_an_import_rolls_it_back(target: FakeRegistry) -> None:
    """The lock comes after the check of locks and before the tag is moved."""

    def lock(exchange: Exchange) -> None:
        if exchange.endpoint == "blob.get":
            lock_tag(target.content)

    source = FakeRegistry(Settings(auth="off"), clock=ManualClock(), on_exchange=lock)
    prepare(source, target, lock_tag)
    before = held(target)
    target.content.update_tag_attributes(HELLO, MULTI, AttributeChanges(write_enabled=True))
    with source.serve() as server, RemoteRegistry(server.url) as remote, pytest.raises(OperationDisallowed):
        target.import_image(remote, NAME, force=True)
    assert held(target) == before


def test_missing_blobs_of_a_sparse_registry_are_added(source: FakeRegistry) -> None:
    """The existing child has neither size nor platform until its blobs are pushed."""
    pushed = source.push_index(NAME, platforms=["linux/arm64"])
    target = FakeRegistry(Settings(auth="off", sparse_manifests=True), clock=ManualClock())
    child = pushed.children[0]
    target.content.put_manifest(HELLO, child.manifest)
    target.import_image(source, NAME)
    for digest in (pushed.digest, child.digest):
        here, there = (one.content.manifest_properties(HELLO, digest) for one in (target, source))
        assert (here.size, here.platform) == (there.size, there.platform)


def test_unreadable_child_is_not_changed(source: FakeRegistry, target: FakeRegistry) -> None:
    pushed = source.push_index(NAME)
    child = pushed.children[0]
    target.import_image(source, f"{HELLO}@{child.digest}")
    target.content.update_manifest_attributes(HELLO, child.digest, AttributeChanges(read_enabled=False))
    before = target.content.manifest_properties(HELLO, child.digest)
    assert target.import_image(source, NAME).digest == pushed.digest
    assert target.content.manifest_properties(HELLO, child.digest) == before
