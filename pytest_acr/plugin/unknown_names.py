"""Names of the plugin with a slip: options, markers and fixtures that do not exist, with the nearest that do.

pytest itself lists all names, or none, and ignores unknown variables. A name that is like none of the
plugin's is left to pytest: it may be of the user's own conftest.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import pytest

from pytest_acr.plugin.markers import MARKERS
from pytest_acr.plugin.options import OPTIONS

FLAG_PREFIX: Final = "--acr-"
FLAG_START: Final = "--a"
"""Also the beginning of a slip, such as `--arc-transport`."""

_VARIABLE: Final = "PYTEST_ACR_"
_INI: Final = "acr_"
_NAME: Final = re.compile(r"--acr-|PYTEST_ACR_|(?:make_)?acr")
_JOINT: Final = re.compile(r"\w[_-]\w")
"""Names of several words. The letters of `acr` are also those of `car`."""


_OTHER_VARIABLES: Final = ("PYTEST_ACR_LIVE_USERNAME", "PYTEST_ACR_LIVE_PASSWORD")

_UNKNOWN_MARKER: Final = re.compile(r"(?:Unknown pytest\.mark\.|')(\w+)(?: - |' not found in `markers`)")
"""What pytest reports with --strict-markers, and where warnings are errors."""

_AVAILABLE: Final = "available fixtures:"
"""Stands in front of the names in pytest's report of an unknown fixture."""


def check_flags(unknown: Sequence[str]) -> None:
    """UsageError for an argument that no plugin and no conftest knows, if it is meant for us."""
    known = [option.flag for option in OPTIONS]
    for argument in unknown:
        name = argument.partition("=")[0]
        if name.startswith(FLAG_PREFIX) or _nearest(name, known):
            raise pytest.UsageError(_text_of("option", name, known))


def check_sources(unknown_ini_names: Iterable[str], variables: Iterable[str]) -> None:
    """UsageError for an ini option or a variable whose name begins as ours do and is a slip."""
    known = {option.ini for option in OPTIONS}
    for name in sorted(unknown_ini_names):
        if name.startswith(_INI) and _similar(name, known):
            raise pytest.UsageError(_text_of("ini option", name, known))

    known = {option.variable for option in OPTIONS} | {*_OTHER_VARIABLES}
    for name in sorted(variables):
        if name.startswith(_VARIABLE) and name not in known and _similar(name, known):
            raise pytest.UsageError(_text_of("variable", name, known))


def check_markers(items: Iterable[pytest.Item], registered: Iterable[str]) -> None:
    """UsageError for a marker that is not registered, if it is a slip of one of ours."""
    __tracebackhide__ = True
    ours = [marker.name for marker in MARKERS]
    known = {text.partition(":")[0].partition("(")[0].strip() for text in registered}
    for item in items:
        for mark in item.iter_markers():
            if mark.name in known:
                continue

            known.add(mark.name)  # each name is compared once
            if _nearest(mark.name, ours):
                raise pytest.UsageError(f"{item.nodeid}: {_text_of('marker', mark.name, ours)}")


def explain_marker(report: pytest.CollectReport) -> None:
    """Add the nearest markers to the report of a module with an unknown one, under --strict-markers."""
    found = _UNKNOWN_MARKER.search(report.longreprtext) if report.failed else None
    ours = [marker.name for marker in MARKERS]
    if found and _nearest(found[1], ours):
        report.sections.append(("acr marker", _text_of("marker", found[1], ours)))


def explain_fixture(report: pytest.TestReport, error: BaseException) -> None:
    """Add the nearest fixtures to the report of a test that requests an unknown one."""
    if isinstance(error, pytest.FixtureLookupError) and error.argname:
        listed = report.longreprtext.partition(_AVAILABLE)[2].replace("\n", " ")
        known = [name.strip() for name in listed.split(",") if _NAME.match(name.strip())]
        if _nearest(error.argname, known):
            report.sections.append(("acr fixture", _text_of("fixture", error.argname, known)))


def _text_of(kind: str, name: str, known: Iterable[str]) -> str:
    nearest = _nearest(name, known)
    listed = f"those most like it are {', '.join(nearest)}" if nearest else f"there are {', '.join(sorted(known))}"
    return f"there is no {kind} {name}; {listed}"


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that a misspelt `name` may have meant.

    One that does not begin as ours do may be of the user's own, unless it has the letters of one of
    ours: `make_arc`, `--acr_transport`.
    """
    if _NAME.match(name):
        return _similar(name, known)
    letters = _letters_of(name)
    return [one for one in sorted(known) if _JOINT.search(one) and _letters_of(one) == letters]


def _letters_of(name: str) -> list[str]:
    return sorted(name.replace("-", "_"))


def _similar(name: str, known: Iterable[str]) -> list[str]:
    from fake_registry.arguments import similar_names  # no name is wrong in most runs

    stems = {_stem(one): one for one in sorted(known)}
    return [stems[stem] for stem in similar_names(_stem(name), stems)]


def _stem(name: str) -> str:
    """Return a name without the beginning that all names have, which would make all of them alike."""
    return re.sub(r"^(?:--acr-|PYTEST_ACR_|acr_)", "", name) or name
