"""Methods that are functions of a `MemoryRegistry`, for an object that has one as its content."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from fake_registry.core.memory import MemoryRegistry

P = ParamSpec("P")
R = TypeVar("R")


class HasContent(Protocol):
    """An object whose content is a registry."""

    content: MemoryRegistry


def method_of_content(
    function: Callable[Concatenate[MemoryRegistry, P], R],
) -> Callable[Concatenate[HasContent, P], R]:
    """Return a method that calls `function` with the content of its object."""

    @wraps(function)
    def method(self: HasContent, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return function(self.content, *args, **kwargs)

    return method
