"""The samples of the client, unchanged: each is a script, which ends with an exception if something is wrong."""

import runpy
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("sample_*.py")))
def test_sample(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(SAMPLES)
    monkeypatch.chdir(tmp_path)  # some write files
    runpy.run_path(str(SAMPLES / name), run_name="__main__")
