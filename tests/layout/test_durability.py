"""What survives a power failure: content is flushed before a name leads to it, blobs before the index."""

import os
from pathlib import Path

import pytest

from fake_registry.layout import save_layout
from tests.layout.saver import registry_of


def test_content_is_flushed_before_the_index_refers_to_it_and_removed_after_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registry_of(new=False) as old:
        save_layout(old, tmp_path)

    flushed: set[int] = set()
    steps: list[str] = []
    replace, unlink = os.replace, os.unlink

    def record_flush(descriptor: int) -> None:
        inode = os.fstat(descriptor).st_ino
        flushed.add(inode)
        if inode in folders:
            steps.append(f"flush {folders[inode]}")

    def record_replace(source: Path, target: Path) -> None:
        assert source.stat().st_ino in flushed
        replace(source, target)
        steps.append("index" if target.name == "index.json" else "blob")

    def record_unlink(path: Path) -> None:
        existed = path.exists()
        unlink(path)
        if existed:
            steps.append("remove")

    folders = {(tmp_path / name).stat().st_ino: name for name in (".", "blobs", "blobs/sha256")}
    monkeypatch.setattr(os, "fsync", record_flush)
    monkeypatch.setattr(os, "replace", record_replace)
    monkeypatch.setattr(os, "unlink", record_unlink)
    with registry_of(new=True) as new:
        save_layout(new, tmp_path)

    before_index = ["blob", "blob", "flush blobs/sha256", "flush blobs", "flush ."]
    assert steps == [*before_index, "index", "flush .", "remove", "remove"]
