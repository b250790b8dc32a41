"""docs/how-to/budgets.md: its file and its failure are those of the code."""

import re
from pathlib import Path
from typing import Final

import pytest

from pytest_acr.budgets.budget_file import encode_budgets, parse_budgets

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs/how-to/budgets.md").read_text(encoding="utf-8")
EXAMPLE: Final = (ROOT / "tests/examples/test_budgets.py").read_text(encoding="utf-8")

PULL: Final = "    found = client.get_manifest(tag)\n"

ARGUMENTS: Final = ("--acr-budgets", "budgets.json", "--acr-transport=memory")


def block_of(language: str) -> str:
    """Return the block of the page in this language."""
    [block] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(block)


def without_bytes(text: str) -> str:
    """Return a text without numbers of bytes, which change with any header of a token."""
    return re.sub(r"(bytes_\w+\W+).*", r"\1", text)


def test_file_and_failure_on_the_page_are_those_of_the_code(pytester: pytest.Pytester) -> None:
    test = pytester.mkdir("tests") / "test_promotion.py"
    test.write_text(EXAMPLE, encoding="utf-8")
    pytester.runpytest(*ARGUMENTS, "--acr-budgets-update").assert_outcomes(passed=1)
    assert without_bytes(Path("budgets.json").read_text()) == without_bytes(block_of("json"))

    Path("budgets.json").write_text(block_of("json"))
    test.write_text(EXAMPLE.replace(PULL, PULL.replace("found = ", "") + PULL), encoding="utf-8")
    output = pytester.runpytest(*ARGUMENTS, "--acr-show-requests=no").stdout.str()
    assert without_bytes(block_of("text")) in without_bytes(output)


def test_file_on_the_page_is_valid() -> None:
    content = block_of("json").encode()
    assert encode_budgets(parse_budgets(content)) == content


def test_page_is_linked() -> None:
    assert "(docs/how-to/budgets.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(budgets.md)" in (ROOT / "docs/how-to/asserting.md").read_text(encoding="utf-8")
