"""The errors of a client for an answer beyond its limits."""

from typing import assert_type

import pytest

from fake_registry import (
    BigManifest,
    BoundExceeded,
    DeadlineExceeded,
    EncodingRefused,
    EndlessList,
    FakeRegistry,
    Fault,
    ResponseTooLarge,
    RetryAfterTooLong,
)
from pytest_acr import connect

ERRORS: list[type[BoundExceeded]] = [
    DeadlineExceeded,
    EncodingRefused,
    EndlessList,
    ResponseTooLarge,
    RetryAfterTooLong,
]


def test_errors_have_one_base() -> None:
    assert [issubclass(error, BoundExceeded) for error in ERRORS] == [True] * len(ERRORS)


def test_large_manifest_is_refused() -> None:
    registry = FakeRegistry()
    registry.push_image("dev/web:1.0")
    registry.faults.add(Fault("manifest.get", BigManifest()))

    with connect(registry) as connection, pytest.raises(ResponseTooLarge) as caught:
        connection.content_client("dev/web").get_manifest("1.0")

    assert_type(caught.value, ResponseTooLarge)
