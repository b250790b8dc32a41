"""A pytest plugin that hands out real Azure clients of an in-memory registry. Public names, loaded when used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_acr.connection import Connection, Transport, connect
    from pytest_acr.credentials import AcrAioCredential, AcrCredential

_HOMES = {
    "AcrAioCredential": "credentials",
    "AcrCredential": "credentials",
    "Connection": "connection",
    "Transport": "connection",
    "connect": "connection",
}

__all__ = ["AcrAioCredential", "AcrCredential", "Connection", "Transport", "connect"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
