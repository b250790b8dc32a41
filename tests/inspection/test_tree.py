"""The tree: a line for each repository and each manifest."""

import json

import pytest

from fake_registry import FakeRegistry, ImageRef
from fake_registry.core.losses import lose_manifest
from fake_registry.spec import media_types
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.manifest import Descriptor, read_manifest
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from fake_registry.spec.words import short_digest, size_text
from tests.support.http import registry_of

WEB = RepositoryName("dev/web")
SUBJECT = Descriptor(media_type="a/b", digest=digest_of(b"never pushed"), size=1)


@pytest.fixture
def registry() -> FakeRegistry:
    return registry_of()


def text_of(image: ImageRef) -> str:
    return short_digest(image.digest)


def put(registry: FakeRegistry, media_type: str, **document: object) -> None:
    """Push a manifest to `dev/web:1.0`."""
    content = json.dumps({"schemaVersion": 2, "mediaType": media_type} | document).encode()
    registry.content.put_manifest(WEB, read_manifest(content, media_type), tags=[Tag("1.0")])


def kind_in(registry: FakeRegistry) -> str:
    """Return the kind of the only manifest."""
    [_, line] = registry.tree().lines
    return line.split("  ")[-1]


def test_empty_registry() -> None:
    assert str(registry_of().tree()) == "(no content)"


def test_repositories_and_tags(registry: FakeRegistry) -> None:
    web = registry.push_image("dev/web:2.0", layers=[b"12", b"345"], config=b"{}")
    registry.content.put_manifest(WEB, web.manifest, tags=[Tag("latest")])
    loose = registry.push_image("dev/web", layers=[])
    api = registry.push_image("dev/api:1.0", layers=[b"1"])

    assert str(registry.tree()).splitlines() == [
        "dev/api",
        f"  1.0  {text_of(api)}  OCI image, 1 layer, {api.size} bytes",
        "dev/web",
        f"  2.0, latest  {text_of(web)}  OCI image, 2 layers, {web.size} bytes",
        f"  (no tag)  {text_of(loose)}  OCI image, 0 layers, {loose.size} bytes",
    ]


def test_children_and_referrers_are_below(registry: FakeRegistry) -> None:
    index = registry.push_index("dev/web:1.0")
    amd64, arm64 = index.children
    sbom = registry.push_artifact("dev/web", artifact_type="a/sbom", subject=index, blobs=[b"x"])
    signature = registry.push_artifact("dev/web:sig", artifact_type="a/sig", subject=sbom)
    size = size_text(amd64.size)
    kind = f"OCI artifact a/sig, 1 blob, {size_text(signature.size)}"

    assert str(registry.tree()).splitlines() == [
        "dev/web",
        f"  1.0  {text_of(index)}  OCI index of linux/amd64, linux/arm64, {size_text(index.size)}",
        f"    child linux/amd64  {text_of(amd64)}  OCI image, 1 layer, {size}",
        f"    child linux/arm64  {text_of(arm64)}  OCI image, 1 layer, {size}",
        f"    referrer  {text_of(sbom)}  OCI artifact a/sbom, 1 blob, {size_text(sbom.size)}",
        f"      referrer sig  {text_of(signature)}  {kind}",
    ]


def test_children_are_below_an_index_without_a_tag(registry: FakeRegistry) -> None:
    for number in range(8):  # children whose digests come before and after that of their index
        registry.push_index("dev/web", annotations={"number": str(number)})
        registry.push_index(f"dev/web:{number}", platforms=["linux/s390x"])

    labels = [line.split("  sha256")[0] for line in registry.tree().lines]
    assert labels.count("  (no tag)") == 8
    assert labels.count("    child linux/amd64") == 1


def test_child_with_a_tag_is_at_the_top(registry: FakeRegistry) -> None:
    image = registry.push_image("dev/web:amd64")
    registry.push_index("dev/web:multi", manifests=[image])

    labels = [line.split("  sha256")[0] for line in registry.tree().lines]
    assert labels == ["dev/web", "  amd64", "  multi"]


def test_child_of_two_indexes_is_shown_once(registry: FakeRegistry) -> None:
    image = registry.push_image("dev/web")
    registry.push_index("dev/web:a", manifests=[image], annotations={"a": "a"})
    registry.push_index("dev/web:b", manifests=[image])

    assert str(registry.tree()).count(text_of(image)) == 1


def test_referrer_of_an_absent_subject_is_at_the_top(registry: FakeRegistry) -> None:
    registry.push_artifact("dev/web", artifact_type="a/sbom", subject=SUBJECT)

    assert registry.tree().lines[1].startswith("  (no tag)  sha256:")
    assert registry.tree().lines[1].endswith(", whose subject is absent")


def test_absent_children_and_blobs_are_counted(registry: FakeRegistry) -> None:
    """A clean-up that deletes too much: clients cannot pull the index or the image any more."""
    index = registry.push_index("dev/web:multi", platforms=["linux/amd64", "linux/arm64"])
    pushed = registry.push_image("dev/web:1.0", layers=[b"one", b"two"])
    registry.content.delete_manifest(WEB, index.children[0].digest)
    registry.content.delete_blob(WEB, digest_of(b"two"))

    lines = registry.tree().lines
    assert [line.endswith(", 1 of 2 children absent") for line in lines if text_of(index) in line] == [True]
    assert [line.endswith(", 1 of 3 blobs absent") for line in lines if text_of(pushed) in line] == [True]
    assert sum("absent" in line for line in lines) == 2


def test_long_chain_of_referrers_is_shown(registry: FakeRegistry) -> None:
    image = registry.push_image("dev/web:1.0")
    for _ in range(1_200):  # more than Python's limit of recursion
        image = registry.push_artifact("dev/web", artifact_type="a/b", subject=image)

    tree = registry.tree(limit=2_000)
    assert (len(tree.lines), tree.left_out) == (1_202, 0)


def test_blobs_without_a_manifest_are_counted(registry: FakeRegistry) -> None:
    for content in (b"a", b"b"):
        registry.content.put_blob(WEB, digest_of(content), [content])

    assert str(registry.tree()) == "dev/web (2 blobs, no manifest)"


def test_tags_without_their_manifest_are_last(registry: FakeRegistry) -> None:
    lost = registry.push_image("dev/web:1.0")
    kept = registry.push_image("dev/web:2.0")
    for tag in ("1.1", "1.0"):
        registry.content.put_manifest(WEB, lost.manifest, tags=[Tag(tag)])
    lose_manifest(registry.content, WEB, lost.digest)

    tree = registry.tree()
    assert tree.lines[1].startswith(f"  2.0  {text_of(kept)}  OCI image")
    assert tree.lines[2:] == (f"  1.0, 1.1  {text_of(lost)}  no manifest",)
    assert (tree.left_out, registry.tree(limit=2).left_out) == (0, 1)


def test_locks_hide_nothing(registry: FakeRegistry) -> None:
    registry.push_image("dev/web:1.0")
    before = registry.tree()
    hidden = AttributeChanges(read_enabled=False, list_enabled=False)
    registry.content.update_tag_attributes(WEB, Tag("1.0"), hidden)
    registry.content.update_repository_attributes(WEB, hidden)

    assert (registry.tree(), len(before.lines)) == (before, 2)
    assert len(registry.requests) == 0


class TestKinds:
    def test_docker_list_of_many_platforms(self, registry: FakeRegistry) -> None:
        platforms = [f"linux/{one}" for one in ("a", "b", "c", "d", "e", "f", "g", "h")]
        registry.push_index("dev/web:1.0", platforms=platforms, media_type=media_types.DOCKER_LIST)

        expected = "Docker manifest list of linux/a, linux/b, linux/c, linux/d, linux/e, linux/f"
        assert f"  {expected} and 2 more, " in registry.tree().lines[1]

    def test_docker_image(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web:1.0", media_type=media_types.DOCKER_MANIFEST)
        assert kind_in(registry).startswith("Docker image, 1 layer, ")

    def test_empty_index(self, registry: FakeRegistry) -> None:
        registry.push_index("dev/web:1.0", platforms=[])
        assert kind_in(registry).startswith("OCI index of 0 children, ")

    def test_index_of_blobs(self, registry: FakeRegistry) -> None:
        digest = digest_of(b"layer")
        registry.content.put_blob(WEB, digest, [b"layer"])
        child = {"mediaType": media_types.OCI_LAYER, "digest": digest, "size": 5}
        put(registry, media_types.OCI_INDEX, manifests=[child])

        assert kind_in(registry).startswith("OCI index of 1 child, ")

    @pytest.mark.parametrize(
        ("media_type", "name"),
        [
            (media_types.OCI_ARTIFACT, "OCI artifact manifest"),
            (media_types.ORAS_ARTIFACT, "ORAS artifact manifest"),
        ],
    )
    def test_artifact_manifest_has_no_size(self, registry: FakeRegistry, media_type: str, name: str) -> None:
        put(registry, media_type, artifactType="a/b", blobs=[])
        assert kind_in(registry) == f"{name} a/b, 0 blobs"

    def test_text_of_a_client_is_printable_and_short(self, registry: FakeRegistry) -> None:
        put(registry, media_types.OCI_ARTIFACT, artifactType="\x1b[2J" + "x" * 500, blobs=[])
        [_, line] = registry.tree().lines

        assert line.isprintable()
        assert len(line) < 200


class TestLimit:
    def test_lines_beyond_the_limit_are_counted(self, registry: FakeRegistry) -> None:
        for number in range(5):
            registry.push_image(f"dev/web:{number}")
        whole = str(registry.tree()).splitlines()

        assert str(registry.tree(limit=2)).splitlines() == [*whole[:2], "... 4 more"]
        assert str(registry.tree(limit=6)).splitlines() == whole

    @pytest.mark.parametrize("limit", range(1, 14))
    def test_each_kind_of_line_is_counted(self, registry: FakeRegistry, limit: int) -> None:
        registry.push_index("dev/web:2.0")
        image = registry.push_image("dev/web:1.0")
        registry.push_artifact("dev/web", artifact_type="a/b", subject=image)
        registry.content.put_blob(RepositoryName("dev/blobs"), digest_of(b"alone"), [b"alone"])
        registry.push_image("dev/zero:1.0")

        whole, part = registry.tree(limit=100), registry.tree(limit=limit)
        assert part.lines == whole.lines[:limit]
        assert len(part.lines) + part.left_out == len(whole.lines)

    def test_default_is_a_screen(self, registry: FakeRegistry) -> None:
        for number in range(100):
            registry.push_image(f"dev/web:{number}", layers=[])
        assert len(str(registry.tree()).splitlines()) < 70

    def test_many_tags_of_one_image_are_counted(self, registry: FakeRegistry) -> None:
        image = registry.push_image("dev/web:t0")
        tags = [Tag(f"t{number}") for number in range(9)]
        registry.content.put_manifest(WEB, image.manifest, tags=tags)

        assert "  t0, t1, t2, t3, t4, 4 more tags  " in str(registry.tree())

    @pytest.mark.parametrize("limit", [0, -1])
    def test_limit_below_1_is_refused(self, registry: FakeRegistry, limit: int) -> None:
        with pytest.raises(ValueError, match=f"^limit: expected at least 1, found {limit}$"):
            registry.tree(limit=limit)


def test_representation_is_one_short_line(registry: FakeRegistry) -> None:
    registry.push_image("dev/web:1.0")
    assert repr(registry.tree()) == "<RegistryTree, 2 lines>"
    assert repr(registry.tree(limit=1)) == "<RegistryTree, 2 lines>"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_250_000, "1.2 MB"),
        (3_400_000_000, "3.4 GB"),
        (2**63, "9.2 EB"),
        (10**24, "1000000.0 EB"),
    ],
)
def test_size_in_words(size: int, text: str) -> None:
    assert size_text(size) == text
