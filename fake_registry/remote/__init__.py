"""The client of another registry: the Registry Protocol over HTTP, with requests."""

from fake_registry.client.bounds import (
    BoundExceeded,
    DeadlineExceeded,
    EncodingRefused,
    EndlessList,
    ResponseTooLarge,
)
from fake_registry.remote.registry import RemoteRegistry

__all__ = [
    "BoundExceeded",
    "DeadlineExceeded",
    "EncodingRefused",
    "EndlessList",
    "RemoteRegistry",
    "ResponseTooLarge",
]
