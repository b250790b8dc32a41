"""Names: distribution-spec v1.1.1, Pulling manifests; image-spec v1.1, Descriptors, Digests."""

import hashlib
from random import Random

import pytest
from hypothesis import event, find, given
from hypothesis import strategies as st

from fake_registry.spec.errors import DigestInvalid, NameInvalid, TagInvalid
from fake_registry.spec.names import (
    Digest,
    ImageName,
    RepositoryName,
    Tag,
    algorithm_of,
    digest_of,
    is_digest,
    parse_digest,
    parse_reference,
    parse_repository_name,
    parse_tag,
    split_image_name,
)
from pytest_acr import strategies as oci


@given(oci.repository_names())
def test_repository_name_is_equal_to_its_text(name: RepositoryName) -> None:
    assert parse_repository_name(name) == name


@given(oci.tags())
def test_tag_is_equal_to_its_text_and_not_a_digest(tag: Tag) -> None:
    assert parse_tag(tag) == parse_reference(tag) == tag
    assert not is_digest(tag)


@given(oci.digests())
def test_digest_is_equal_to_its_text_and_not_a_tag(digest: Digest) -> None:
    assert parse_digest(digest) == parse_reference(digest) == digest
    assert is_digest(digest)
    with pytest.raises(TagInvalid):
        parse_tag(digest)


@given(oci.broken_names())
def test_malformed_repository_name_raises_name_invalid(text: str) -> None:
    with pytest.raises(NameInvalid) as caught:
        parse_repository_name(text)
    assert caught.value.facts == {"name": text}


@given(oci.broken_tags())
def test_malformed_tag_raises_tag_invalid(text: str) -> None:
    with pytest.raises(TagInvalid) as caught:
        parse_tag(text)
    assert caught.value.facts == {"tag": text}


@given(oci.broken_digests())
def test_malformed_digest_raises_digest_invalid(text: str) -> None:
    with pytest.raises(DigestInvalid) as caught:
        parse_digest(text)
    assert caught.value.facts == {"digest": text}


@given(st.text() | oci.broken_tags() | oci.broken_digests())
def test_any_text_is_a_reference_or_an_invalid_tag_or_digest(text: str) -> None:
    refusal = DigestInvalid if ":" in text else TagInvalid
    try:
        found = parse_reference(text)
    except refusal:
        event("refused")
    else:
        assert found == text


@pytest.mark.parametrize("text", ["a", "0", "a/b/c", "a.b", "a_b", "a__b", "a-----b", "a/tags/list", "n" * 255])
def test_valid_repository_name_is_accepted(text: str) -> None:
    assert parse_repository_name(text) == text


@pytest.mark.parametrize(
    "text", ["", "A", "a___b", "a..b", "a.-b", "a/", "/a", "a//b", "a b", "a\n", "\u0430", "n" * 256]
)
def test_invalid_repository_name_is_refused(text: str) -> None:
    with pytest.raises(NameInvalid):
        parse_repository_name(text)


@pytest.mark.parametrize("text", ["a:1", "a@sha256:0", "localhost:5000/a"])
def test_more_than_a_repository_is_refused_with_what_to_leave_out(text: str) -> None:
    with pytest.raises(NameInvalid, match="slashes, without a host, a tag or a digest: name="):
        parse_repository_name(text)


@pytest.mark.parametrize("text", ["latest", "_", "V1", "1.0", "a-", "a..", "t" * 128])
def test_valid_tag_is_accepted(text: str) -> None:
    assert parse_tag(text) == text


@pytest.mark.parametrize("text", ["", ".", "-a", "a/b", "a:b", "a\n", "\u00e9", "t" * 129])
def test_invalid_tag_is_refused(text: str) -> None:
    with pytest.raises(TagInvalid):
        parse_tag(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("latest", "expected algorithm:encoded"),
        ("sha256:", "expected algorithm:encoded"),
        ("sha256:" + "a" * 63, "expected 64 lower-case hexadecimal digits"),
        ("sha256:" + "A" * 64, "expected 64 lower-case hexadecimal digits"),  # image-spec: [A-F] MUST NOT be used here
        ("sha512:" + "a" * 64, "expected 128 lower-case hexadecimal digits"),
        ("blake3:" + "a" * 64, "expected one of sha256, sha512"),
        ("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8", "expected one of sha256, sha512"),
    ],
)
def test_error_of_a_digest_has_the_expected_form(text: str, reason: str) -> None:
    with pytest.raises(DigestInvalid) as caught:
        parse_digest(text)
    assert caught.value.reason == reason


@given(oci.blobs().flatmap(lambda content: st.tuples(st.just(content), oci.chunkings(content))))
def test_chunks_do_not_change_the_digest(drawn: tuple[bytes, list[bytes]]) -> None:
    content, pieces = drawn
    assert digest_of(iter(pieces)) == digest_of(content) == f"sha256:{hashlib.sha256(content).hexdigest()}"


@given(oci.blobs(max_size=100), st.sampled_from(["sha256", "sha512"]))
def test_algorithm_of_a_digest(content: bytes, algorithm: str) -> None:
    digest = digest_of(content, algorithm)
    assert parse_digest(digest) == digest
    assert algorithm_of(digest) == algorithm
    assert digest == f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def test_digest_of_the_empty_object_is_the_documented_one() -> None:
    """image-spec v1.1, Guidance for an Empty Descriptor."""
    assert digest_of(b"{}") == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize("text", ["a" * 1_000_000, "a-" * 500_000 + "!", "sha256:" + "=" * 1_000_000])
def test_long_text_is_refused_in_linear_time(text: str) -> None:
    for parse, refusal in (
        (parse_repository_name, NameInvalid),
        (parse_digest, DigestInvalid),
        (parse_tag, TagInvalid),
    ):
        with pytest.raises(refusal):
            parse(text)


def test_strategies_shrink_to_something_small() -> None:
    assert find(oci.repository_names(), lambda name: "/" in name, random=Random(0)) in {"a/a", "0/0"}
    assert len(find(oci.tags(), lambda tag: len(tag) > 1, random=Random(0))) == 2
    assert find(oci.blobs(), lambda content: len(content) > 1_000, random=Random(0)) == bytes(1_001)


@given(name=oci.repository_names(), tag=st.none() | oci.tags(), digest=st.none() | oci.digests())
def test_image_name_is_split_into_its_parts(name: RepositoryName, tag: Tag | None, digest: Digest | None) -> None:
    expected = ImageName(name, tag, digest)
    assert split_image_name(str(expected)) == expected


@pytest.mark.parametrize("reference", ["", ":1.0", f"@{digest_of(b'')}", f":1.0@{digest_of(b'')}"])
def test_text_of_an_image_name_is_the_one_it_was_split_from(reference: str) -> None:
    assert str(split_image_name(f"dev/web{reference}")) == f"dev/web{reference}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", NameInvalid),
        ("Web", NameInvalid),
        ("localhost:5000/web", NameInvalid),
        ("web:1.0:2.0", NameInvalid),
        ("web:", TagInvalid),
        ("web:-", TagInvalid),
        ("web@", DigestInvalid),
        ("web@1.0", DigestInvalid),
        ("web:1.0@sha256:1", DigestInvalid),
        (":1.0", NameInvalid),
        ("@sha256:1", NameInvalid),
    ],
)
def test_malformed_image_name_is_refused(text: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        split_image_name(text)
