"""Times on the wire (acr-behaviour 4.3)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.wire.acr_time import decode_time, encode_fixed, encode_time
from tests.wire import values

SECOND = 1_723_078_798 * 1_000_000_000


@given(values.times)
def test_a_time_reads_back(ns: int) -> None:
    assert decode_time(encode_time(ns)) == ns


@given(st.integers(min_value=0, max_value=2**62))
def test_time_is_truncated_to_units_of_100_ns(ns: int) -> None:
    assert decode_time(encode_time(ns)) == ns - ns % 100


@given(values.times.filter(lambda ns: ns % 1000 == 0))
def test_datetime_agrees_on_microseconds(ns: int) -> None:
    text = encode_time(ns)
    seconds, rest = divmod(ns, 1_000_000_000)
    expected = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
    assert datetime.fromisoformat(text) == expected


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        (711_207_600, "2024-08-08T00:59:58.7112076Z"),
        (927_259_000, "2024-08-08T00:59:58.927259Z"),
        (100, "2024-08-08T00:59:58.0000001Z"),
        (500_000_000, "2024-08-08T00:59:58.5Z"),
        (99, "2024-08-08T00:59:58Z"),
        (0, "2024-08-08T00:59:58Z"),
    ],
)
def test_up_to_seven_digits_without_trailing_zeros(rest: int, text: str) -> None:
    assert encode_time(SECOND + rest) == text


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        (500_000_000, "2024-08-08T00:59:58.5000000Z"),
        (199, "2024-08-08T00:59:58.0000001Z"),
        (0, "2024-08-08T00:59:58.0000000Z"),
    ],
)
def test_fixed_form_has_seven_digits(rest: int, text: str) -> None:
    """acr-behaviour 8.3: so Azure Storage writes the time of an error."""
    assert encode_fixed(SECOND + rest) == text


def test_nine_digits_are_read() -> None:
    assert decode_time("2024-08-08T00:59:58.123456789Z") == SECOND + 123_456_789


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-08-08",
        "2024-08-08T00:59:58",
        "2024-08-08T00:59:58+00:00",
        "2024-08-08T00:59:58.Z",
        "2024-08-08T00:59:58.1234567890Z",
        "2024-13-08T00:59:58Z",
        "2024-08-08T25:59:58Z",
        " 2024-08-08T00:59:58Z",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a time|must be in"):
        decode_time(text)
