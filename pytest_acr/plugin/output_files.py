"""Files that a run writes at its end. They are checked before the first test runs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pytest_acr.plugin.commands import path_text
from pytest_acr.plugin.options import PluginOption


def check_output_file(
    config: pytest.Config,
    option: PluginOption[Any],  # Any: of whatever value
    path: Path,
) -> None:
    """UsageError if the path is that of a folder, or is in one that cannot be written."""
    problem = _problem_of(config, path)
    if problem:
        expected = "expected a file in a folder that can be written"
        raise pytest.UsageError(f"{option.flag}: {expected}, {problem}")


def _problem_of(config: pytest.Config, path: Path) -> str:
    folder = path.parent
    if path.is_dir():
        return f"found the folder {path_text(config, path)}"
    if not folder.is_dir():
        return f"but there is no folder {path_text(config, folder)}"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"but the folder {path_text(config, folder)} cannot be written"
    return ""


def write_json(path: Path, document: object) -> None:
    """Replace a file atomically. OSError if it cannot be written."""
    from fake_registry.atomic_file import replacement_of

    text = json.dumps(document, indent=2, sort_keys=True)
    with replacement_of(path) as file:
        file.write(f"{text}\n".encode())
