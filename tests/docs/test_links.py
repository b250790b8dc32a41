"""Links between the Markdown files of the repository: each leads to a file and, with a `#`, to one of its headings.

Sphinx checks those of the site as well, but reads neither README.md nor the other files outside docs.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
TREES: Final = ("docs", "tests", "benchmarks")
INSTALLED: Final = {"node_modules"}
"""Folders with the pages of other projects."""
FOUND: Final = [*ROOT.glob("*.md"), *(page for tree in TREES for page in (ROOT / tree).rglob("*.md"))]
PAGES: Final = sorted(page for page in FOUND if not INSTALLED & set(page.parts))

BLOCK: Final = re.compile(r"^(`{3,}|:{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
IN_HEADINGS: Final = re.compile(r"[`*]|\[([^\]]*)\]\([^)]*\)")


def prose_of(page: Path) -> str:
    """Return the text of a page without its blocks of code."""
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


def anchor_of(heading: str) -> str:
    """Return the anchor that GitHub and MyST give to a heading."""
    text = IN_HEADINGS.sub(r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def wrong_links(page: Path) -> Iterator[str]:
    """Yield a line for each relative link that leads nowhere."""
    for link in LINK.findall(prose_of(page)):
        if "://" in link:
            continue

        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists():
            yield f"{page.name}: there is no {link}"
        elif anchor and anchor not in map(anchor_of, HEADING.findall(prose_of(target))):
            yield f"{page.name}: {link}: the page has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    assert list(wrong_links(page)) == []


def test_readme_has_links() -> None:
    assert len(LINK.findall(prose_of(ROOT / "README.md"))) > 30


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](gone.md)", ["page.md: there is no gone.md"]),
        ("![a](gone.png)", ["page.md: there is no gone.png"]),
        ("[![a](gone.png)](page.md)", ["page.md: there is no gone.png"]),
        ("[a](#gone)", ["page.md: #gone: the page has no such heading"]),
        ("[a](page.md#two)\n\n```\n# Two\n```\n", ["page.md: page.md#two: the page has no such heading"]),
        ("[a](page.md) [b](#one-of-the-links-is-here) [c](https://gone.example/d.md)", []),
    ],
)
def test_planted_link_is_judged(tmp_path: Path, text: str, found: list[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# One `of the` [links](page.md) is here\n\n{text}\n", encoding="utf-8")

    assert list(wrong_links(page)) == found
