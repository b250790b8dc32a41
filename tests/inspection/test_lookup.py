"""Repositories, tags, images and blobs by name, found whatever the attributes of content say."""

from collections.abc import Callable

import pytest

from fake_registry import FakeRegistry, ImageRef
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import (
    BlobUnknown,
    DigestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    RegistryError,
    TagInvalid,
)
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.support.http import registry_of

ABSENT = digest_of(b"never pushed")
WEB = RepositoryName("dev/web")
HIDDEN = AttributeChanges(
    delete_enabled=False,
    write_enabled=False,
    read_enabled=False,
    list_enabled=False,
)


@pytest.fixture
def registry() -> FakeRegistry:
    return registry_of(auth="token")


def text_of(error: type[RegistryError], call: Callable[[], object]) -> str:
    """Return the text of the error that `call` raises."""
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    return str(caught.value)


class TestNames:
    def test_repositories_are_in_ascii_order(self, registry: FakeRegistry) -> None:
        for name in ("dev/web", "b", "a-b", "a/b"):
            registry.push_image(name)
        assert registry.repositories() == ("a-b", "a/b", "b", "dev/web")

    def test_tags_are_in_ascii_order(self, registry: FakeRegistry) -> None:
        for tag in ("v2", "V1", "latest"):
            registry.push_image(f"dev/web:{tag}")
        assert registry.tags("dev/web") == ("V1", "latest", "v2")

    def test_repository_without_tags_has_none(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web")
        assert registry.tags("dev/web") == ()

    def test_digests_are_those_of_all_manifests(self, registry: FakeRegistry) -> None:
        index = registry.push_index("dev/web:1.0")
        untagged = registry.push_image("dev/web")
        images = (index, untagged, *index.children)

        assert registry.digests("dev/web") == tuple(sorted(image.digest for image in images))

    def test_digests_of_a_missing_repository(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web")
        with pytest.raises(NameUnknown, match="the registry has the repositories dev/web"):
            registry.digests("dev/wep")

    def test_empty_registry_has_no_repositories(self, registry: FakeRegistry) -> None:
        assert registry.repositories() == ()

    def test_repository_of_blobs_alone_does_not_exist(self, registry: FakeRegistry) -> None:
        registry.content.put_blob(WEB, digest_of(b"blob"), [b"blob"])
        assert (registry.repositories(), "dev/web" in registry) == ((), False)


class TestHiddenContent:
    """Locks and attributes hide content from clients, and not from the test."""

    @pytest.fixture
    def image(self, registry: FakeRegistry) -> ImageRef:
        image = registry.push_image("dev/web:1.0")
        registry.content.update_tag_attributes(WEB, Tag("1.0"), HIDDEN)
        registry.content.update_manifest_attributes(WEB, image.digest, HIDDEN)
        registry.content.update_repository_attributes(WEB, HIDDEN)
        return image

    def test_is_found(self, registry: FakeRegistry, image: ImageRef) -> None:
        assert (registry.repositories(), registry.tags("dev/web")) == (("dev/web",), ("1.0",))
        assert registry.image("dev/web:1.0") == image
        assert "dev/web:1.0" in registry

    def test_blob_is_read(self, registry: FakeRegistry, image: ImageRef) -> None:
        layer = registry.blob("dev/web", image.layers[0].digest)
        assert digest_of(layer) == image.layers[0].digest

    def test_no_request_is_recorded(self, registry: FakeRegistry, image: ImageRef) -> None:
        assert registry.image("dev/web:1.0") == image
        assert len(registry.requests) == 0


class TestImage:
    @pytest.mark.parametrize("push", ["push_image", "push_index"])
    def test_tag_finds_the_image_that_was_pushed(self, registry: FakeRegistry, push: str) -> None:
        pushed: ImageRef = getattr(registry, push)("dev/web:1.0", annotations={"team": "web"})
        found = registry.image("dev/web:1.0")

        assert (found, found.children, found.size) == (pushed, pushed.children, pushed.size)
        assert found.annotations == {"team": "web"}

    def test_digest_finds_an_image_without_its_tag(self, registry: FakeRegistry) -> None:
        pushed = registry.push_image("dev/web:1.0")
        found = registry.image(f"dev/web@{pushed.digest}")

        assert (found.manifest, found.tag, found.size) == (pushed.manifest, None, pushed.size)

    def test_tag_with_its_digest_finds_the_image(self, registry: FakeRegistry) -> None:
        pushed = registry.push_image("dev/web:1.0")
        assert registry.image(f"dev/web:1.0@{pushed.digest}") == pushed

    def test_artifact_is_found(self, registry: FakeRegistry) -> None:
        subject = registry.push_image("dev/web:1.0")
        sbom = registry.push_artifact("dev/web:sbom", artifact_type="a/b", subject=subject)

        assert registry.image("dev/web:sbom") == sbom

    def test_moved_tag_finds_the_new_image(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web:1.0", layers=[b"old"])
        new = registry.push_image("dev/web:1.0", layers=[b"new"])

        assert registry.image("dev/web:1.0") == new

    def test_children_that_are_gone_are_left_out(self) -> None:
        registry = registry_of(sparse_manifests=True)
        index = registry.push_index("dev/web:1.0")
        first, second = index.children
        registry.content.delete_manifest(WEB, first.digest)

        assert registry.image("dev/web:1.0").children == (second,)

    def test_config_and_layers_are_read_as_blobs(self, registry: FakeRegistry) -> None:
        image = registry.push_image("dev/web:1.0", layers=[b"first", b"second"], config=b"{}")
        assert image.config is not None

        layers = [registry.blob("dev/web", layer.digest) for layer in image.layers]
        assert layers == [b"first", b"second"]
        assert registry.blob("dev/web", image.config.digest) == b"{}"


class TestMissing:
    """The error is the registry's own, and names what there is."""

    def test_registry_without_repositories(self, registry: FakeRegistry) -> None:
        text = text_of(NameUnknown, lambda: registry.tags("dev/web"))
        assert text == "NAME_UNKNOWN: the registry has no repositories: repository=dev/web"

    def test_nearest_repositories_come_first(self, registry: FakeRegistry) -> None:
        for name in ("aa", "bb", "cc", "dd", "dev/api", "dev/web", "ee"):
            registry.push_image(f"{name}:1.0")
        expected = "the registry has the repositories dev/web, dev/api, aa, bb, cc and 2 more"

        assert expected in text_of(NameUnknown, lambda: registry.tags("dev/wep"))
        assert expected in text_of(NameUnknown, lambda: registry.image("dev/wep:1.0"))

    def test_nearest_tags_come_first(self, registry: FakeRegistry) -> None:
        for tag in ("1.0", "latest", "v1.1"):
            registry.push_image(f"dev/web:{tag}")
        text = text_of(ManifestUnknown, lambda: registry.image("dev/web:v1.0"))

        assert "the repository has the tags 1.0, v1.1, latest" in text

    def test_repository_without_tags(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web")
        text = text_of(ManifestUnknown, lambda: registry.image("dev/web:1.0"))

        assert "the repository has no tags" in text

    def test_tag_of_another_digest(self, registry: FakeRegistry) -> None:
        old = registry.push_image("dev/web:1.0", layers=[b"old"])
        new = registry.push_image("dev/web:1.0", layers=[b"new"])
        name = f"dev/web:1.0@{old.digest}"

        text = text_of(ManifestUnknown, lambda: registry.image(name))
        assert f"the tag has the digest {new.digest}" in text

    def test_absent_tag_with_a_digest(self, registry: FakeRegistry) -> None:
        digest = registry.push_image("dev/web:1.0").digest
        text = text_of(ManifestUnknown, lambda: registry.image(f"dev/web:2.0@{digest}"))

        assert "the repository has the tags 1.0" in text

    def test_digest_that_another_repository_has(self, registry: FakeRegistry) -> None:
        image = registry.push_image("dev/web", layers=[b"layer"])
        registry.push_image("dev/api")
        name = f"dev/api@{image.digest}"

        assert "there is one in dev/web" in text_of(ManifestUnknown, lambda: registry.image(name))

    def test_digest_that_no_repository_has(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web")
        text = text_of(ManifestUnknown, lambda: registry.image(f"dev/web@{ABSENT}"))

        assert "no repository has it" in text

    def test_digest_of_a_config_is_no_image(self, registry: FakeRegistry) -> None:
        image = registry.push_image("dev/web")
        assert image.config is not None
        name = f"dev/web@{image.config.digest}"

        assert "it is a blob" in text_of(ManifestUnknown, lambda: registry.image(name))

    def test_blob_that_another_repository_has(self, registry: FakeRegistry) -> None:
        layer = registry.push_image("dev/web", layers=[b"layer"]).layers[0].digest
        registry.push_image("dev/api")
        text = text_of(BlobUnknown, lambda: registry.blob("dev/api", layer))

        assert "there is one in dev/web" in text

    def test_manifest_is_no_blob(self, registry: FakeRegistry) -> None:
        digest = registry.push_image("dev/web").digest
        assert "it is a manifest" in text_of(BlobUnknown, lambda: registry.blob("dev/web", digest))

    def test_blob_of_a_missing_repository(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web")
        text = text_of(NameUnknown, lambda: registry.blob("dev/wep", ABSENT))

        assert "the registry has the repositories dev/web" in text


class TestContains:
    @pytest.mark.parametrize(
        "name",
        ["dev/web", "dev/web:1.0", "dev/web@{digest}", "dev/web:1.0@{digest}"],
    )
    def test_content_is_in_the_registry(self, registry: FakeRegistry, name: str) -> None:
        digest = registry.push_image("dev/web:1.0").digest
        assert name.format(digest=digest) in registry

    @pytest.mark.parametrize(
        "name",
        [
            "dev",
            "dev/web:1.1",
            "dev/we:1.0",
            f"dev/web@{ABSENT}",
            f"dev/web:1.0@{ABSENT}",
            "dev/web:1.1@{digest}",
        ],
    )
    def test_other_names_are_not(self, registry: FakeRegistry, name: str) -> None:
        digest = registry.push_image("dev/web:1.0").digest
        assert name.format(digest=digest) not in registry

    @pytest.mark.parametrize("name", ["dev/web", "dev/web:1.0", f"dev/web@{ABSENT}"])
    def test_name_with_the_host_is_refused(self, registry: FakeRegistry, name: str) -> None:
        registry.push_image("dev/web:1.0")
        with pytest.raises(ValueError, match=r"^name: expected one without the registry's host, found"):
            _ = f"fake.azurecr.io/{name}" in registry

    def test_repository_may_begin_with_a_host(self, registry: FakeRegistry) -> None:
        registry.push_image("other.azurecr.io/web:1.0")
        assert "other.azurecr.io/web:1.0" in registry
        assert "other.azurecr.io/web:2.0" not in registry


MALFORMED = [
    ("", NameInvalid),
    ("Dev", NameInvalid),
    ("fake.azurecr.io:443/dev:1", NameInvalid),
    ("dev:", TagInvalid),
    ("dev:-1", TagInvalid),
    ("dev@sha256:12", DigestInvalid),
    ("dev@", DigestInvalid),
    ("dev@1.0", DigestInvalid),
]


class TestArguments:
    @pytest.mark.parametrize(("name", "error"), MALFORMED)
    def test_malformed_name_is_refused(
        self,
        registry: FakeRegistry,
        name: str,
        error: type[Exception],
    ) -> None:
        with pytest.raises(error):
            _ = name in registry
        with pytest.raises(error):
            registry.image(name)

    def test_name_of_an_image_is_no_repository(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web:1.0")
        with pytest.raises(NameInvalid):
            registry.tags("dev/web:1.0")
        with pytest.raises(NameInvalid):
            registry.blob("dev/web:1.0", ABSENT)

    def test_name_of_a_repository_is_no_image(self, registry: FakeRegistry) -> None:
        registry.push_image("dev/web:1.0")
        with pytest.raises(ValueError, match="expected repository:tag or repository@digest"):
            registry.image("dev/web")

    def test_tag_is_no_digest_of_a_blob(self, registry: FakeRegistry) -> None:
        with pytest.raises(DigestInvalid):
            registry.blob("dev/web", "1.0")

    @pytest.mark.parametrize("name", [None, 5, b"dev", ("dev", "1.0"), str])
    def test_value_that_is_no_text_is_refused(self, registry: FakeRegistry, name: object) -> None:
        look_up: list[Callable[[object], object]] = [
            registry.__contains__,  # type: ignore[list-item]
            registry.image,  # type: ignore[list-item]
            registry.tags,  # type: ignore[list-item]
            registry.digests,  # type: ignore[list-item]
        ]
        for call in look_up:
            with pytest.raises(TypeError, match="expected str, found"):
                call(name)
