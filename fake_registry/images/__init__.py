"""Images by name: pushing them and copying them between registries."""

from fake_registry.images.children import read_child
from fake_registry.images.copy import import_image
from fake_registry.images.push import push_artifact, push_image, push_index
from fake_registry.images.ref import ImageRef, image_ref, parse_image_name, refs_of_children

__all__ = [
    "ImageRef",
    "image_ref",
    "import_image",
    "parse_image_name",
    "push_artifact",
    "push_image",
    "push_index",
    "read_child",
    "refs_of_children",
]
