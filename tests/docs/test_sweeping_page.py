"""docs/how-to/sweeping.md: its table, its failure, its options and its letters are those of the code."""

import re
from pathlib import Path
from typing import Final

import pytest

from pytest_acr import RunOutcome
from pytest_acr.plugin.markers import SWEEP
from pytest_acr.plugin.options import OPTIONS

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs/how-to/sweeping.md").read_text(encoding="utf-8")
EXAMPLE: Final = (ROOT / "tests/examples/test_sweep_marker.py").read_text(encoding="utf-8")

RETRY: Final = """\
    except AzureError:
        return client.upload_blob(content).digest
"""
NO_RETRY: Final = """\
    except AzureError:
        return ""
"""

ARGUMENTS: Final = ("--acr-transport=memory", "--acr-show-requests=no")


def blocks() -> list[str]:
    """Return the table and the failure on the page."""
    return re.findall(r"```text\n(.*?)\n```", PAGE, re.DOTALL)


def test_table_and_failure_on_the_page_are_those_of_the_code(pytester: pytest.Pytester) -> None:
    table, failure = blocks()
    test = pytester.mkdir("tests") / "test_upload.py"

    test.write_text(EXAMPLE, encoding="utf-8")
    assert table in pytester.runpytest(*ARGUMENTS).stdout.str()

    assert RETRY in EXAMPLE
    test.write_text(EXAMPLE.replace(RETRY, NO_RETRY), encoding="utf-8")
    output = pytester.runpytest(*ARGUMENTS).stdout.str()
    assert failure in output
    assert "2 broken" in output


def test_page_names_every_option_and_every_argument_of_the_marker() -> None:
    flags = [option.flag for option in OPTIONS if option.name.startswith("sweep")]
    assert [flag for flag in flags if flag not in PAGE] == []
    assert [name for name in SWEEP.accepts.split(", ") if f"`{name}=" not in PAGE] == []


@pytest.mark.parametrize("outcome", RunOutcome)
def test_page_explains_every_letter(outcome: RunOutcome) -> None:
    assert f"- **`{outcome.letter}` {outcome.text}:**" in PAGE


def test_page_is_linked() -> None:
    assert "(docs/how-to/sweeping.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(sweeping.md)" in (ROOT / "docs/how-to/faults.md").read_text(encoding="utf-8")
