"""docs/reference/settings.md: the settings, from their docstrings."""

from collections.abc import Iterator
from dataclasses import Field, fields
from typing import Final, get_args

from fake_registry.class_help import descriptions_of
from fake_registry.settings import Profile, Settings
from tests.support.pages.markdown import code, table

_PROFILES: Final = get_args(Profile)

HEAD: Final = """\
# Settings

The fields of `Settings`: for one test `@pytest.mark.acr(NAME=VALUE)`, for a folder the fixture
`acr_settings`, for the command `--setting NAME=VALUE`. The defaults are those of the profiles `acr`
and `oci`; where they differ, the setting is a quirk:
[the quirks alone](fidelity.md#quirks-settings-in-which-the-profiles-differ), with the tests of each. [I] marks a
behaviour of ACR that is inferred. Written by `python -m tests.support.pages` from the docstrings of
`fake_registry/settings.py`.

"""


def settings_page() -> str:
    """Return the page. KeyError for a setting without a docstring."""
    return HEAD + table(("setting", *map(code, _PROFILES), "meaning and source"), _rows())


def _rows() -> Iterator[tuple[str, ...]]:
    meanings = descriptions_of(Settings)
    for field in fields(Settings):
        defaults = [code(_default_text(field, profile)) for profile in _PROFILES]
        yield code(field.name), *defaults, " ".join(meanings[field.name].split())


def _default_text(field: Field[object], profile: str) -> str:
    value = profile if field.name == "profile" else field.metadata.get(profile, field.default)
    return value if isinstance(value, str) else repr(value).removeprefix("datetime.")
