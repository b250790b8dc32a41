"""docs/reference/settings.md: each setting has a docstring, which is that of its own."""

from dataclasses import dataclass, fields

from fake_registry.class_help import descriptions_of
from fake_registry.settings import Settings


@dataclass
class PartlyDescribed:
    """Two of its fields have no docstring."""

    one: int = 1
    two: int = 2
    """Two
    lines."""
    three: int = 3


def test_every_setting_has_a_docstring() -> None:
    assert [field.name for field in fields(Settings) if not descriptions_of(Settings).get(field.name)] == []


def test_docstring_belongs_to_the_field_before_it() -> None:
    assert descriptions_of(PartlyDescribed) == {"two": "Two\nlines."}
