"""`import_image`: from one registry to another, whole or not at all."""

import pytest

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown
from fake_registry.spec.names import RepositoryName, Tag

HELLO = RepositoryName("samples/hello")


@pytest.fixture
def source() -> FakeRegistry:
    return FakeRegistry(Settings(name="source"), clock=ManualClock())


@pytest.fixture
def target() -> FakeRegistry:
    return FakeRegistry(Settings(name="target"), clock=ManualClock())


def repositories(registry: FakeRegistry) -> list[str]:
    return list(registry.content.list_repositories().items)


def test_image_keeps_its_name_digest_and_bytes(source: FakeRegistry, target: FakeRegistry) -> None:
    pushed = source.push_image("samples/hello:1.0", layers=[b"one", b"two"])
    imported = target.import_image(source, "samples/hello:1.0")
    assert (imported.digest, imported.tag, imported.repository) == (pushed.digest, "1.0", HELLO)
    assert target.content.get_manifest(HELLO, Tag("1.0")).content == pushed.manifest.content
    reader = target.content.get_blob(HELLO, pushed.layers[1].digest)
    assert b"".join(reader.chunks()) == b"two"


def test_image_may_get_another_name(source: FakeRegistry, target: FakeRegistry) -> None:
    pushed = source.push_image("samples/hello:1.0")
    target.import_image(source, "samples/hello:1.0", image="mirror/hello:latest")
    untagged = target.import_image(source, f"samples/hello@{pushed.digest}", image="mirror/untagged")
    assert repositories(target) == ["mirror/hello", "mirror/untagged"]
    assert (untagged.tag, untagged.digest) == (None, pushed.digest)
    assert target.import_image(source, f"samples/hello@{pushed.digest}").repository == "samples/hello"


def test_index_comes_with_its_images(source: FakeRegistry, target: FakeRegistry) -> None:
    index = source.push_index("samples/hello:multi", platforms=["linux/amd64", "linux/arm64"])
    source.push_artifact("samples/hello", subject=index.digest, artifact_type="text/x")
    target.import_image(source, "samples/hello:multi")
    assert [one.digest for one in target.content.list_manifests(HELLO).items] == sorted(
        [index.digest, *(child.digest for child in index.children)]
    )


def test_within_one_registry(source: FakeRegistry) -> None:
    pushed = source.push_image("samples/hello:1.0")
    assert source.import_image(source, "samples/hello:1.0", image="samples/copy:1.0").digest == pushed.digest
    assert repositories(source) == ["samples/copy", "samples/hello"]


def test_what_is_not_there_leaves_nothing(source: FakeRegistry, target: FakeRegistry) -> None:
    with pytest.raises(ManifestUnknown):
        target.import_image(source, "samples/hello:1.0")
    pushed = source.push_image("samples/hello:1.0", layers=[b"one", b"two"])
    source.content.delete_blob(HELLO, pushed.layers[1].digest)
    with pytest.raises(BlobUnknown):
        target.import_image(source, "samples/hello:1.0")
    assert target.content.snapshot().repositories == ()


@pytest.mark.parametrize("name", ["samples/hello", "samples/hello:", "Upper:1", "samples/hello@sha256:1"])
def test_name_that_is_none(source: FakeRegistry, target: FakeRegistry, name: str) -> None:
    with pytest.raises(Exception, match="expected") as refused:
        target.import_image(source, name)
    assert type(refused.value).__name__ in ("ValueError", "TagInvalid", "NameInvalid", "DigestInvalid")
