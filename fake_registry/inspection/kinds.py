"""The kind of a manifest in short words, such as "OCI image, 2 layers, 1.2 MB"."""

from collections.abc import Sequence
from typing import Final

from fake_registry.core.state import ManifestRecord
from fake_registry.spec import media_types
from fake_registry.spec.manifest import Descriptor, Manifest, Platform
from fake_registry.spec.words import count_text, first_names_text, short_text, size_text

_NAMES: Final = {
    media_types.OCI_MANIFEST: "OCI image",
    media_types.OCI_INDEX: "OCI index",
    media_types.OCI_ARTIFACT: "OCI artifact manifest",
    media_types.ORAS_ARTIFACT: "ORAS artifact manifest",
    media_types.DOCKER_MANIFEST: "Docker image",
    media_types.DOCKER_LIST: "Docker manifest list",
}

_MOST_PLATFORMS: Final = 6


def kind_text(record: ManifestRecord) -> str:
    """Return the kind of a manifest in one line."""
    parts = _parts_of(record.manifest)
    if record.size:  # 0 for an artifact manifest
        parts.append(size_text(record.size))
    return ", ".join(parts)


def _parts_of(manifest: Manifest) -> list[str]:
    facts = manifest.facts
    name = _NAMES.get(manifest.media_type) or short_text(manifest.media_type)

    if manifest.media_type in media_types.INDEXES:
        return [f"{name} of {_children_text(facts.manifests)}"]
    if not is_artifact(manifest):
        return [name, count_text(len(facts.layers), "layer")]

    if manifest.media_type == media_types.OCI_MANIFEST:
        name = "OCI artifact"
    type_of_artifact = short_text(facts.artifact_type or "")
    return [f"{name} {type_of_artifact}".rstrip(), count_text(len(facts.layers), "blob")]


def is_artifact(manifest: Manifest) -> bool:
    """Return whether a manifest lacks the config of an image. It is not an index."""
    config = manifest.facts.config
    return config is None or config.media_type not in media_types.IMAGE_CONFIGS


def _children_text(children: Sequence[Descriptor]) -> str:
    platforms = list(filter(None, [platform_text(child.platform) for child in children]))
    if not platforms:
        return count_text(len(children), "child", "children")
    return first_names_text(platforms, most=_MOST_PLATFORMS, total=len(children))


def platform_text(platform: Platform | None) -> str:
    """Return `os/architecture`, or an empty text."""
    return "" if platform is None else short_text(f"{platform.os}/{platform.architecture}")
