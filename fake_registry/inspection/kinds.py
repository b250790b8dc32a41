"""The kind of a manifest in short words, such as "OCI image, 2 layers, 1.2 MB"."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from fake_registry.core.state import ManifestRecord
from fake_registry.inspection.words import counted, shortened, size_text
from fake_registry.spec import media_types
from fake_registry.spec.manifest import Descriptor, Manifest, Platform

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
    """Return what a manifest is, in one line."""
    manifest = record.manifest
    size = [size_text(record.size)] if record.size else []  # 0 for an artifact manifest
    return ", ".join([*_parts_of(manifest), *size])


def _parts_of(manifest: Manifest) -> list[str]:
    facts = manifest.facts
    name = _NAMES.get(manifest.media_type) or shortened(manifest.media_type)

    if manifest.media_type in media_types.INDEXES:
        return [f"{name} of {_children_text(facts.manifests)}"]
    if not _is_artifact(manifest):
        return [name, counted(len(facts.layers), "layer")]

    if manifest.media_type == media_types.OCI_MANIFEST:
        name = "OCI artifact"
    type_of_artifact = f" {shortened(facts.artifact_type)}" if facts.artifact_type else ""
    return [f"{name}{type_of_artifact}", counted(len(facts.layers), "blob")]


def _is_artifact(manifest: Manifest) -> bool:
    """Return whether a manifest that is no index has no config of an image."""
    config = manifest.facts.config
    return config is None or config.media_type not in media_types.IMAGE_CONFIGS


def _children_text(children: Sequence[Descriptor]) -> str:
    platforms = filter(None, [platform_text(child.platform) for child in children])
    shown = list(islice(platforms, _MOST_PLATFORMS))
    if not shown:
        return counted(len(children), "child", "children")

    left = len(children) - len(shown)
    more = f" and {left} more" if left else ""
    return f"{', '.join(shown)}{more}"


def platform_text(platform: Platform | None) -> str:
    """Return `os/architecture`, or an empty text."""
    return "" if platform is None else shortened(f"{platform.os}/{platform.architecture}")
