"""The README's Python is the examples', which are run: the two are compared, not trusted."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"<!-- (tests/examples/\S+\.py) -->\n```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("path", "snippet"), SNIPPETS, ids=[path for path, _ in SNIPPETS])
def test_snippet_is_the_example(path: str, snippet: str) -> None:
    assert snippet == (ROOT / path).read_text(encoding="utf-8")


def test_every_snippet_of_python_is_an_example() -> None:
    assert README.count("```python\n") == len(SNIPPETS) > 0
