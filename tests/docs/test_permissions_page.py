"""docs/how-to/permissions.md has all roles, actions and system scope maps, as they are in the code."""

import re
from pathlib import Path

from fake_registry import FakeRegistry
from fake_registry.auth.roles import ALL_PERMISSIONS, ROLES
from fake_registry.auth.scope_maps import ACTIONS, SYSTEM_SCOPE_MAPS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "permissions.md"


def tables() -> list[list[list[str]]]:
    """Return the rows of each table of the page, each without its head."""
    found = re.findall(r"\n\|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE.read_text(encoding="utf-8"))
    return [[[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()] for table in found]


def yes_or_nothing(*, allowed: bool) -> str:
    return "yes" if allowed else ""


def test_table_of_roles() -> None:
    deleted = set(ALL_PERMISSIONS[3:])
    expected = [
        [
            f"`{role}`",
            *(yes_or_nothing(allowed=name in permissions) for name in ("read", "write", "delete")),
            yes_or_nothing(allowed=deleted <= set(permissions)),
        ]
        for role, permissions in ROLES.items()
    ]
    assert tables()[0] == expected


def test_grant_names_every_role() -> None:
    text = FakeRegistry.grant.__doc__ or ""
    assert [role for role in ROLES if role not in text] == []


def test_table_of_actions() -> None:
    assert [row[0] for row in tables()[1]] == [f"`{action}`" for action in ACTIONS]


def test_table_of_system_scope_maps() -> None:
    texts = {name: ", ".join(f"`{action}`" for action in actions) for name, actions in SYSTEM_SCOPE_MAPS.items()}
    texts["_repositories_admin"] = "all five"
    assert tables()[2] == [[f"`{name}`", text] for name, text in texts.items()]
