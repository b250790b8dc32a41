"""Tag list, catalogue and referrers: distribution-spec, Listing Tags and Listing Referrers; acr-behaviour 10 and 11."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.media_types import OCI_MANIFEST
from fake_registry.spec.names import Digest, RepositoryName, Tag
from fake_registry.wire.oci_json import (
    decode_catalog,
    decode_referrers,
    decode_tag_list,
    encode_catalog,
    encode_referrers,
    encode_tag_list,
)
from tests.wire import values

NAME = RepositoryName("library/alpine")
DIGEST = Digest("sha256:" + "ab" * 32)


@given(repository=values.repositories, tags=st.lists(values.tags).map(tuple), null_empty=st.booleans())
def test_a_tag_list_reads_back(*, repository: RepositoryName, tags: tuple[Tag, ...], null_empty: bool) -> None:
    assert decode_tag_list(encode_tag_list(repository, tags, null_empty=null_empty)) == (repository, tags)


@given(repositories=st.lists(values.repositories).map(tuple), null_empty=st.booleans())
def test_a_catalogue_reads_back(*, repositories: tuple[RepositoryName, ...], null_empty: bool) -> None:
    assert decode_catalog(encode_catalog(repositories, null_empty=null_empty)) == repositories


@given(st.lists(values.descriptors, max_size=4).map(tuple))
def test_referrers_read_back(descriptors: tuple[Descriptor, ...]) -> None:
    assert decode_referrers(encode_referrers(descriptors)) == descriptors


def test_lists_to_the_byte() -> None:
    assert encode_tag_list(NAME, [Tag("v1"), Tag("v2")], null_empty=True) == (
        b'{"name":"library/alpine","tags":["v1","v2"]}\n'
    )
    assert encode_catalog([NAME], null_empty=True) == b'{"repositories":["library/alpine"]}\n'


@pytest.mark.parametrize(("null_empty", "empty"), [(True, b"null"), (False, b"[]")])
def test_empty_lists_are_null_or_empty(*, null_empty: bool, empty: bytes) -> None:
    assert encode_tag_list(NAME, (), null_empty=null_empty) == b'{"name":"library/alpine","tags":' + empty + b"}\n"
    assert encode_catalog((), null_empty=null_empty) == b'{"repositories":' + empty + b"}\n"


def test_referrers_to_the_byte() -> None:
    descriptor = Descriptor(
        media_type=OCI_MANIFEST, digest=DIGEST, size=7, artifact_type="application/x+y", annotations={"a": "b"}
    )
    assert encode_referrers([descriptor]) == (
        b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":['
        b'{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:' + b"ab" * 32 + b'","size":7,'
        b'"artifactType":"application/x+y","annotations":{"a":"b"}}]}\n'
    )


def test_no_referrers_are_an_empty_list() -> None:
    """Distribution-spec, Listing Referrers: MUST be an empty list, not null."""
    assert encode_referrers([]) == (
        b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}\n'
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "expected name, found none"),
        (b'{"name":"a"}', "expected tags, found none"),
        (b'{"name":"a","tags":{}}', "expected tags to be a list, found an object"),
        (b'{"name":"a","tags":[1]}', r"expected tags\[0\] to be a string, found an integer"),
        (b'{"name":"A","tags":[]}', "NAME_INVALID"),
        (b'{"name":"a","tags":["."]}', "TAG_INVALID"),
        (b"<html>", "expected JSON"),
    ],
)
def test_malformed_tag_list_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode_tag_list(content)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (b"{}", "expected mediaType, found none"),
        (b'{"mediaType":"m"}', "expected digest, found none"),
        (b'{"mediaType":"m","digest":"sha256:x"}', "DIGEST_INVALID"),
        (b'{"mediaType":"m","digest":"sha256:' + b"ab" * 32 + b'","size":-1}', "expected size to be at least 0"),
        (b'{"mediaType":"m","digest":"sha256:' + b"ab" * 32 + b'","annotations":{"a":1}}', "expected annotation a"),
        (b'{"mediaType":"m","digest":"sha256:' + b"ab" * 32 + b'","platform":{"os":"x"}}', "expected architecture"),
    ],
)
def test_malformed_descriptor_is_refused(entry: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode_referrers(b'{"manifests":[' + entry + b"]}")
