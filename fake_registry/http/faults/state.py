"""Effects on the content of a registry, or on what reads show of it."""

import math
from dataclasses import dataclass
from typing import ClassVar, Final

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.documents import LISTS, NoEffect, endpoints_with
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.manifest import Manifest, read_manifest
from fake_registry.spec.media_types import OCI_INDEX
from fake_registry.spec.names import Reference, RepositoryName, Tag, is_digest, parse_reference
from fake_registry.wire.json_text import encode_json

_NAMING_TAGS: Final = endpoints_with("/{reference}", "/{tag}")
"""The endpoints whose paths name a manifest by its tag."""

_NAMING_MANIFESTS: Final = (*_NAMING_TAGS, *endpoints_with("/_manifests/{digest}"))
"""The endpoints whose paths name a manifest, by tag or digest."""


@dataclass(frozen=True)
class Lag:
    """Reads show the content as it was `seconds` ago: new items are missing, deleted ones remain.

    It concerns changes by clients since the fault came into force, by the registry's clock. Others,
    such as `push_image` makes, show at once.
    """

    default_when: ClassVar[When] = "before"
    moments: ClassVar[tuple[When, ...]] = ("before",)
    endpoints: ClassVar[tuple[str, ...]] = (
        *LISTS,
        str(EndpointName.MANIFEST_GET),
        str(EndpointName.MANIFEST_HEAD),
        str(EndpointName.ACR_REPOSITORY_GET),
        str(EndpointName.ACR_TAG_GET),
        str(EndpointName.ACR_MANIFEST_GET),
    )

    seconds: float

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.seconds > 0:
            raise ValueError(f"expected seconds of more than 0, found {self.seconds}")

    @property
    def history_seconds(self) -> float:
        """For how long the content before each change is kept."""
        return self.seconds

    def on_request(self, scene: Scene) -> Call | Answer:
        answer = scene.past_answer()
        if answer is not None:
            return answer

        since = "" if self.seconds == math.inf else f" in the last {self.seconds:g} s"
        scene.note_no_effect(f"no client has changed what the call reads{since}")
        return scene.call


@dataclass(frozen=True)
class MoveTag:
    """Another push moves the tag of the call to `to`, a tag or digest of the repository.

    Without `to`, it pushes a small manifest of its own. A change of state: the tag stays there.
    `after` a HEAD it is what a client overwrites with its next PUT.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = _NAMING_TAGS
    changes_content: ClassVar[bool] = True

    to: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.to is not None and _reference_in(self.to) is None:
            raise ValueError(f"to: expected a tag or a digest, found {self.to!r}")

    def on_request(self, scene: Scene) -> Call:
        self._move(scene)
        return scene.call

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        self._move(scene)
        return answer

    def _move(self, scene: Scene) -> None:
        try:
            tag, repository = _tag_of(scene.call), scene.call.repository
            manifest = self._manifest_for(scene, tag)
            scene.registry.put_manifest(repository, manifest, tags=[tag])
        except NoEffect as reason:
            scene.note_no_effect(str(reason))
        except RegistryError as error:
            scene.note_no_effect(f"the registry refuses to move the tag: {error.code}")

    def _manifest_for(self, scene: Scene, tag: Tag) -> Manifest:
        repository = scene.call.repository
        present = _find_manifest(scene, repository, tag)
        if self.to is None:
            return _small_manifest(present)

        target = _find_manifest(scene, repository, parse_reference(self.to))
        if target is None:
            raise NoEffect(f"{repository} has no manifest {self.to}")
        if present is not None and present.digest == target.digest:
            raise NoEffect(f"{tag} is at {self.to} already")
        return target


@dataclass(frozen=True)
class VanishManifest:
    """The manifest that the call names is gone; lists still have its tags, which lead nowhere.

    A change of state: MANIFEST_UNKNOWN until it is pushed again.
    """

    default_when: ClassVar[When] = "before"
    endpoints: ClassVar[tuple[str, ...]] = _NAMING_MANIFESTS
    changes_content: ClassVar[bool] = True

    def on_request(self, scene: Scene) -> Call:
        self._remove(scene)
        return scene.call

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        self._remove(scene)
        return answer

    def _remove(self, scene: Scene) -> None:
        call = scene.call
        reference = call.reference or call.tag or call.digest
        try:
            scene.lose_manifest(reference)
        except RegistryError as error:
            scene.note_no_effect(f"{call.repository} has no manifest {reference}: {error.code}")


def _reference_in(text: str) -> Reference | None:
    try:
        return parse_reference(text)
    except RegistryError:
        return None


def _tag_of(call: Call) -> Tag:
    """Return the tag in a call's path. Raises NoEffect."""
    reference = call.tag or call.reference
    if is_digest(reference):
        raise NoEffect("the call names a digest, and no tag: see the fault's `reference`")
    return Tag(reference)


def _find_manifest(
    scene: Scene,
    repository: RepositoryName,
    reference: Reference,
) -> Manifest | None:
    try:
        return scene.registry.get_manifest(repository, reference)
    except RegistryError:
        return None


def _small_manifest(present: Manifest | None) -> Manifest:
    """Return an index without manifests, another one than `present`."""
    moved_from = {"moved-from": "" if present is None else present.digest}
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [],
        "annotations": moved_from,
    }
    return read_manifest(encode_json(document), OCI_INDEX)
