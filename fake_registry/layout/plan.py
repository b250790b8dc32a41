"""What of a layout goes where in a registry, and in which order. Checks every file it plans for; pushes nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Final

from fake_registry.images import parse_image_name
from fake_registry.layout.folder import REF_NAME, LayoutError, LayoutFolder, blobs_of, file_of
from fake_registry.spec import media_types
from fake_registry.spec.errors import DigestInvalid, RegistryError
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag, parse_tag

CONTAINERD_NAME: Final = "io.containerd.image.name"
"""containerd and docker buildx: the whole name, host and all; they put the tag alone into `REF_NAME`."""

MAX_NESTING: Final = 100
"""Indexes within indexes. Real ones nest once or twice."""

_NAMES_REPOSITORY = re.compile(r"[/:@]")
_NO_HOME: Final = "a name with a repository in it, or `repository=` for those without"


@dataclass(frozen=True)
class Place:
    """Where an entry of a layout goes."""

    repository: RepositoryName
    tag: Tag | None = None


@dataclass(frozen=True)
class PlannedRepository:
    """What one repository gets; it fills while the plan is made."""

    name: RepositoryName
    manifests: dict[Digest, Manifest] = field(default_factory=dict)
    tags: dict[Tag, Digest] = field(default_factory=dict)

    def in_order(self) -> Iterator[Manifest]:
        """Yield the manifests, children before their indexes and subjects before their referrers."""
        graph = {digest: [d for d in _needed_by(m) if d in self.manifests] for digest, m in self.manifests.items()}
        return (self.manifests[digest] for digest in TopologicalSorter(graph).static_order())

    def plan(self, folder: LayoutFolder, entry: Descriptor) -> None:
        """Plan a manifest and all below it."""
        level: Sequence[Descriptor] = (entry,)
        for _ in range(MAX_NESTING):
            level = [child for descriptor in level for child in self._plan_one(folder, descriptor)]
            if not level:
                return
        raise LayoutError(file_of(entry.digest), f"at most {MAX_NESTING} indexes within each other", "more")

    def _plan_one(self, folder: LayoutFolder, descriptor: Descriptor) -> Sequence[Descriptor]:
        """Plan one manifest; return its children, none if it was planned already."""
        folder.verify(descriptor)
        known = self.manifests.get(descriptor.digest)
        if known is not None:
            if known.media_type != descriptor.media_type:
                raise LayoutError(file_of(descriptor.digest), known.media_type, descriptor.media_type)
            return ()
        manifest = self.manifests[descriptor.digest] = folder.read_manifest(descriptor)
        for blob in blobs_of(manifest):
            if folder.holds(blob.digest) or not media_types.is_nondistributable(blob.media_type):
                folder.verify(blob)
        return manifest.facts.manifests


class Plan:
    """What of a layout is to be pushed."""

    def __init__(self, folder: LayoutFolder, home: RepositoryName | None) -> None:
        """Plan every entry, those whose name has no repository for `home`. LayoutError."""
        self.repositories: dict[RepositoryName, PlannedRepository] = {}
        self._folder = folder
        self._home = home
        self._places: list[list[Place]] = [[] for _ in folder.entries]
        nameless: dict[int, Manifest] = {}
        for number, entry in enumerate(folder.entries):
            place = _named_place(entry, _where(number), home)
            if place is not None:
                self._place(number, [place])
            elif entry.media_type in media_types.MANIFESTS:
                nameless[number] = folder.read_manifest(entry)
            else:
                folder.verify(entry)
        self._place_nameless(nameless)

    @property
    def entries(self) -> list[tuple[Place, Digest]]:
        """Where each entry of `index.json` goes, in its order, and what it is. A nameless one may go to many places."""
        pairs = zip(self._folder.entries, self._places, strict=True)
        return [(place, entry.digest) for entry, places in pairs for place in places]

    def _place(self, number: int, places: list[Place]) -> None:
        entry = self._folder.entries[number]
        self._places[number] = places
        for place in places:
            planned = self.repositories.setdefault(place.repository, PlannedRepository(place.repository))
            planned.plan(self._folder, entry)
            if place.tag is not None and planned.tags.setdefault(place.tag, entry.digest) != entry.digest:
                other = planned.tags[place.tag]
                raise LayoutError(_where(number), f"{place.repository}:{place.tag} to be {other}", entry.digest)

    def _place_nameless(self, nameless: Mapping[int, Manifest]) -> None:
        # round by round: a nameless referrer's subject may itself be a nameless referrer
        while nameless:
            homes = {number: self._homes_of(manifest) for number, manifest in nameless.items()}
            if not any(homes.values()):
                if self._home is None:
                    raise LayoutError(_where(min(nameless)), _NO_HOME, "no name")
                homes = {number: [self._home] for number in nameless}
            for number, found in homes.items():
                self._place(number, [Place(repository) for repository in found])
            nameless = {number: manifest for number, manifest in nameless.items() if not homes[number]}

    def _homes_of(self, manifest: Manifest) -> list[RepositoryName]:
        """Return the repositories that get the manifest anyhow, or its subject."""
        subject = manifest.facts.subject
        wanted = {manifest.digest} if subject is None else {manifest.digest, subject.digest}
        return [name for name, planned in self.repositories.items() if not wanted.isdisjoint(planned.manifests)]


def _needed_by(manifest: Manifest) -> list[Digest]:
    subject = manifest.facts.subject
    return [child.digest for child in manifest.facts.manifests] + ([] if subject is None else [subject.digest])


def _where(number: int) -> str:
    return f"index.json, manifests[{number}]"


def _named_place(entry: Descriptor, where: str, home: RepositoryName | None) -> Place | None:
    """Return where an entry goes by its name; None if it has none."""
    name = entry.annotations.get(REF_NAME)
    full_name = entry.annotations.get(CONTAINERD_NAME)
    try:
        if name and _NAMES_REPOSITORY.search(name):
            return _parse_place(name, entry.digest)
        if name and home is not None:
            return Place(home, parse_tag(name))
        if full_name:
            return _parse_place(_without_host(full_name), entry.digest)
    except (RegistryError, ValueError) as error:
        raise LayoutError(where, "repository:tag, repository@digest or a tag", f"{name or full_name!r}") from error
    if name:
        raise LayoutError(where, _NO_HOME, repr(name))
    return None


def _parse_place(name: str, digest: Digest) -> Place:
    name, at, stated = name.partition("@")
    if at and stated != digest:
        raise DigestInvalid("a name holds another digest than its descriptor", digest=stated, found=digest)
    return Place(*parse_image_name(name))


def _without_host(name: str) -> str:
    """Drop a first part that can only be a host: with a dot or a port, or localhost (CNCF distribution, reference)."""
    host, _, rest = name.partition("/")
    return rest if rest and ("." in host or ":" in host or host == "localhost") else name
