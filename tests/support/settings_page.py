"""docs/reference/settings.md: written by `python -m tests.support.settings_page`, checked by a test."""

import ast
import dataclasses
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import get_args

from fake_registry.settings import Profile, Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"
SOURCE = ROOT / "fake_registry" / "settings.py"

HEAD = """\
# Settings

The fields of `Settings`: for one test `@pytest.mark.acr(NAME=VALUE)`, for a folder the fixture
`acr_settings`, for the command `--setting NAME=VALUE`. The defaults are those of the profiles `acr`
and `oci`; where they differ, the setting is a quirk:
[the quirks alone](fidelity.md#quirks-settings-in-which-the-profiles-differ),
with the tests of each. [I] marks a behaviour of ACR that is inferred. Written by
`python -m tests.support.settings_page` from the docstrings of `fake_registry/settings.py`.

| setting | `acr` | `oci` | meaning and source |
|---|---|---|---|
"""


def settings_page() -> str:
    """Return the page. Raises KeyError for a setting without a docstring."""
    meanings = meanings_in(SOURCE.read_text(encoding="utf-8"))
    return HEAD + "".join(_line_of(field, meanings[field.name]) for field in dataclasses.fields(Settings))


def meanings_in(source: str) -> Mapping[str, str]:
    """Return the docstring of each attribute of the classes in `source`, by the attribute's name."""
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    found = {}
    for node in classes:
        for attribute, text in pairwise(node.body):
            match attribute, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(docstring))):
                    found[name] = " ".join(docstring.split())
    return found


def _line_of(field: "dataclasses.Field[object]", meaning: str) -> str:
    defaults = {profile: field.metadata.get(profile, field.default) for profile in get_args(Profile)}
    if field.name == "profile":
        defaults = {profile: profile for profile in defaults}
    columns = " | ".join(map(_default_text, defaults.values()))
    return f"| `{field.name}` | {columns} | {meaning} |\n"


def _default_text(value: object) -> str:
    return f"`{str(value) if isinstance(value, str) else repr(value).removeprefix('datetime.')}`"


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
