"""The `/acr/v1` documents, to the byte and back (acr-behaviour 4.3, 4.4, 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.attributes import (
    AttributeChanges,
    ChangeableAttributes,
    DeletedRepository,
    ManifestProperties,
    ManifestReference,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.errors import AttributesInvalid
from fake_registry.spec.manifest import Platform
from fake_registry.spec.media_types import DOCKER_CONFIG, DOCKER_MANIFEST, OCI_INDEX
from fake_registry.spec.names import Digest, RepositoryName, Tag
from fake_registry.wire.acr_changes import parse_attribute_changes, parse_manifest_changes
from fake_registry.wire.acr_json import (
    encode_deleted,
    encode_manifest,
    encode_manifests,
    encode_repository,
    encode_tag,
    encode_tags,
)
from tests.support.acr_answers import (
    decode_deleted,
    decode_manifest,
    decode_manifests,
    decode_repository,
    decode_tag,
    decode_tags,
    encode_attribute_changes,
)
from tests.wire import values

H = "fake.azurecr.io"
NAME = RepositoryName("library/alpine")
HEX = "ab" * 32
DIGEST = Digest(f"sha256:{HEX}")
CREATED = 1_723_078_798_711_207_600
UPDATED = 1_723_078_799_000_000_000
UNLOCKED = ChangeableAttributes()
TIMES = '"createdTime":"2024-08-08T00:59:58.7112076Z","lastUpdateTime":"2024-08-08T00:59:59Z"'
ATTRIBUTES = '"changeableAttributes":{"deleteEnabled":true,"writeEnabled":true,"readEnabled":true,"listEnabled":true}'

TAG = TagProperties(
    repository=NAME, tag=Tag("latest"), digest=DIGEST, created=CREATED, updated=UPDATED, attributes=UNLOCKED
)
TAG_TEXT = f'{{"name":"latest","digest":"{DIGEST}",{TIMES},"signed":false,{ATTRIBUTES}}}'

IMAGE = ManifestProperties(
    repository=NAME,
    digest=DIGEST,
    media_type=DOCKER_MANIFEST,
    size=4452,
    created=CREATED,
    updated=UPDATED,
    platform=Platform(architecture="amd64", os="linux"),
    config_media_type=DOCKER_CONFIG,
    tags=(Tag("latest"),),
    attributes=UNLOCKED,
)
IMAGE_TEXT = (
    f'{{"digest":"{DIGEST}","imageSize":4452,{TIMES},"architecture":"amd64","os":"linux",'
    f'"mediaType":"{DOCKER_MANIFEST}","configMediaType":"{DOCKER_CONFIG}","tags":["latest"],{ATTRIBUTES}}}'
)

INDEX = ManifestProperties(
    repository=NAME,
    digest=DIGEST,
    media_type=OCI_INDEX,
    size=9,
    created=CREATED,
    updated=UPDATED,
    platform=None,
    config_media_type=None,
    tags=(),
    attributes=UNLOCKED,
    references=(
        ManifestReference(digest=DIGEST, platform=Platform(architecture="arm64", os="linux")),
        ManifestReference(digest=DIGEST, platform=None),
    ),
)
INDEX_TEXT = f'{{"digest":"{DIGEST}","imageSize":9,{TIMES},"mediaType":"{OCI_INDEX}",{ATTRIBUTES}'


def in_repository(rest: str) -> bytes:
    return f'{{"registry":"{H}","imageName":"library/alpine",{rest}}}\n'.encode()


def test_repository_to_the_byte() -> None:
    properties = RepositoryProperties(
        name=NAME, created=CREATED, updated=UPDATED, manifest_count=2, tag_count=6, attributes=UNLOCKED
    )
    assert encode_repository(properties, registry=H) == in_repository(
        f'{TIMES},"manifestCount":2,"tagCount":6,{ATTRIBUTES}'
    )


def test_switches_are_written_each_under_its_own_key() -> None:
    properties = RepositoryProperties(
        name=NAME,
        created=CREATED,
        updated=UPDATED,
        manifest_count=0,
        tag_count=0,
        attributes=ChangeableAttributes(delete_enabled=False, read_enabled=False),
    )
    assert b'{"deleteEnabled":false,"writeEnabled":true,"readEnabled":false,"listEnabled":true}' in encode_repository(
        properties, registry=H
    )


def test_tags_to_the_byte() -> None:
    assert encode_tag(TAG, registry=H) == in_repository(f'"tag":{TAG_TEXT}')
    assert encode_tags(NAME, [TAG, TAG], registry=H, null_empty=True) == in_repository(
        f'"tags":[{TAG_TEXT},{TAG_TEXT}]'
    )


def test_manifests_to_the_byte() -> None:
    assert encode_manifest(IMAGE, registry=H) == in_repository(f'"manifest":{IMAGE_TEXT}')
    assert encode_manifests(NAME, [IMAGE], registry=H, null_empty=True) == in_repository(f'"manifests":[{IMAGE_TEXT}]')


def test_references_of_an_index_stand_at_the_end_and_only_alone() -> None:
    references = f'[{{"digest":"{DIGEST}","architecture":"arm64","os":"linux"}},{{"digest":"{DIGEST}"}}]'
    assert encode_manifest(INDEX, registry=H) == in_repository(f'"manifest":{INDEX_TEXT},"references":{references}}}')
    assert encode_manifests(NAME, [INDEX], registry=H, null_empty=True) == in_repository(
        f'"manifests":[{INDEX_TEXT}}}]'
    )


@pytest.mark.parametrize(("null_empty", "empty"), [(True, "null"), (False, "[]")])
def test_empty_lists_are_null_or_empty(*, null_empty: bool, empty: str) -> None:
    assert encode_tags(NAME, (), registry=H, null_empty=null_empty) == in_repository(f'"tags":{empty}')
    assert encode_manifests(NAME, (), registry=H, null_empty=null_empty) == in_repository(f'"manifests":{empty}')
    assert encode_deleted(DeletedRepository(manifests=(DIGEST,), tags=()), null_empty=null_empty) == (
        f'{{"manifestsDeleted":["{DIGEST}"],"tagsDeleted":{empty}}}\n'.encode()
    )


def test_deleted_repository_is_as_long_as_recorded() -> None:
    deleted = DeletedRepository(
        manifests=tuple(Digest(f"sha256:{number:064x}") for number in range(17)), tags=(Tag("latest"),)
    )
    assert len(encode_deleted(deleted, null_empty=True)) == 1306


def test_page_with_a_scanners_report_is_as_long_as_recorded() -> None:
    """Azure SDK for Go, NewListManifestsPager of January 2024, the second page of one: 895 bytes."""
    hexadecimal = "07741c8db92c11e0173e3c1f19d0abe22df3caa555b4b0f29d6eb5062be46427"
    report = (
        '{"state":"Scan Passed","link":"https://aka.ms/test","scanner":"Azure Security Monitoring-Qualys Scanner",'
        '"result":{"version":"2024-01-23T13:57:45.3513403Z","summary":[{"severity":"High","count":8},'
        '{"severity":"Medium","count":1},{"severity":"Low","count":0}]}}'
    )
    pushed = 1_706_076_985_129_454_500
    scanned = ManifestProperties(
        repository=RepositoryName("alpine"),
        digest=Digest(f"sha256:{hexadecimal}"),
        media_type=DOCKER_MANIFEST,
        size=2608085,
        created=pushed,
        updated=pushed,
        platform=Platform(architecture="s390x", os="linux"),
        config_media_type=DOCKER_CONFIG,
        tags=(),
        attributes=ChangeableAttributes(quarantine_state="Passed", quarantine_details=report),
    )

    page = encode_manifests(scanned.repository, [scanned], registry="azacrlivetest.azurecr.io", null_empty=True)

    assert b'"createdTime":"2024-01-24T06:16:25.1294545Z"' in page
    assert page.index(b'"listEnabled"') < page.index(b'"quarantineDetails"') < page.index(b'"quarantineState"')
    assert len(page) == 895


@given(values.repository_properties)
def test_a_repository_reads_back(properties: RepositoryProperties) -> None:
    assert decode_repository(encode_repository(properties, registry=H)) == properties


@given(tags=st.lists(values.tag_properties(NAME), max_size=3), null_empty=st.booleans())
def test_tags_read_back(*, tags: list[TagProperties], null_empty: bool) -> None:
    assert decode_tags(encode_tags(NAME, tags, registry=H, null_empty=null_empty)) == tuple(tags)


@given(values.tag_properties(NAME))
def test_a_tag_reads_back(properties: TagProperties) -> None:
    assert decode_tag(encode_tag(properties, registry=H)) == properties


@given(manifests=st.lists(values.manifest_properties(NAME), max_size=3), null_empty=st.booleans())
def test_manifests_read_back(*, manifests: list[ManifestProperties], null_empty: bool) -> None:
    assert decode_manifests(encode_manifests(NAME, manifests, registry=H, null_empty=null_empty)) == tuple(manifests)


@given(values.manifest_properties(NAME, with_references=True))
def test_a_manifest_reads_back(properties: ManifestProperties) -> None:
    assert decode_manifest(encode_manifest(properties, registry=H)) == properties


@given(
    manifests=st.lists(values.digests, max_size=3).map(tuple),
    tags=st.lists(values.tags, max_size=3).map(tuple),
    null_empty=st.booleans(),
)
def test_a_deleted_repository_reads_back(
    *, manifests: tuple[Digest, ...], tags: tuple[Tag, ...], null_empty: bool
) -> None:
    deleted = DeletedRepository(manifests=manifests, tags=tags)
    assert decode_deleted(encode_deleted(deleted, null_empty=null_empty)) == deleted


@given(
    st.builds(
        AttributeChanges,
        **{
            name: st.none() | (st.booleans() if name.endswith("enabled") else st.text(max_size=9))
            for name in vars(AttributeChanges())
        },
    )
)
def test_changes_read_back(changes: AttributeChanges) -> None:
    assert parse_manifest_changes(encode_attribute_changes(changes)) == changes


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (b"{}", AttributeChanges()),
        (b'{"writeEnabled":false}', AttributeChanges(write_enabled=False)),
        (b' {"readEnabled" : true, "listEnabled":false}\n', AttributeChanges(read_enabled=True, list_enabled=False)),
        (b'{"quarantineState":"Passed","deleteEnabled":true,"x":null}', AttributeChanges(delete_enabled=True)),
    ],
)
def test_patch_may_have_any_of_the_switches(body: bytes, changes: AttributeChanges) -> None:
    assert parse_attribute_changes(body) == changes


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "expected JSON"),
        (b"[]", "expected the document to be an object, found a list"),
        (b'{"writeEnabled":1}', "expected writeEnabled to be a boolean, found an integer"),
        (b'{"writeEnabled":"false"}', "expected writeEnabled to be a boolean, found a string"),
        (b'{"writeEnabled":null}', "expected writeEnabled to be a boolean, found null"),
        (b'{"writeEnabled":true,"writeEnabled":false}', "expected each key once"),
        (b"\xff", "expected UTF-8"),
    ],
)
def test_other_patches_are_refused(body: bytes, reason: str) -> None:
    with pytest.raises(AttributesInvalid) as caught:
        parse_attribute_changes(body)
    assert caught.value.reason.startswith(reason)
