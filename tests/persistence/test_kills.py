"""A process that is killed while clients push: what it has answered is in the folder."""

import sys
from pathlib import Path

import pytest

from tests.persistence.kills import kill_again_and_again
from tests.support.effort import repeated, rounds

ROUNDS = rounds(2)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@repeated
def test_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    assert kill_again_and_again(tmp_path / "storage", ROUNDS) > 0
