"""Images by name: pushing them and copying them between registries."""

from fake_registry.images.children import read_child
from fake_registry.images.copy import import_image
from fake_registry.images.push import push_artifact, push_image, push_index
from fake_registry.images.ref import ImageRef, parse_image_name

__all__ = [
    "ImageRef",
    "import_image",
    "parse_image_name",
    "push_artifact",
    "push_image",
    "push_index",
    "read_child",
]
