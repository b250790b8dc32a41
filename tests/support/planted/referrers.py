"""Planted bugs in the list of referrers: its filter, order, duplicates and descriptors."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import CONFIG, LAYER, manifest_bytes, put_blob, put_manifest, send
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import INDEX, A, artifact, json_of, put_index, referrers_of

SUBJECT: Final = artifact(1)


def filter_by_the_type_of_a_config(registry: FakeRegistry) -> object:
    put_blob(registry, A, LAYER, CONFIG)
    subject = {"mediaType": INDEX, "digest": put_index(registry, SUBJECT), "size": 1}
    assert put_manifest(registry, A, "v1", manifest_bytes(LAYER, subject=subject)).status == 201
    return len(referrers_of(registry, SUBJECT, "?artifactType=application/vnd.oci.image.config.v1%2Bjson"))


def filter_by_a_type_that_begins_as_another(registry: FakeRegistry) -> object:
    for number, kind in enumerate(("a/b", "a/bc"), start=2):
        put_index(registry, artifact(number, subject=SUBJECT, kind=kind))
    return len(referrers_of(registry, SUBJECT, "?artifactType=a/b"))


def list_before_the_subject_is_pushed(registry: FakeRegistry) -> object:
    put_index(registry, artifact(2, subject=SUBJECT))
    return len(referrers_of(registry, SUBJECT))


def list_a_referrer_with_two_tags(registry: FakeRegistry) -> object:
    put_index(registry, artifact(2, subject=SUBJECT), "v1", "v2")
    return len(referrers_of(registry, SUBJECT))


def list_an_untagged_referrer(registry: FakeRegistry) -> object:
    put_index(registry, artifact(2, subject=SUBJECT))
    put_index(registry, artifact(3, subject=SUBJECT), "v1")
    return len(referrers_of(registry, SUBJECT))


def list_referrers_of_a_referrer(registry: FakeRegistry) -> object:
    first = artifact(2, subject=SUBJECT)
    second = artifact(3, subject=first)
    for content in (SUBJECT, first, second):
        put_index(registry, content)
    return len(referrers_of(registry, SUBJECT)), len(referrers_of(registry, first))


def read_descriptors(registry: FakeRegistry) -> object:
    """Return type, size and annotations of a referrer as the list has them."""
    content = artifact(2, subject=SUBJECT, kind="a/b")
    digest = put_index(registry, SUBJECT)
    put_index(registry, content)
    [found] = json_of(registry, f"/v2/{A}/referrers/{digest}")["manifests"]
    return found.get("artifactType"), found["size"] == len(content), found.get("annotations")


def push_a_referrer(registry: FakeRegistry) -> object:
    """Return the subject that a push confirms."""
    content = artifact(2, subject=SUBJECT)
    pushed = put_manifest(registry, A, "v1", content, INDEX)
    return dict(pushed.headers).get("OCI-Subject") == put_index(registry, SUBJECT)


def filter_without_matches(registry: FakeRegistry) -> object:
    digest = put_index(registry, SUBJECT)
    found = send(registry, "GET", f"/v2/{A}/referrers/{digest}?artifactType=a/b")
    return found.status, dict(found.headers).get("OCI-Filters-Applied"), found.json["manifests"]


def filter_beside_another_type(registry: FakeRegistry) -> object:
    put_index(registry, artifact(2, subject=SUBJECT, kind="a/c"))
    return filter_without_matches(registry)


_LISTED: Final = "descriptors = (state.manifests[digest].manifest.descriptor for digest in digests)"

REFERRERS: Final = (
    PlantedBug(
        name="image-is-not-found-by-the-type-of-its-config",
        kind="referrers: filter",
        plant=edit(
            "spec.manifest:_facts_of",
            "artifact_type = artifact_type or config.media_type",
            "pass",
        ),
        witness=filter_by_the_type_of_a_config,
        right=1,
    ),
    PlantedBug(
        name="filter-of-referrers-accepts-longer-types",
        kind="referrers: filter",
        plant=edit(
            "core.content:list_referrers",
            "descriptor.artifact_type == artifact_type",
            '(descriptor.artifact_type or "").startswith(artifact_type)',
        ),
        witness=filter_by_a_type_that_begins_as_another,
        right=1,
    ),
    PlantedBug(
        name="filter-without-matches-lists-all-referrers",
        kind="referrers: filter",
        plant=edit(
            "core.content:list_referrers",
            "page, more = take(descriptors, limit, is_listed)",
            """
page, more = take(descriptors, limit, is_listed)
if not page and limit is None:
    page = [state.manifests[digest].manifest.descriptor for digest in index.walk()]
""",
        ),
        witness=filter_beside_another_type,
        right=(200, "artifactType", []),
    ),
    PlantedBug(
        name="empty-list-of-referrers-does-not-name-its-filter",
        kind="referrers: filter",
        plant=edit("http.listings:list_referrers", "if filtered:", "if filtered and page.items:"),
        witness=filter_without_matches,
        right=(200, "artifactType", []),
    ),
    PlantedBug(
        name="referrers-of-an-absent-subject-are-not-listed",
        kind="referrers: order",
        plant=edit(
            "core.content:list_referrers",
            "state.referrers.get(subject, Index())",
            "state.referrers.get(subject, Index()) if subject in state.manifests else Index()",
        ),
        witness=list_before_the_subject_is_pushed,
        right=1,
    ),
    PlantedBug(
        name="referrer-is-listed-once-for-each-tag",
        kind="referrers: duplicates",
        plant=edit(
            "core.content:list_referrers",
            _LISTED,
            """
descriptors = (
    state.manifests[digest].manifest.descriptor
    for digest in digests
    for _ in tags_of(state, digest) or (None,)
)
""",
        ),
        witness=list_a_referrer_with_two_tags,
        right=1,
    ),
    PlantedBug(
        name="untagged-referrer-is-not-listed",
        kind="referrers: order",
        plant=edit(
            "core.content:list_referrers",
            _LISTED,
            f"{_LISTED[:-1]} if digest in state.tags_of)",
        ),
        witness=list_an_untagged_referrer,
        right=2,
    ),
    PlantedBug(
        name="referrer-has-no-annotations-beside-its-type",
        kind="referrers: descriptors",
        plant=edit(
            "wire.oci_json:_descriptor_document",
            "if descriptor.annotations:",
            "elif descriptor.annotations:",
        ),
        witness=read_descriptors,
        right=("a/b", True, {"number": "2"}),
    ),
    PlantedBug(
        name="index-is-nobodys-referrer",
        kind="referrers: descriptors",
        plant=edit(
            "spec.manifest:_facts_of",
            'subject=None if subject is None else _descriptor(subject, "subject")',
            'subject=_descriptor(subject, "subject") if subject and media_type in media_types.IMAGES else None',
        ),
        witness=push_a_referrer,
        right=True,
    ),
    PlantedBug(
        name="referrers-of-a-referrer-are-listed-for-its-subject",
        kind="referrers: order",
        plant=edit(
            "core.content:list_referrers",
            _LISTED,
            """
descriptors = (
    state.manifests[one].manifest.descriptor
    for digest in digests
    for one in (digest, *_referrers_of(state, digest))
)
""",
        ),
        witness=list_referrers_of_a_referrer,
        right=(1, 1),
    ),
)
