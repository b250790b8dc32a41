"""The name under which the imported image stands at its source."""

from fake_registry.spec.names import Tag
from tests.support.images import HELLO

MULTI = Tag("multi")
NAME = f"{HELLO}:{MULTI}"
