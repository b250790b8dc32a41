"""The graph of an image's manifests: an index refers to its children, a referrer to its subject.

A child is a manifest, or a blob: BuildKit pushes its cache as an index of layers and a config
(moby/buildkit#2251). The caller reads the manifests, and so knows which children are manifests.
Blobs are not visited.
"""

from collections.abc import Callable, Iterable, Iterator

from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest

Read = Callable[[Descriptor], Manifest | None]
"""Returns the manifest that a descriptor refers to.

None leaves it out, for example because it is a blob, and with it the manifests that only it leads
to.
"""

Links = Callable[[Manifest], Iterable[Descriptor]]
"""Returns the manifests to visit before a manifest."""


def children_of(manifest: Manifest) -> tuple[Descriptor, ...]:
    """Return the children of an index, manifests and blobs; nothing for any other manifest."""
    return manifest.facts.manifests


def dependencies_of(manifest: Manifest) -> tuple[Descriptor, ...]:
    """Return the manifests that a registry should have before it accepts this one.

    They are the children, of which some may be blobs, and the subject.
    """
    children, subject = manifest.facts.manifests, manifest.facts.subject
    return children if subject is None else (*children, subject)


def walk(
    roots: Iterable[Descriptor],
    read: Read,
    *,
    links: Links = children_of,
) -> Iterator[Manifest]:
    """Yield each manifest that `roots` lead to once, after the manifests that it links to.

    `read` is called once for each digest, when the walk first meets it. The depth of the graph is
    not limited. A cycle, possible only where `read` does not check digests, is cut at some place.
    """
    seen = set[Digest]()
    path: list[tuple[Manifest | None, Iterator[Descriptor]]] = [(None, iter(roots))]

    while path:
        parent, links_left = path[-1]
        descriptor = next((link for link in links_left if link.digest not in seen), None)

        if descriptor is None:
            path.pop()
            if parent is not None:
                yield parent
            continue

        seen.add(descriptor.digest)
        manifest = read(descriptor)
        if manifest is not None:
            path.append((manifest, iter(links(manifest))))
