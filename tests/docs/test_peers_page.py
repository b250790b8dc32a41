"""docs/reference/peers.md: three registries, with findings that exist and that curl confirmed."""

import re
from pathlib import Path
from typing import Final

import pytest

from pytest_acr.harness.properties.table import PROPERTIES

PAGE: Final = (Path(__file__).parents[2] / "docs/reference/peers.md").read_text(encoding="utf-8")
SECTIONS: Final = {section.partition("\n")[0].partition(" ")[0]: section for section in PAGE.split("\n## ")[1:]}


@pytest.mark.parametrize(("name", "least"), [("docker-registry", 8), ("crane", 8), ("olareg", 6)])
def test_section_has_findings_that_curl_confirmed(name: str, least: int) -> None:
    section = SECTIONS[name]
    version = re.search(r"^Version: `\S*\d\S*`\. (\d+) properties broken \((\d+) confirmed", section, re.MULTILINE)

    assert version is not None
    broken, confirmed = map(int, version.groups())
    assert broken == len(set(re.findall(r"^### `(.+)`$", section, re.MULTILINE)))
    assert confirmed >= least


def test_findings_are_properties_of_today() -> None:
    known = {each.id for wanted in PROPERTIES for each in (wanted, wanted.with_exact_status())}

    assert set(re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)) - known == set()


def test_page_has_no_name_that_changes_with_each_run() -> None:
    assert set(re.findall(r"127\.0\.0\.1:\d+", PAGE)) <= {"127.0.0.1:5000"}
    assert re.findall(r"registry-check(?:/|%2F)[0-9a-f]{8}(?:/|%2F)", PAGE) == []
