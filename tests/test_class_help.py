"""`help(Settings)` shows the fields with their types, defaults and descriptions."""

import dataclasses
import inspect
import pydoc
from typing import Any

from fake_registry import Settings
from fake_registry.class_help import show_fields


@show_fields
@dataclasses.dataclass(frozen=True)
class DocumentedOptions:
    """Options.

    They are examples.
    """

    size: int = 3
    """The size
    in bytes."""
    name: str = dataclasses.field(default="", metadata={"acr": "a", "oci": "b"})
    note: str | None = None
    """A note."""

    def __new__(cls, **_values: object) -> "DocumentedOptions":
        return super().__new__(cls)


def help_of(kind: object) -> str:
    return pydoc.plain(pydoc.render_doc(kind))


def test_fields_are_listed_with_their_descriptions() -> None:
    assert DocumentedOptions.__doc__ == (
        "Options.\n\nThey are examples.\n\nFields:\n\n"
        "size: int, by default 3\n    The size\n    in bytes.\n\n"
        "name: str, 'a' in the profile acr, 'b' in the profile oci\n\n"
        "note: str | None, by default None\n    A note."
    )


def test_signature_is_that_of_the_fields() -> None:
    assert str(inspect.signature(DocumentedOptions)) == "(size: int = 3, name: str = '', note: str | None = None)"


def test_help_of_settings_has_each_field_with_its_description() -> None:
    text = help_of(Settings)
    lines = [line.removeprefix(" |  ") for line in text.splitlines()]

    for field in dataclasses.fields(Settings):
        [place] = [place for place, line in enumerate(lines) if line.startswith(f"{field.name}: ")]
        assert lines[place + 1].startswith("    ")
    signature = "profile: Literal['acr', 'oci'] = 'acr', name: str = 'fake'"
    assert signature in " ".join(line.strip() for line in lines)  # Python 3.13 has a line for each parameter
    assert "blob_redirect: bool, True in the profile acr, False in the profile oci" in lines


def test_class_without_a_source_keeps_its_docstring() -> None:
    names: dict[str, Any] = {"dataclasses": dataclasses, "__name__": "absent"}  # Any: of a program
    exec("@dataclasses.dataclass\nclass A:\n    '''Text.'''\n    size: int = 3\n    '''Bytes.'''", names)

    assert show_fields(names["A"]).__doc__ == "Text."
