"""docs/how-to/reading-a-failure.md and README.md: the section that they show is today's."""

from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs/how-to/reading-a-failure.md").read_text(encoding="utf-8")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def test_section_on_the_page_is_that_of_the_code(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.acr_image("dev/web:1.0")
        def test(acr_client):
            acr_client.get_manifest("dev/web", "1.1")
        """
    )
    output = pytester.runpytest("--acr-show-requests=failed", "--acr-transport=memory").stdout.str()

    section = output[output.index("--- acr requests ---") :]
    lines = section.partition("\n")[2].partition("=====")[0]
    assert lines in PAGE
    assert lines in README


def test_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150
