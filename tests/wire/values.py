"""Values for tests of the wire: endpoints by name, Hypothesis strategies for documents."""

from hypothesis import strategies as st

from fake_registry.spec.attributes import (
    ChangeableAttributes,
    ManifestProperties,
    ManifestReference,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.endpoints import Endpoint, EndpointName, endpoint_of
from fake_registry.spec.manifest import Descriptor, Platform
from fake_registry.spec.names import Digest, RepositoryName, Tag


def endpoint_named(name: str | None) -> Endpoint | None:
    """Return the first endpoint with this name; None for None, which stands for an unknown path."""
    return None if name is None else endpoint_of(EndpointName(name))


repositories = st.sampled_from(["a", "library/alpine", "a-b/c_d/e.f"]).map(RepositoryName)
tags = st.from_regex(r"\A[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}\Z").map(Tag)
digests = st.binary(min_size=32, max_size=32).map(lambda content: Digest(f"sha256:{content.hex()}"))
sizes = st.integers(min_value=0, max_value=2**53)
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
platforms = st.builds(Platform, architecture=texts, os=texts)

times = st.integers(min_value=0, max_value=2**62 // 100).map(lambda hundreds: hundreds * 100)
"""Nanoseconds that the wire can say: whole units of 100."""

attributes = st.builds(
    ChangeableAttributes,
    delete_enabled=st.booleans(),
    write_enabled=st.booleans(),
    read_enabled=st.booleans(),
    list_enabled=st.booleans(),
)

descriptors = st.builds(
    Descriptor,
    media_type=texts,
    digest=digests,
    size=st.none() | sizes,
    artifact_type=st.none() | texts,
    annotations=st.dictionaries(texts, texts, max_size=3),
    platform=st.none() | platforms,
)

repository_properties = st.builds(
    RepositoryProperties,
    name=repositories,
    created=times,
    updated=times,
    manifest_count=sizes,
    tag_count=sizes,
    attributes=attributes,
)


def tag_properties(repository: RepositoryName) -> st.SearchStrategy[TagProperties]:
    """Tags of one repository."""
    return st.builds(
        TagProperties,
        repository=st.just(repository),
        tag=tags,
        digest=digests,
        created=times,
        updated=times,
        attributes=attributes,
    )


def manifest_properties(
    repository: RepositoryName, *, with_references: bool = False
) -> st.SearchStrategy[ManifestProperties]:
    """Manifests of one repository."""
    references = st.lists(
        st.builds(ManifestReference, digest=digests, platform=st.none() | platforms),
        max_size=3 if with_references else 0,
    )
    return st.builds(
        ManifestProperties,
        repository=st.just(repository),
        digest=digests,
        media_type=texts,
        size=sizes,
        created=times,
        updated=times,
        platform=st.none() | platforms,
        config_media_type=st.none() | texts,
        tags=st.lists(tags, max_size=3).map(tuple),
        attributes=attributes,
        references=references.map(tuple),
    )
