"""Images: pushed by name, and listed."""

from collections.abc import Sequence
from typing import Any

import msgspec
from werkzeug.exceptions import NotFound

from fake_registry.control.controlled import Controlled
from fake_registry.control.documents import ImageBody, ImageEntry, ImageList, LayerEntry
from fake_registry.control.registry import ControlledRegistry
from fake_registry.core.state import RepositoryState
from fake_registry.images import ImageRef
from fake_registry.inspection import ContentGraph, graph_of
from fake_registry.spec.errors import ManifestUnknown, NameUnknown


def push_image(controlled: Controlled, body: ImageBody) -> ImageEntry:
    """Push an image; all parts that are left out are made up."""
    options: dict[str, Any] = msgspec.structs.asdict(body)  # Any: of each option
    name = options.pop("name")
    given = {option: value for option, value in options.items() if value is not None}

    image = controlled.registry.push_image(name, **given)
    return _entry_of(image, [image.tag] if image.tag else [])


def list_images(controlled: Controlled) -> ImageList:
    """All images, indexes and artifacts, in the order of their repositories and digests."""
    registry = controlled.registry
    states = sorted(registry.content.snapshot().repositories, key=lambda state: state.name)
    return ImageList([entry for state in states for entry in _entries_of(registry, state)])


def get_graph(controlled: Controlled, name: str) -> ContentGraph:
    """A manifest with its children, config, layers, subject and referrers, as a graph."""
    try:
        return graph_of(controlled.registry.content, name)
    except (ManifestUnknown, NameUnknown) as error:
        raise NotFound(str(error)) from error


def _entries_of(registry: ControlledRegistry, state: RepositoryState) -> Sequence[ImageEntry]:
    entries = []
    for digest in sorted(state.manifests):
        try:
            image = registry.image(f"{state.name}@{digest}")
        except (ManifestUnknown, NameUnknown):
            continue  # deleted meanwhile
        tags = [str(tag) for tag, record in state.tags.items() if record.digest == digest]
        entries.append(_entry_of(image, sorted(tags)))
    return entries


def _entry_of(image: ImageRef, tags: Sequence[str]) -> ImageEntry:
    layers = [LayerEntry(layer.digest, layer.media_type, layer.size) for layer in image.layers]
    return ImageEntry(
        repository=image.repository,
        digest=image.digest,
        tags=list(tags),
        media_type=image.media_type,
        size=image.size,
        layers=layers,
    )
