"""Every public strategy is on the page of strategies, and has a broken counterpart."""

import re
from pathlib import Path
from typing import Final

from pytest_acr import strategies

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "property-tests.md"

STRATEGIES: Final = [name for name in strategies.__all__ if name.islower()]

WITHOUT_BROKEN: Final = {
    "annotations": "broken in `broken_manifests`",
    "blobs": "any bytes are a blob",
    "chunkings": "a wrong way to cut is in `broken_upload_scripts`",
    "descriptors": "broken in `broken_manifests`",
    "hostile_headers": "each value says whether it can be sent",
    "hostile_paths": "each value says whether it can be sent",
    "image_graphs": "broken in `broken_manifests` and `broken_layouts`",
}
"""Strategies of valid values without a counterpart, and why."""

OTHER_COUNTERPARTS: Final = {
    "bearer_tokens": "broken_authorizations",
    "page_walks": "broken_page_queries",
    "repository_names": "broken_names",
}


def test_every_strategy_is_on_the_page() -> None:
    table, _, _ = PAGE.read_text(encoding="utf-8").partition("\n```")
    rows = [line for line in table.splitlines() if line[:1] == "|"]
    cells = " ".join(cell for row in rows for cell in row.split("|")[1:3])
    assert sorted(re.findall(r"`(\w+)\(", cells)) == sorted(STRATEGIES)


def test_every_strategy_of_valid_values_has_a_broken_counterpart() -> None:
    valid = [name for name in STRATEGIES if not name.startswith("broken_")]
    counterparts = {name: OTHER_COUNTERPARTS.get(name, f"broken_{name}") for name in valid}

    absent = {name for name, broken in counterparts.items() if broken not in STRATEGIES}
    assert absent == WITHOUT_BROKEN.keys()


def test_every_public_name_can_be_loaded_and_explains_itself() -> None:
    found = {name: getattr(strategies, name).__doc__ for name in strategies.__all__}
    assert [name for name, text in found.items() if not text] == []
