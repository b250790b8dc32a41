"""A process that is killed while clients push: what it has answered is in the folder."""

import sys
from pathlib import Path

import pytest

from tests.persistence.kills import kill_again_and_again

KILLS = 2
"""`.ci/nightly` kills 200 times, by `python -m tests.persistence.kills`."""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    assert kill_again_and_again(tmp_path / "storage", KILLS) > 0
