"""Manifests: image-spec v1.1; CNCF distribution, Schema 2; whatever bytes come, a manifest or ManifestInvalid."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from fake_registry.spec import media_types
from fake_registry.spec.errors import ManifestInvalid
from fake_registry.spec.manifest import (
    Descriptor,
    Manifest,
    Platform,
    read_manifest,
    read_platform,
    size_of,
)
from fake_registry.spec.names import Digest, digest_of
from pytest_acr import strategies as oci
from pytest_acr.strategies import BrokenManifest, ImageGraph

MARK = "hush"
HASH = Digest("sha256:" + "0" * 64)
DESCRIPTOR = {"mediaType": "application/x", "digest": HASH, "size": 3}
LAYER = Descriptor(media_type="application/x", digest=HASH, size=3)
IMAGE = {"schemaVersion": 2, "config": DESCRIPTOR, "layers": [DESCRIPTOR]}

known_types = st.sampled_from(sorted(media_types.MANIFESTS))
any_type = known_types | st.just("application/vnd.example.unheard-of+json")
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
json_values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
MEMBERS = (
    *("schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "blobs", "subject", "annotations"),
    *("digest", "size", "platform", "architecture", "os", "data", "urls"),
)


def documents(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw JSON objects that have a manifest's keys, at the wrong places too."""
    names = st.sampled_from(MEMBERS)
    values = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
    )
    return st.dictionaries(names, values).map(lambda found: {"schemaVersion": 2} | found)


def read(document: object, media_type: str = media_types.OCI_MANIFEST) -> Manifest:
    return read_manifest(json.dumps(document).encode(), media_type)


def refusal_of(content: bytes, media_type: str) -> str:
    """Why `content` is refused, "" if it is a manifest. Any other exception fails the test that calls this."""
    try:
        read_manifest(content, media_type)
    except ManifestInvalid as error:
        return str(error)
    return ""


@given(oci.manifests())
def test_bytes_of_a_manifest_are_kept(drawn: tuple[bytes, str]) -> None:
    content, media_type = drawn
    manifest = read_manifest(content, media_type)
    assert (manifest.content, manifest.media_type, manifest.digest) == (content, media_type, digest_of(content))
    assert (manifest.descriptor.media_type, manifest.descriptor.size) == (media_type, len(content))


@given(oci.manifests())
def test_whitespace_changes_the_digest_and_nothing_else(drawn: tuple[bytes, str]) -> None:
    content, media_type = drawn
    one, other = read_manifest(content, media_type), read_manifest(content + b" ", media_type)
    assert one.digest != other.digest
    assert one.facts == other.facts


@given(oci.manifests(), st.sampled_from(["sha256", "sha512"]))
def test_digest_is_computed_with_the_given_algorithm(drawn: tuple[bytes, str], algorithm: str) -> None:
    content, media_type = drawn
    assert read_manifest(content, media_type, algorithm=algorithm).digest == digest_of(content, algorithm)


@given(oci.manifests())
def test_facts_are_the_members_of_the_document(drawn: tuple[bytes, str]) -> None:
    """The oracle is `json` alone: every descriptor is found, in order, with its digest, size and annotations."""
    content, media_type = drawn
    document, facts = json.loads(content), read_manifest(content, media_type).facts
    config = [document["config"]] if "config" in document else []
    layers = document.get("layers", document.get("blobs", []))
    subject = [document["subject"]] if "subject" in document else []
    entries = [*config, *layers, *document.get("manifests", []), *subject]
    found = [*([facts.config] if facts.config else []), *facts.layers, *facts.manifests]
    found += [facts.subject] if facts.subject else []
    assert [(one.media_type, one.digest, one.size, one.artifact_type) for one in found] == [
        (entry["mediaType"], entry["digest"], entry["size"], entry.get("artifactType")) for entry in entries
    ]
    assert [dict(one.annotations) for one in found] == [entry.get("annotations", {}) for entry in entries]
    assert [one.platform and one.platform.architecture for one in found] == [
        entry["platform"]["architecture"] if "platform" in entry else None for entry in entries
    ]
    assert facts.annotations == document.get("annotations", {})


@given(oci.descriptors())
def test_descriptor_is_read_back(descriptor: Descriptor) -> None:
    keys = {"media_type": "mediaType", "artifact_type": "artifactType"}
    entry = {keys.get(name, name): value for name, value in asdict(descriptor).items()}
    assert read(IMAGE | {"layers": [entry]}).facts.layers == (descriptor,)


@given(oci.broken_manifests())
def test_malformed_manifest_is_refused(broken: BrokenManifest) -> None:
    event(broken.flaw)
    with pytest.raises(ManifestInvalid) as caught:
        read_manifest(broken.content, broken.media_type)
    assert type(caught.value) is ManifestInvalid
    assert caught.value.reason


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()), any_type)
def test_any_bytes_are_a_manifest_or_refused(content: bytes, media_type: str) -> None:
    refusal = refusal_of(content, media_type)
    assert refusal or content.lstrip().startswith(b"{")


@given(documents(scalars), any_type)
def test_any_members_are_a_manifest_or_refused(document: dict[str, object], media_type: str) -> None:
    refusal = refusal_of(json.dumps(document).encode(), media_type)
    event(f"refused: {refusal != ''}")
    assert refusal or document.get("mediaType") in (None, media_type)


@given(oci.manifests(), st.data())
def test_any_change_of_a_manifest_is_a_manifest_or_refused(drawn: tuple[bytes, str], data: st.DataObject) -> None:
    content, media_type = drawn
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, min(start + 8, len(content))))
    piece = data.draw(st.sampled_from([b"", b'"', b"{", b"[", b"\\ud800", b"-", b"null"]) | st.binary(max_size=4))
    changed = content[:start] + piece + content[stop:]
    refusal = refusal_of(changed, media_type)
    event(f"refused: {refusal != ''}")
    assert refusal or json.loads(changed)


@given(oci.manifests(), known_types)
def test_media_type_must_match_the_content(drawn: tuple[bytes, str], other: str) -> None:
    """image-spec, Image Manifest and Image Index; they must not be confused (CVE-2021-41190)."""
    content, media_type = drawn
    confused = sum(known in media_types.IMAGES for known in (media_type, other)) == 1
    confused &= sum(known in media_types.INDEXES for known in (media_type, other)) == 1
    stated = json.loads(content).get("mediaType", other)
    event(f"confused: {confused}, stated another: {stated != other}")
    assert refusal_of(content, other) if confused or stated != other else refusal_of(content, media_type) == ""


@given(documents(st.just(MARK)), any_type)
def test_error_contains_only_keys_of_the_content(document: dict[str, object], media_type: str) -> None:
    document.pop("mediaType", None)  # has a test of its own
    assert MARK not in refusal_of(json.dumps(document).encode(), media_type)


@given(oci.broken_manifests())
def test_error_is_short(broken: BrokenManifest) -> None:
    with pytest.raises(ManifestInvalid) as caught:
        read_manifest(broken.content, broken.media_type)
    assert len(str(caught.value)) < 300


def test_refused_media_type_is_not_repeated() -> None:
    """A message holds none of the content: what `mediaType` says is content, of any length."""
    with pytest.raises(ManifestInvalid) as caught:
        read(IMAGE | {"mediaType": MARK})
    assert MARK not in str(caught.value)


def test_content_that_is_not_a_json_object_is_refused() -> None:
    with pytest.raises(ManifestInvalid, match="expected the document to be an object, found a list"):
        read_manifest(b"[]", media_types.OCI_MANIFEST)


@pytest.mark.parametrize("media_type", sorted(media_types.IMAGES))
def test_image_with_manifests_is_refused(media_type: str) -> None:
    """image-spec, Image Manifest and Image Index must not be confused (CVE-2021-41190)."""
    document = IMAGE | {"mediaType": media_type}
    assert read(document, media_type).facts.layers == (LAYER,)
    with pytest.raises(ManifestInvalid, match="expected no manifests"):
        read(document | {"manifests": []}, media_type)


@pytest.mark.parametrize("name", ["config", "layers"])
def test_index_with_config_or_layers_is_refused(name: str) -> None:
    document = {"schemaVersion": 2, "manifests": [DESCRIPTOR]}
    assert read(document, media_types.OCI_INDEX).facts.manifests == (LAYER,)
    with pytest.raises(ManifestInvalid, match=f"expected no {name}"):
        read(document | {name: IMAGE[name]}, media_types.OCI_INDEX)


def test_null_means_no_layers() -> None:
    """Go writes a nil slice so."""
    assert read(IMAGE | {"layers": None}).facts.layers == ()


def test_absent_size_is_accepted_and_an_invalid_one_refused() -> None:
    unsized = {"mediaType": "application/x", "digest": HASH, "sizeInBytes": 3}
    assert read(IMAGE | {"layers": [unsized]}).facts.layers[0].size is None
    for size in (-1, 1.5, "3", True):
        with pytest.raises(ManifestInvalid):
            read(IMAGE | {"layers": [unsized | {"size": size}]})


def test_size_of_stored_content_is_required() -> None:
    stored = Descriptor(media_type=media_types.OCTET_STREAM, digest=digest_of(b"four"), size=4)
    assert size_of(stored) == 4
    with pytest.raises(ValueError, match=r"^expected a size for sha256:[0-9a-f]{64}, found none$"):
        size_of(replace(stored, size=None))


def test_size_past_int64_is_refused() -> None:
    """image-spec, Descriptors: size is an int64; no Go program could read the manifest back."""
    assert read(IMAGE | {"layers": [DESCRIPTOR | {"size": 2**63 - 1}]}).facts.layers[0].size == 2**63 - 1
    with pytest.raises(ManifestInvalid):
        read(IMAGE | {"layers": [DESCRIPTOR | {"size": 2**63}]})


@pytest.mark.parametrize(
    ("members", "media_type", "artifact_type"),
    [
        ({}, media_types.OCI_MANIFEST, "application/x"),  # distribution-spec, Listing Referrers: the config's
        ({"artifactType": ""}, media_types.OCI_MANIFEST, "application/x"),
        ({"artifactType": "application/y"}, media_types.OCI_MANIFEST, "application/y"),
        ({}, media_types.OCI_INDEX, None),  # and an index has none but its own
        ({"artifactType": "application/y"}, media_types.OCI_INDEX, "application/y"),
    ],
)
def test_artifact_type_for_referrers(members: dict[str, str], media_type: str, artifact_type: str | None) -> None:
    document = IMAGE if media_type == media_types.OCI_MANIFEST else {"schemaVersion": 2, "manifests": []}
    assert read(document | members, media_type).descriptor.artifact_type == artifact_type


def test_nondistributable_layer_is_not_required() -> None:
    """image-spec, Non-Distributable Layers; CNCF distribution, foreign layers."""
    foreign = [
        DESCRIPTOR | {"mediaType": media_type}
        for media_type in (
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        )
    ]
    facts = read(IMAGE | {"layers": [DESCRIPTOR, *foreign]}).facts
    assert (len(facts.layers), facts.blobs) == (3, (LAYER, LAYER))


@pytest.mark.parametrize(
    ("config", "platform"),
    [
        (b'{"architecture":"arm64","os":"linux"}', Platform(architecture="arm64", os="linux")),
        (b'{"architecture":"arm64"}', None),
        (b'{"architecture":1,"os":"linux"}', None),
        (b"not JSON", None),
        (b"[" * 100_000, None),
    ],
)
def test_platform_is_read_from_the_config(config: bytes, platform: Platform | None) -> None:
    assert read_platform(config) == platform


@given(oci.image_graphs(blob_children=True))
def test_image_graph_is_pushable_in_order(graph: ImageGraph) -> None:
    """Whatever a manifest refers to came before it, with its true size."""
    sizes = {digest_of(blob): len(blob) for blob in graph.blobs}
    for manifest in graph.manifests:
        facts = manifest.facts
        for entry in (*facts.blobs, *facts.manifests, *([facts.subject] if facts.subject else [])):
            assert sizes[entry.digest] == entry.size
        sizes[digest_of(manifest.content)] = len(manifest.content)
    assert set(graph.tags.values()) <= {manifest.digest for manifest in graph.manifests}
    event(f"{len(graph.manifests)} manifests")
