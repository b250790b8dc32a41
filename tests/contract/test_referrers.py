"""distribution-spec v1.1.1, Listing Referrers (end-12)."""

import pytest

from fake_registry.core.registry import Registry
from fake_registry.spec import media_types
from fake_registry.spec.attributes import Page
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import RepositoryName
from tests.support.backends import Open
from tests.support.images import (
    ABSENT,
    HELLO,
    NOWHERE,
    OTHER,
    SBOM,
    SIGNATURE,
    V1,
    V2,
    V3,
    Built,
    artifact,
    has_manifest,
    image,
    index,
    pages_of,
    push,
)
from tests.support.memory import TO_THE_LETTER
from tests.support.products import cross

SUBJECT = image(b"subject")


def referrers(*, subject: Descriptor = SUBJECT.manifest.descriptor) -> list[Built]:
    """Return seven referrers of `subject`, by digest."""
    found = [
        *(image(bytes([number]), subject=subject, artifact_type=SBOM) for number in range(4)),
        *(image(bytes([number]), subject=subject, artifact_type=SIGNATURE) for number in range(2)),
        image(b"layer", subject=subject, config_type="application/vnd.example.config"),
    ]
    return sorted(found, key=lambda built: built.digest)


def descriptors(found: list[Built], artifact_type: str | None = None) -> list[Descriptor]:
    """Return the descriptors of those of `artifact_type`."""
    all_of_them = [built.manifest.descriptor for built in found]
    return [one for one in all_of_them if artifact_type in (None, one.artifact_type)]


@pytest.mark.parametrize("repository", [HELLO, NOWHERE], ids=["there", "nowhere"])
def test_list_is_empty_without_referrers(registry: Registry, repository: RepositoryName) -> None:
    """The registry MUST NOT return a 404; with no matching referrers an empty manifest list MUST be returned."""
    push(registry, HELLO, SUBJECT)

    for digest in (SUBJECT.digest, ABSENT):
        assert registry.list_referrers(repository, digest) == Page([])
        assert registry.list_referrers(repository, digest, artifact_type=SBOM) == Page([])


@pytest.mark.parametrize(
    ("built", "artifact_type"),
    [
        (image(subject=SUBJECT.manifest.descriptor, artifact_type=SBOM), SBOM),
        (image(subject=SUBJECT.manifest.descriptor), media_types.OCI_CONFIG),
        (image(subject=SUBJECT.manifest.descriptor, artifact_type=""), media_types.OCI_CONFIG),
        (index(subject=SUBJECT.manifest.descriptor, artifact_type=SBOM), SBOM),
        (index(subject=SUBJECT.manifest.descriptor), None),
        (index(subject=SUBJECT.manifest.descriptor, artifact_type=""), None),
        (artifact(subject=SUBJECT.manifest.descriptor), SBOM),
        (artifact(subject=SUBJECT.manifest.descriptor, media_type=media_types.OCI_ARTIFACT), SBOM),
    ],
    ids=["image", "by-config", "empty-type", "index", "untyped-index", "empty-typed-index", "oras", "oci-artifact"],
)
def test_descriptor_has_the_artifact_type(registry: Registry, built: Built, artifact_type: str | None) -> None:
    """The descriptors MUST include `artifactType`; missing in an image it MUST be the config's `mediaType`; missing in
    an index it MUST be omitted."""
    push(registry, HELLO, SUBJECT, built)

    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page(
        [
            Descriptor(
                media_type=built.manifest.media_type,
                digest=built.digest,
                size=len(built.manifest.content),
                artifact_type=artifact_type,
            )
        ]
    )


def test_descriptor_has_the_annotations(registry: Registry) -> None:
    """The descriptors MUST include annotations from the image manifest or index."""
    annotations = {"org.opencontainers.image.created": "2022-01-01T14:42:55Z", "": "", "org.example.key": "välue ☃"}
    for built in (
        image(subject=SUBJECT.manifest.descriptor, annotations=annotations),
        index(subject=SUBJECT.manifest.descriptor, annotations=annotations),
    ):
        push(registry, HELLO, built)

    assert [dict(found.annotations) for found in registry.list_referrers(HELLO, SUBJECT.digest).items] == [
        annotations
    ] * 2


def test_referrers_of_an_absent_subject_are_listed(registry: Registry) -> None:
    """Enabling the Referrers API: registries MUST include all newly pushed image manifests with a valid `subject`."""
    found = referrers()
    push(registry, HELLO, *found)

    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page(descriptors(found))

    push(registry, HELLO, SUBJECT)
    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page(descriptors(found))


def test_subject_is_matched_by_the_text_of_its_digest(registry: Registry) -> None:
    """Each descriptor has a `subject` field that specifies the value of the digest: as text, not as content."""
    by_sha512 = image(b"subject", algorithm="sha512").manifest.descriptor
    found = image(subject=by_sha512)
    push(registry, HELLO, SUBJECT, found)

    assert registry.list_referrers(HELLO, by_sha512.digest) == Page([found.manifest.descriptor])
    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page([])


def test_referrers_in_other_repositories_are_not_listed(registry: Registry) -> None:
    """Each descriptor is of an image manifest or index in the same `<name>` namespace."""
    push(registry, HELLO, SUBJECT)
    push(registry, OTHER, *referrers())
    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page([])


@pytest.mark.parametrize("artifact_type", [SBOM, SIGNATURE, "application/vnd.example.config", "nobody/has-it"])
def test_list_is_filtered_by_artifact_type(registry: Registry, artifact_type: str) -> None:
    """The registry SHOULD support filtering on `artifactType`."""
    found = referrers()
    push(registry, HELLO, SUBJECT, *found)

    assert registry.list_referrers(HELLO, SUBJECT.digest, artifact_type=artifact_type) == Page(
        descriptors(found, artifact_type)
    )


@cross({"size": [2, 1, 3, 4, 7, 8], "artifact_type": [None, SBOM]})
def test_pages_of_referrers_joined_are_the_whole_list(registry: Registry, size: int, artifact_type: str | None) -> None:
    """A `Link` header MUST be included when the descriptor list cannot be returned in a single manifest."""
    push(registry, HELLO, SUBJECT, *referrers())
    expected = descriptors(referrers(), artifact_type)
    pages = pages_of(
        lambda after: registry.list_referrers(
            HELLO, SUBJECT.digest, artifact_type=artifact_type, after=after, limit=size
        ),
        lambda found: found.digest,
    )

    assert [list(page.items) for page in pages] == [
        expected[place : place + size] for place in range(0, len(expected), size)
    ]


def test_referrer_can_be_a_subject(registry: Registry) -> None:
    """Definitions, Subject: an association from one manifest to another; a signature of an SBOM of an image."""
    sbom = image(b"sbom", subject=SUBJECT.manifest.descriptor)
    signature = image(b"signature", subject=sbom.manifest.descriptor)
    push(registry, HELLO, SUBJECT, sbom, signature)

    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page([sbom.manifest.descriptor])
    assert registry.list_referrers(HELLO, sbom.digest) == Page([signature.manifest.descriptor])


def test_referrer_pushed_twice_or_tagged_is_listed_once(registry: Registry) -> None:
    """Pushing Manifests with Subject: duplicate entries SHOULD NOT be created."""
    sbom = image(b"sbom", subject=SUBJECT.manifest.descriptor)
    push(registry, HELLO, sbom, tags=[V1])
    push(registry, HELLO, sbom, tags=[V2])

    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page([sbom.manifest.descriptor])


def test_referrers_remain_after_their_subject_is_deleted(registry: Registry) -> None:
    """Deleting Manifests says nothing of referrers; a subject that is missing is allowed."""
    sbom = image(b"sbom", subject=SUBJECT.manifest.descriptor)
    push(registry, HELLO, SUBJECT, sbom)
    registry.delete_manifest(HELLO, SUBJECT.digest)

    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page([sbom.manifest.descriptor])


def test_referrers_can_be_deleted_with_their_subject(open_registry: Open) -> None:
    """ACR (acr-cli, image_functions.go), in its own time; tags and referrers of a referrer are deleted as well."""
    registry = open_registry(TO_THE_LETTER.evolve(referrers_go_with_subject=True))
    sbom = image(b"sbom", subject=SUBJECT.manifest.descriptor)
    signature = image(b"signature", subject=sbom.manifest.descriptor)
    other = image(b"another")
    push(registry, HELLO, SUBJECT, tags=[V1])
    push(registry, HELLO, sbom, signature, tags=[V2])
    push(registry, HELLO, other, tags=[V3])
    registry.delete_manifest(HELLO, SUBJECT.digest)

    assert registry.list_tags(HELLO) == Page([V3])
    assert [has_manifest(registry, HELLO, one.digest) for one in (SUBJECT, sbom, signature, other)] == [
        False,
        False,
        False,
        True,
    ]
    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page([])

    registry.delete_manifest(HELLO, other.digest)
    assert registry.list_repositories() == Page([])


def test_deleted_referrer_is_not_listed(registry: Registry) -> None:
    """Each descriptor is of an image manifest in the repository."""
    found = referrers()
    push(registry, HELLO, SUBJECT, *found)
    for built in found[::2]:
        registry.delete_manifest(HELLO, built.digest)

    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page(descriptors(found[1::2]))

    for built in found[1::2]:
        registry.delete_manifest(HELLO, built.digest)
    assert registry.list_referrers(HELLO, SUBJECT.digest) == Page([])
