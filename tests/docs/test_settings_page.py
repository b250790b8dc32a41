"""docs/reference/settings.md has each setting with the docstring of today."""

import dataclasses

from fake_registry.settings import Settings
from tests.support.settings_page import PAGE, SOURCE, meanings_in, settings_page


def test_page_is_written_from_the_docstrings() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run python -m tests.support.settings_page"


def test_every_setting_has_a_docstring() -> None:
    meanings = meanings_in(SOURCE.read_text(encoding="utf-8"))
    assert [field.name for field in dataclasses.fields(Settings) if field.name not in meanings] == []


def test_docstring_belongs_to_the_attribute_before_it() -> None:
    source = 'class A:\n    one: int = 1\n    two: int = 2\n    """Two\n    lines."""\n    three: int\n'
    assert meanings_in(source) == {"two": "Two lines."}
