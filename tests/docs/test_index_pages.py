"""The index of each part of the documentation: groups of pages, and one line for each page."""

import re
from pathlib import Path
from typing import Final

import pytest

DOCS: Final = Path(__file__).parents[2] / "docs"

GROUP: Final = re.compile(
    r"^## (?P<title>.+)\n\n(?P<lines>(?:- .+\n)+)\n"
    r"```\{toctree\}\n(?P<tree>(?:.*\n)+?)```$",
    re.MULTILINE,
)
LINE: Final = re.compile(r"- \[.+?\]\((?P<page>[\w/-]+\.md)\): \S.+\.")
PARTS: Final = ("how-to", "reference")


def groups_of(part: str) -> dict[str, tuple[list[str], list[str]]]:
    """Return the groups of an index by title: the pages of their lines, and of their table of contents."""
    text = (DOCS / part / "index.md").read_text(encoding="utf-8")
    return {
        found["title"]: (
            [page["page"] if (page := LINE.fullmatch(line)) else line for line in found["lines"].splitlines()],
            [line for line in found["tree"].splitlines() if line and not line.startswith(":")],
        )
        for found in GROUP.finditer(text)
    }


def pages_of(part: str) -> set[str]:
    """Return the pages of a part, and the index of each folder in it."""
    folder = DOCS / part
    pages = {path.name for path in folder.glob("*.md")} - {"index.md"}
    return pages | {f"{path.parent.name}/index.md" for path in folder.glob("*/index.md")}


@pytest.mark.parametrize("part", PARTS)
def test_each_page_is_in_one_group(part: str) -> None:
    listed = [page for lines, _ in groups_of(part).values() for page in lines]
    assert sorted(listed) == sorted(pages_of(part)), f"add a line to a group of docs/{part}/index.md"


@pytest.mark.parametrize("part", PARTS)
def test_line_and_table_of_contents_have_the_same_pages(part: str) -> None:
    assert {title: tree for title, (_, tree) in groups_of(part).items()} == {
        title: lines for title, (lines, _) in groups_of(part).items()
    }


@pytest.mark.parametrize("part", PARTS)
def test_caption_is_the_title_of_its_group(part: str) -> None:
    text = (DOCS / part / "index.md").read_text(encoding="utf-8")
    assert re.findall(r"^:caption: (.+)$", text, re.MULTILINE) == list(groups_of(part))
