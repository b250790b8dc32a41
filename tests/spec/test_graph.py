"""`spec.graph`: one walk, which yields each manifest once and after the manifests that it links to."""

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec import media_types
from fake_registry.spec.graph import Links, children_of, dependencies_of, walk
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.names import Digest, digest_of

LEAVES = 3


def index(*children: Manifest, subject: Manifest | None = None, name: str = "") -> Manifest:
    """Return an index of `children`; its name makes it differ from other indexes of the same children."""
    document = {
        "schemaVersion": 2,
        "manifests": [describe(child) for child in children],
        "subject": subject and describe(subject),
        "annotations": {"name": name},
    }
    return read_manifest(json.dumps(document).encode(), media_types.OCI_INDEX)


def describe(manifest: Manifest) -> dict[str, object]:
    return {"mediaType": manifest.media_type, "digest": manifest.digest, "size": len(manifest.content)}


class Store:
    """Manifests by digest; remembers which were read."""

    def __init__(self, *manifests: Manifest) -> None:
        self.manifests = {manifest.digest: manifest for manifest in manifests}
        self.read_digests: list[Digest] = []

    def read(self, descriptor: Descriptor) -> Manifest | None:
        self.read_digests.append(descriptor.digest)
        return self.manifests.get(descriptor.digest)

    def walk(self, *roots: Manifest, links: Links = children_of) -> list[Manifest]:
        return list(walk([root.descriptor for root in roots], self.read, links=links))


A, B = index(name="a"), index(name="b")
PAIR = index(A, B)
WHOLE = index(PAIR, A)


def test_children_come_before_their_index_and_in_its_order() -> None:
    assert Store(A, B, PAIR, WHOLE).walk(WHOLE) == [A, B, PAIR, WHOLE]


def test_roots_come_in_their_order() -> None:
    assert Store(A, B, PAIR).walk(B, PAIR, A) == [B, A, PAIR]


def test_walk_without_roots_is_empty() -> None:
    assert Store(A).walk() == []


def test_each_manifest_is_read_once_and_before_its_children() -> None:
    store = Store(A, B, PAIR, WHOLE)
    store.walk(WHOLE, PAIR)
    assert store.read_digests == [WHOLE.digest, PAIR.digest, A.digest, B.digest]


def test_omitted_manifest_hides_only_manifests_without_another_path() -> None:
    other = index(A, name="other")
    assert Store(A, B, other, WHOLE).walk(WHOLE, other) == [A, WHOLE, other]


def test_error_of_reading_is_raised() -> None:
    def refuse(_: Descriptor) -> Manifest | None:
        raise KeyError

    with pytest.raises(KeyError):
        list(walk([A.descriptor], refuse))


def test_manifests_are_read_as_the_walk_proceeds() -> None:
    store = Store(A, B, PAIR)
    assert next(walk([PAIR.descriptor], store.read)) == A
    assert store.read_digests == [PAIR.digest, A.digest]


def test_read_gets_the_descriptor_that_led_to_the_manifest() -> None:
    found: list[Descriptor] = []

    def remember(descriptor: Descriptor) -> Manifest | None:
        found.append(descriptor)
        return PAIR if descriptor.digest == PAIR.digest else None

    root = replace(PAIR.descriptor, annotations={"name": "root"})
    assert list(walk([root], remember)) == [PAIR]
    assert found == [root, *PAIR.facts.manifests]


@pytest.mark.parametrize("links", [children_of, dependencies_of])
def test_subject_comes_before_its_referrer_if_links_include_it(links: Links) -> None:
    referrer = index(B, subject=A)
    expected: dict[Links, list[Manifest]] = {children_of: [B, referrer], dependencies_of: [B, A, referrer]}
    assert Store(A, B, referrer).walk(referrer, links=links) == expected[links]


def test_deep_graph_is_walked_without_recursion() -> None:
    chain = [A]
    for _ in range(5000):
        chain.append(index(chain[-1]))
    assert Store(*chain).walk(chain[-1]) == chain


def test_graph_with_very_many_paths_is_walked_once() -> None:
    """2^60 paths lead to A."""
    doubled = [A]
    for _ in range(60):
        doubled.append(index(doubled[-1], doubled[-1]))
    assert Store(*doubled).walk(doubled[-1]) == doubled


def test_cycle_ends() -> None:
    """Only a source that does not check digests can have one."""
    first = replace(index(A, PAIR), digest=digest_of(b"first"))
    second = replace(index(first), digest=digest_of(b"second"))
    first = replace(first, facts=replace(first.facts, manifests=(second.descriptor,)))
    assert Store(first, second).walk(first) == [second, first]


@st.composite
def graphs(draw: st.DrawFn) -> list[Manifest]:
    """Draw manifests, each with children and a subject among those before it."""
    drawn = [index(name=str(number)) for number in range(LEAVES)]
    for number in range(draw(st.integers(0, 8))):
        children = draw(st.lists(st.sampled_from(drawn), max_size=4))
        subject = draw(st.none() | st.sampled_from(drawn))
        drawn.append(index(*children, subject=subject, name=f"index {number}"))
    return drawn


def reachable(roots: Iterable[Manifest], manifests: dict[Digest, Manifest]) -> set[Digest]:
    """Return the reachable digests: a second, slower way, a step repeated until it adds none."""
    found = {root.digest for root in roots}
    while True:
        links = {link.digest for digest in found for link in dependencies_of(manifests[digest])}
        if links <= found:
            return found
        found |= links


@given(graph=graphs(), data=st.data())
def test_every_reachable_manifest_comes_once_and_after_its_dependencies(
    graph: list[Manifest], data: st.DataObject
) -> None:
    roots = data.draw(st.lists(st.sampled_from(graph)))
    store = Store(*graph)
    found = [manifest.digest for manifest in store.walk(*roots, links=dependencies_of)]

    assert len(found) == len(set(found))
    assert set(found) == reachable(roots, store.manifests)
    places = {digest: place for place, digest in enumerate(found)}
    assert all(places[link.digest] < places[d] for d in found for link in dependencies_of(store.manifests[d]))
