"""Each planted bug changes what its witness returns, and is gone when it was undone."""

import pytest

from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.rows import PLANTED


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_witness_sees_the_planted_bug(bug: PlantedBug) -> None:
    before = bug.witness(bug.registry())
    with pytest.MonkeyPatch.context() as monkeypatch:
        bug.plant(monkeypatch)
        planted = bug.witness(bug.registry())

    assert (before, bug.witness(bug.registry())) == (bug.right, bug.right)
    assert planted != bug.right


def test_an_edit_of_absent_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = edit("core.locks:guard_push", "no such text", "")
    with pytest.raises(ValueError, match="expected 'no such text' once, found it 0 times"):
        plant(monkeypatch)
