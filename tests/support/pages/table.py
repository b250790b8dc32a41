"""The generated pages, and the functions that return their text."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.support.pages.command_lines import command_lines_page
from tests.support.pages.control_routes import control_routes_page
from tests.support.pages.effects import effects_page
from tests.support.pages.endpoints import endpoints_page
from tests.support.pages.errors import errors_page
from tests.support.pages.fixtures import fixtures_page
from tests.support.pages.hints import hints_page
from tests.support.pages.options import options_page
from tests.support.pages.settings import settings_page
from tests.support.pages.strict_rules import strict_rules_page

_REFERENCE: Final = Path(__file__).parents[3] / "docs" / "reference"

PAGES: Final[Mapping[Path, Callable[[], str]]] = {
    _REFERENCE / "command-lines.md": command_lines_page,
    _REFERENCE / "control-routes.md": control_routes_page,
    _REFERENCE / "effects.md": effects_page,
    _REFERENCE / "endpoints.md": endpoints_page,
    _REFERENCE / "errors.md": errors_page,
    _REFERENCE / "fixtures.md": fixtures_page,
    _REFERENCE / "hints.md": hints_page,
    _REFERENCE / "options.md": options_page,
    _REFERENCE / "settings.md": settings_page,
    _REFERENCE / "strict-rules.md": strict_rules_page,
}
