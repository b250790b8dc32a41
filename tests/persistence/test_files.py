"""`StateFile`: what it can still do after the system has refused something."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from fake_registry.persistence.files import StateFile


def test_file_that_cannot_be_opened_after_it_was_replaced_takes_lines_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server with many connections may have no file descriptor left."""
    path = tmp_path / "state"
    file = StateFile(path)
    file.replace([b"old\n"])
    open_file = os.open

    def open_no_more(name: Any, flags: int, mode: int = 0o777) -> int:  # Any: as of `os.open`
        if flags & os.O_APPEND:
            raise OSError(errno.EMFILE, "Too many open files")
        return open_file(name, flags, mode)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", open_no_more)
        with pytest.raises(OSError, match="Too many open files"):
            file.replace([b"new\n"])

    file.append(b"next\n")
    file.close()
    assert path.read_bytes() == b"new\nnext\n"
