"""Methods that are those of `Permissions`, for an object that has an authority."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from fake_registry.auth.authority import Authority
from fake_registry.auth.permissions import Permissions

P = ParamSpec("P")
R = TypeVar("R")


class HasAuthority(Protocol):
    """An object with an authority."""

    _authority: Authority


def method_of_permissions(
    function: Callable[Concatenate[Permissions, P], R],
) -> Callable[Concatenate[HasAuthority, P], R]:
    """Return a method that calls `function` with the permissions of its object."""

    @wraps(function)
    def method(self: HasAuthority, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return function(self._authority.permissions, *args, **kwargs)

    return method
