"""Where each manifest of a layout goes in a registry, and in which order.

Every file that is to be pushed is checked here. Nothing is pushed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fake_registry.images import parse_image_name
from fake_registry.layout.errors import LayoutError, RepositoryMissing
from fake_registry.layout.folder import REF_NAME, LayoutFolder, blobs_of, file_of
from fake_registry.spec import media_types
from fake_registry.spec.errors import DigestInvalid, RegistryError
from fake_registry.spec.graph import children_of, dependencies_of, walk
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag, parse_tag

CONTAINERD_NAME: Final = "io.containerd.image.name"
"""The annotation in which containerd and docker buildx put the full name with its host; `REF_NAME`
has the tag alone."""

MAX_NESTING: Final = 100
"""Indexes within indexes. Real ones nest once or twice; a loaded `ImageRef` nests as deep."""

_NAMES_REPOSITORY = re.compile(r"[/:@]")
_REPOSITORY_EXPECTED: Final = "a name with a repository in it, or `repository=` for those without"


@dataclass(frozen=True)
class Place:
    """Where an entry of a layout goes."""

    repository: RepositoryName
    tag: Tag | None = None


@dataclass(frozen=True)
class PlannedRepository:
    """The manifests and tags that one repository gets. It is filled while the plan is made."""

    name: RepositoryName
    manifests: dict[Digest, Manifest] = field(default_factory=dict)
    tags: dict[Tag, Digest] = field(default_factory=dict)
    depths: dict[Digest, int] = field(default_factory=dict)
    """How many manifests lie within each other, the manifest itself included."""

    def in_order(self) -> Iterator[Manifest]:
        """Yield children before their indexes, and subjects before their referrers."""
        roots = [manifest.descriptor for manifest in self.manifests.values()]
        return walk(roots, self._read_planned, links=dependencies_of)

    def plan(self, folder: LayoutFolder, entry: Descriptor) -> None:
        """Plan the manifest of an entry and all manifests below it."""

        def read_new(descriptor: Descriptor) -> Manifest | None:
            if descriptor.digest in self.manifests:
                return None
            if descriptor.digest != entry.digest and _is_blob(descriptor):
                return None
            return folder.read_manifest(descriptor)

        for manifest in walk([entry], read_new):
            self._add(folder, manifest)
            if self.depths[manifest.digest] > MAX_NESTING:
                expected = f"at most {MAX_NESTING} indexes within each other"
                raise LayoutError(file_of(entry.digest), expected, "more")
        self._check_reference(folder, entry)

    def blobs_of(self, manifest: Manifest) -> Iterator[Descriptor]:
        """Yield the blobs of a manifest: config, layers, and children of an index that are blobs."""
        yield from blobs_of(manifest)
        yield from (one for one in children_of(manifest) if one.digest not in self.manifests)

    def plan_tag(self, tag: Tag, digest: Digest, where: str) -> None:
        """Plan a tag. Raises LayoutError, with `where` as the file, if it has another manifest."""
        other = self.tags.setdefault(tag, digest)
        if other != digest:
            raise LayoutError(where, f"{self.name}:{tag} to be {other}", digest)

    def _add(self, folder: LayoutFolder, manifest: Manifest) -> None:
        """Check how a manifest refers to its children, which have been added; then add it."""
        children = [one for one in children_of(manifest) if one.digest in self.manifests]
        for child in children:
            self._check_reference(folder, child)
        for blob in self.blobs_of(manifest):
            if folder.holds(blob.digest) or not media_types.is_nondistributable(blob.media_type):
                folder.verify(blob)

        depths = [self.depths[child.digest] for child in children]
        self.manifests[manifest.digest] = manifest
        self.depths[manifest.digest] = 1 + max(depths, default=0)

    def _check_reference(self, folder: LayoutFolder, descriptor: Descriptor) -> None:
        """Refuse a descriptor of a planned manifest that has another size or type."""
        folder.verify(descriptor)
        expected = self.manifests[descriptor.digest].media_type
        if descriptor.media_type != expected:
            raise LayoutError(file_of(descriptor.digest), expected, descriptor.media_type)

    def _read_planned(self, descriptor: Descriptor) -> Manifest | None:
        return self.manifests.get(descriptor.digest)


class Plan:
    """The repositories that a layout is to be pushed to."""

    def __init__(self, folder: LayoutFolder, home: RepositoryName | None) -> None:
        """Plan every entry. One whose name has no repository goes to `home`. Raises LayoutError."""
        self.repositories: dict[RepositoryName, PlannedRepository] = {}
        self._folder = folder
        self._home = home
        self._places: list[list[Place]] = [[] for _ in folder.entries]

        nameless: dict[int, Manifest] = {}
        for number, entry in enumerate(folder.entries):
            place = _place_by_name(entry, _where(number), home)
            if place is not None:
                self._place(number, [place])
            elif entry.media_type in media_types.MANIFESTS:
                nameless[number] = folder.read_manifest(entry)
            else:
                folder.verify(entry)
        self._place_nameless(nameless)

    @property
    def entries(self) -> list[tuple[Place, Digest]]:
        """The place and the digest of each entry of `index.json`, in its order.

        An entry without a name may have several places.
        """
        pairs = zip(self._folder.entries, self._places, strict=True)
        return [(place, entry.digest) for entry, places in pairs for place in places]

    def _place(self, number: int, places: list[Place]) -> None:
        entry = self._folder.entries[number]
        self._places[number] = places

        for place in places:
            name = place.repository
            planned = self.repositories.setdefault(name, PlannedRepository(name))
            planned.plan(self._folder, entry)
            if place.tag is not None:
                planned.plan_tag(place.tag, entry.digest, _where(number))

    def _place_nameless(self, nameless: Mapping[int, Manifest]) -> None:
        # in rounds: the subject of a nameless referrer may itself be a nameless referrer
        while nameless:
            homes = {number: self._homes_of(manifest) for number, manifest in nameless.items()}
            if not any(homes.values()):
                homes = self._send_home(nameless)

            for number, names in homes.items():
                self._place(number, [Place(name) for name in names])
            nameless = {number: nameless[number] for number, names in homes.items() if not names}

    def _send_home(self, numbers: Iterable[int]) -> dict[int, list[RepositoryName]]:
        if self._home is None:
            raise RepositoryMissing(_where(min(numbers)), _REPOSITORY_EXPECTED, "no name")
        return {number: [self._home] for number in numbers}

    def _homes_of(self, manifest: Manifest) -> list[RepositoryName]:
        """Return the repositories for which the manifest, or its subject, is planned already."""
        subject = manifest.facts.subject
        digests = {manifest.digest} if subject is None else {manifest.digest, subject.digest}
        planned = self.repositories.values()
        return [one.name for one in planned if not digests.isdisjoint(one.manifests)]


def _is_blob(child: Descriptor) -> bool:
    """Return whether a child of an index is a blob, by its type: a layout has no other sign."""
    return child.media_type not in media_types.MANIFESTS


def _where(number: int) -> str:
    return f"index.json, manifests[{number}]"


def _place_by_name(entry: Descriptor, where: str, home: RepositoryName | None) -> Place | None:
    """Return where an entry goes by its name; None if it has no name."""
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
        expected = "repository:tag, repository@digest or a tag"
        raise LayoutError(where, expected, f"{name or full_name!r}") from error

    if name:
        raise RepositoryMissing(where, _REPOSITORY_EXPECTED, repr(name))
    return None


def _parse_place(name: str, digest: Digest) -> Place:
    name, at, stated = name.partition("@")
    if at and stated != digest:
        reason = "the digest in the name is not its descriptor's"
        raise DigestInvalid(reason, digest=stated, found=digest)
    return Place(*parse_image_name(name))


def _without_host(name: str) -> str:
    """Drop a first part that can only be a host: with a dot or a port, or localhost.

    Source: CNCF distribution, reference.
    """
    host, _, rest = name.partition("/")
    is_host = "." in host or ":" in host or host == "localhost"
    return rest if rest and is_host else name
