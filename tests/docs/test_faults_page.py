"""docs/how-to/faults.md names exactly the endpoints that there are, and each field of a fault."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from fake_registry import Fault
from fake_registry.spec.endpoints import NAMES

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "faults.md").read_text(encoding="utf-8")

_CODE = re.compile(r"`([^`]+)`")


def sentence_after(start: str) -> str:
    """Return the text of the page between `start` and the end of its sentence.

    Blanks in `start` may be line breaks there.
    """
    pattern = r"\s+".join(map(re.escape, start.split()))
    rest = re.split(pattern, PAGE, maxsplit=1)[-1]
    return re.split(r"\.\s", rest, maxsplit=1)[0]


def names_in(text: str) -> Iterator[str]:
    """Yield the names in backquotes; `blob.get|head` stands for two."""
    for code in _CODE.findall(text):
        first, *others = code.split("|")
        family = first.rpartition(".")[0]
        yield first
        yield from (f"{family}.{other}" for other in others)


def test_endpoints_are_those_of_the_table() -> None:
    listed = set(names_in(sentence_after("The endpoints are")))
    problems = [f"docs/how-to/faults.md: add {name} to the endpoints" for name in set(NAMES) - listed]
    problems += [f"docs/how-to/faults.md: there is no endpoint {name}" for name in listed - set(NAMES)]
    assert "\n".join(problems) == ""


def test_each_field_of_a_fault_is_in_the_table() -> None:
    table = PAGE.partition("| argument of `Fault` |")[2].partition("\n\n")[0]
    rows = [names_in(row.split("|")[1]) for row in table.splitlines() if row.startswith("| `")]
    listed = [name for row in rows for name in row]
    assert listed == [field.name for field in fields(Fault) if field.name != "effect"]


def test_abbreviated_names_are_spelled_out() -> None:
    assert list(names_in("`base`, `acr.tag.get|update` and `x`")) == ["base", "acr.tag.get", "acr.tag.update", "x"]
