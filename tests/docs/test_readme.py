"""README.md names every effect of a fault, and exactly the endpoints that there are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_registry.http.faults import EFFECTS
from fake_registry.spec.endpoints import NAMES

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

_CODE = re.compile(r"`([^`]+)`")


def sentence_after(start: str) -> str:
    """Return the text of README.md between `start` and the end of its sentence.

    Blanks in `start` may be line breaks there.
    """
    pattern = r"\s+".join(map(re.escape, start.split()))
    rest = re.split(pattern, README, maxsplit=1)[-1]
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
    problems = [f"README.md, Faults: add {name} to the endpoints" for name in set(NAMES) - listed]
    problems += [f"README.md, Faults: there is no endpoint {name}" for name in listed - set(NAMES)]
    assert "\n".join(problems) == ""


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.__name__)
def test_effect_is_in_the_list(effect: type) -> None:
    assert f"`{effect.__name__}(" in sentence_after("The effects are"), (
        f"README.md, Faults: add {effect.__name__} to the list"
    )


def test_abbreviated_names_are_spelled_out() -> None:
    assert list(names_in("`base`, `acr.tag.get|update` and `x`")) == [
        "base",
        "acr.tag.get",
        "acr.tag.update",
        "x",
    ]
