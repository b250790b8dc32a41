"""The folder that a layout is written to: which folders are accepted, and their subfolders."""

import os
from collections.abc import Sequence, Set
from pathlib import Path

from fake_registry.layout.errors import LayoutError
from fake_registry.layout.files import is_temporary
from fake_registry.layout.folder import LayoutFolder, resolve_folder
from fake_registry.spec.names import HEX_LENGTHS


def check_target(root: Path) -> None:
    """Refuse a file, and a folder that has files and is not a valid layout."""
    if not root.exists():
        return
    if not root.is_dir():
        raise LayoutError(str(root), "a folder", "a file")

    names = {item.name for item in root.iterdir() if not is_temporary(item)}
    if names:
        _check_layout(root, names)


def _check_layout(root: Path, names: Set[str]) -> None:
    try:
        LayoutFolder(root)
    except LayoutError as error:
        # a writer that was killed can leave `oci-layout` alone
        if names == {"oci-layout"} and error.file == "index.json":
            return
        has_header = (root / "oci-layout").exists()
        reason = f" ({error})" if has_header else " and without the file oci-layout"
        found = f"a folder with other files{reason}"
        raise LayoutError(str(root), "an empty folder or a valid layout", found) from error

    for folder in reversed(folders_of(root)):
        _check_folder(root, folder)


def _check_folder(root: Path, folder: Path) -> None:
    """Refuse a folder of a layout that is a file, or a link to a folder outside of the layout."""
    name = str(folder.relative_to(root))
    if not resolve_folder(folder).is_relative_to(root):
        raise LayoutError(name, f"a folder in {root}", "a link that leads out of it")
    if not folder.is_dir():
        found = "a file" if folder.exists() else "a link that leads nowhere"
        raise LayoutError(name, "a folder", found)


def folders_of(root: Path) -> Sequence[Path]:
    """Return the folders in which a layout has files and which exist: deepest first."""
    blobs = root / "blobs"
    folders = (*(blobs / algorithm for algorithm in HEX_LENGTHS), blobs, root)
    return [folder for folder in folders if os.path.lexists(folder)]
