"""Parts of the commands in reports, which users run where they have run pytest."""

import os
import shlex
from pathlib import Path

import pytest


def argument_of_test(config: pytest.Config, node_id: str) -> str:
    """Return a node id as an argument of pytest, with its path from the folder of this run."""
    file, separator, names = node_id.partition("::")
    path = os.path.relpath(config.rootpath / file, config.invocation_params.dir)
    return quote(f"{Path(path).as_posix()}{separator}{names}")


def path_text(config: pytest.Config, path: Path) -> str:
    """Return a path, from the folder of this run if it is below that."""
    folder = config.invocation_params.dir
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def quote(text: str) -> str:
    """Return an argument of a command, for shells of Unix and, if that is possible, of Windows.

    >>> quote("tests/test_push.py"), quote("test_push[a b]")
    ('tests/test_push.py', '"test_push[a b]"')
    """
    if shlex.quote(text) == text:
        return text
    return shlex.quote(text) if any(one in text for one in '"$`\\!') else f'"{text}"'
