"""Check which files the distributions hold: release_contents.py FOLDER.

FOLDER has one wheel and one source distribution. Both must hold the files that git knows of their folders, no more and
no less, so that neither a file that was forgotten nor a cache or a scratch file is published. Each difference is
printed; the exit status is 1 if there is one.
"""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGES = ("fake_registry", "pytest_acr")

IN_SOURCE = (
    *PACKAGES,
    "tests",
    "benchmarks",
    "docs",
    ".ci",
    "conftest.py",
    "pyproject.toml",
    ".gitignore",
    "README.md",
    "CHANGELOG.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "LICENSE",
)

ESSENTIAL = (
    "fake_registry/py.typed",
    "fake_registry/__init__.pyi",
    "pytest_acr/py.typed",
    "pytest_acr/__init__.pyi",
    "fake_registry/control/page/index.html",
    "fake_registry/control/page/app.js",
    "fake_registry/control/page/style.css",
)
"""Without these the wheel has no types, no public names or no console. git might not know them either."""

UNWANTED = (
    "__pycache__",
    ".hypothesis",
    "node_modules",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".pyc",
    ".egg-info",
    ".DS_Store",
)
"""Parts of paths that no distribution holds, even if git knows them."""


def files_of_git(folders: Iterable[str]) -> set[str]:
    """Return the files of folders that git knows and that exist."""
    command = ["git", "ls-files", "-z", "--", *folders]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name for name in listed.split("\0") if name and Path(name).is_file()}


def files_of_wheel(path: Path) -> tuple[set[str], set[str]]:
    """Return the files of a wheel: those of the packages, and the rest."""
    with zipfile.ZipFile(path) as wheel:
        names = {name for name in wheel.namelist() if not name.endswith("/")}
    ours = {name for name in names if name.startswith(tuple(f"{package}/" for package in PACKAGES))}

    return ours, names - ours


def files_of_source(path: Path) -> set[str]:
    """Return the files of a source distribution, without the name of its folder."""
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}


def differences(found: set[str], expected: set[str]) -> Iterator[str]:
    """Yield a line for each file that is absent or that should not be there."""
    yield from (f"absent: {name}" for name in sorted(expected - found))
    yield from (f"not expected: {name}" for name in sorted(found - expected))
    yield from (f"unwanted: {name}" for name in sorted(found) if any(part in name for part in UNWANTED))


def metadata_of_wheel(path: Path) -> set[str]:
    """Return the files that describe a wheel (Binary distribution format, The .dist-info directory)."""
    name, version = path.name.split("-")[:2]
    described = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    return {f"{name}-{version}.dist-info/{file}" for file in described}


def main(folder: Path) -> int:
    """Print the differences of both distributions, and return the exit status."""
    [wheel], [source] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    packaged, metadata = files_of_wheel(wheel)
    in_source = files_of_source(source)

    faults = [
        *(f"{wheel.name}: {line}" for line in differences(packaged, files_of_git(PACKAGES) | set(ESSENTIAL))),
        *(f"{wheel.name}: {line}" for line in differences(metadata, metadata_of_wheel(wheel))),
        *(f"{source.name}: {line}" for line in differences(in_source, files_of_git(IN_SOURCE) | {"PKG-INFO"})),
    ]
    print(*faults, sep="\n", end="\n" if faults else "")
    if not faults:
        print(f"{wheel.name}: {len(packaged)} files of the packages; {source.name}: {len(in_source)} files")

    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
