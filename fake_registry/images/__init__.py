"""Images described by symbolic names, digests filled in."""

from fake_registry.images.copy import import_image
from fake_registry.images.push import ImageRef, parse_image_name, push_artifact, push_image, push_index

__all__ = ["ImageRef", "import_image", "parse_image_name", "push_artifact", "push_image", "push_index"]
