"""An in-memory fake of Azure Container Registry and of the OCI distribution API. Public names, loaded when used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_registry.client.bounds import (
        BoundExceeded,
        DeadlineExceeded,
        EncodingRefused,
        EndlessList,
        ResponseTooLarge,
        RetryAfterTooLong,
    )
    from fake_registry.clock import Clock, ManualClock, SystemClock
    from fake_registry.entra import FakeEntra
    from fake_registry.fake import FakeRegistry
    from fake_registry.http.faults import (
        ActiveFault,
        AwkwardToken,
        BadChallenge,
        Corrupt,
        Disconnect,
        DuplicatePage,
        EmptyParameterLink,
        ExpireToken,
        Fault,
        FaultPlan,
        ForeignLink,
        LoopLink,
        LoseItems,
        NullList,
        Refuse,
        Reorder,
        Revoke,
        Truncate,
        WrongRel,
        WrongScope,
    )
    from fake_registry.images import ImageRef
    from fake_registry.inspection import (
        ChangedAttribute,
        MovedTag,
        RegistryDiff,
        RegistryTree,
        Snapshot,
    )
    from fake_registry.journal.exchange import Exchange
    from fake_registry.journal.exchanges import Exchanges
    from fake_registry.server import RegistryServer
    from fake_registry.settings import Settings
    from fake_registry.spec.errors import RegistryError
    from fake_registry.spec.manifest import Descriptor

_HOMES = {
    "ActiveFault": "http.faults",
    "AwkwardToken": "http.faults",
    "BadChallenge": "http.faults",
    "BoundExceeded": "client.bounds",
    "ChangedAttribute": "inspection",
    "Clock": "clock",
    "Corrupt": "http.faults",
    "DeadlineExceeded": "client.bounds",
    "Descriptor": "spec.manifest",
    "Disconnect": "http.faults",
    "DuplicatePage": "http.faults",
    "EmptyParameterLink": "http.faults",
    "EncodingRefused": "client.bounds",
    "EndlessList": "client.bounds",
    "Exchange": "journal.exchange",
    "Exchanges": "journal.exchanges",
    "ExpireToken": "http.faults",
    "FakeEntra": "entra",
    "FakeRegistry": "fake",
    "Fault": "http.faults",
    "FaultPlan": "http.faults",
    "ForeignLink": "http.faults",
    "ImageRef": "images",
    "LoopLink": "http.faults",
    "LoseItems": "http.faults",
    "ManualClock": "clock",
    "MovedTag": "inspection",
    "NullList": "http.faults",
    "Refuse": "http.faults",
    "RegistryDiff": "inspection",
    "RegistryError": "spec.errors",
    "RegistryServer": "server",
    "RegistryTree": "inspection",
    "Reorder": "http.faults",
    "ResponseTooLarge": "client.bounds",
    "RetryAfterTooLong": "client.bounds",
    "Revoke": "http.faults",
    "Settings": "settings",
    "Snapshot": "inspection",
    "SystemClock": "clock",
    "Truncate": "http.faults",
    "WrongRel": "http.faults",
    "WrongScope": "http.faults",
}

__all__ = [
    "ActiveFault",
    "AwkwardToken",
    "BadChallenge",
    "BoundExceeded",
    "ChangedAttribute",
    "Clock",
    "Corrupt",
    "DeadlineExceeded",
    "Descriptor",
    "Disconnect",
    "DuplicatePage",
    "EmptyParameterLink",
    "EncodingRefused",
    "EndlessList",
    "Exchange",
    "Exchanges",
    "ExpireToken",
    "FakeEntra",
    "FakeRegistry",
    "Fault",
    "FaultPlan",
    "ForeignLink",
    "ImageRef",
    "LoopLink",
    "LoseItems",
    "ManualClock",
    "MovedTag",
    "NullList",
    "Refuse",
    "RegistryDiff",
    "RegistryError",
    "RegistryServer",
    "RegistryTree",
    "Reorder",
    "ResponseTooLarge",
    "RetryAfterTooLong",
    "Revoke",
    "Settings",
    "Snapshot",
    "SystemClock",
    "Truncate",
    "WrongRel",
    "WrongScope",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
