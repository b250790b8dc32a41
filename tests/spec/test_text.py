"""Text for a terminal: what is escaped, and what stays."""

import unicodedata

import pytest

from fake_registry.spec.errors import Denied
from fake_registry.spec.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("a b\\c'é中🙂", "a b\\c'é中🙂"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("a\r\nb\tc\x00\x7f", "a\\r\\nb\\tc\\x00\\x7f"),
        ("\x9b31m\x85", "\\x9b31m\\x85"),
        ("\u202egnp\u2066\u200f\u2028\u2029", "\\u202egnp\\u2066\\u200f\\u2028\\u2029"),
        ("\udc80", "\\udc80"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_characters_that_do_more_than_show_themselves_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_every_control_and_format_character_is_escaped() -> None:
    controls = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp")]
    assert [one for one in controls if not printable(one).isascii() or one in printable(one)] == []


def test_error_of_a_registry_is_shown_escaped() -> None:
    error = Denied("no\x1b[2J\nforged line", name="a\u202eb")
    assert str(error) == "DENIED: no\\x1b[2J\\nforged line: name=a\\u202eb"
    assert error.reason == "no\x1b[2J\nforged line"
