"""The functions and variables that a network changes in this process."""

import os

from pytest_acr.interception.stdlib_patches import STDLIB_PATCHES


def patched_state() -> list[object]:
    """Return the present functions and variables, to compare them with those of another time."""
    return [*patched_functions(), dict(os.environ)]


def patched_functions() -> list[object]:
    """Return the present functions, and whether their classes inherit them."""
    return [
        (patch.name, patch.name in vars(patch.holder), getattr(patch.holder, patch.name)) for patch in STDLIB_PATCHES
    ]
