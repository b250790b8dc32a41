"""Watches a module, to notice that other code puts a patch of ours back."""

from collections.abc import Callable
from types import ModuleType
from typing import Final

_ON_SET: Final = "__pytest_acr_on_set__"
"""The name in a watched module of the function that is called."""


class _WatchedModule(ModuleType):
    """A module that calls a function after each assignment to one of its names."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        on_set = vars(self).get(_ON_SET)
        if on_set is not None:
            on_set()


def watch(module: ModuleType, on_set: Callable[[], None]) -> None:
    """Call `on_set` after each assignment to a name in `module`, until `unwatch`."""
    if type(module) is ModuleType:  # a class of other code stays
        vars(module)[_ON_SET] = on_set
        object.__setattr__(module, "__class__", _WatchedModule)


def unwatch(module: ModuleType) -> None:
    """End `watch`; without effect on a module that is not watched."""
    if isinstance(module, _WatchedModule):
        del vars(module)[_ON_SET]
        object.__setattr__(module, "__class__", ModuleType)
