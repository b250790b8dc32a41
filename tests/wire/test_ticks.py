"""Times in .NET's ticks (acr-behaviour 4.2)."""

import pytest
from hypothesis import given

from fake_registry.wire.acr_time import decode_time, encode_time
from fake_registry.wire.ticks import decode_ticks, encode_ticks
from tests.wire import values


@given(values.times)
def test_ticks_read_back(ns: int) -> None:
    assert decode_ticks(encode_ticks(ns)) == ns


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("1970-01-01T00:00:00Z", 621_355_968_000_000_000),
        ("2026-01-13T17:34:21.1470601Z", 639_039_224_611_470_601),
        ("9999-12-31T23:59:59.9999999Z", 3_155_378_975_999_999_999),
    ],
)
def test_ticks_are_those_of_dotnet(text: str, ticks: int) -> None:
    """acr-behaviour 4.2; DateTime.MaxValue."""
    assert encode_ticks(decode_time(text)) == ticks
    assert encode_time(decode_ticks(ticks)) == text


def test_ticks_may_be_before_1970() -> None:
    assert decode_ticks(0) == -62_135_596_800 * 10**9
