"""`python -m benchmarks.weight`: print the tables of docs/reference/weight.md.

The packages of a new virtual environment with this source tree, and what runs and imports load in it.
"""

import subprocess
import tempfile
import venv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
ROUNDS: Final = 7

LIST_PACKAGES: Final = """
from importlib.metadata import distributions
for one in distributions():
    files = [file.locate() for file in one.files or ()]
    size = sum(file.stat().st_size for file in files if file.suffix != ".pyc" and file.is_file())
    if one.metadata["Name"] not in ("pip", "setuptools"):
        print(one.metadata["Name"], one.version, size)
"""
"""Prints the name, the version and the bytes of each package, without compiled modules: pip makes those."""

MEASURE: Final = """
import sys, time
modules, start = len(sys.modules), time.process_time()
{statement}
print(len(sys.modules) - modules, time.process_time() - start)
"""
"""Prints the number of modules that a statement loads, and its CPU seconds."""

IMPORTS: Final = (
    "import fake_registry, pytest_acr",
    "from fake_registry import FakeRegistry",
    "from fake_registry.cli.command import run_command",
    "from pytest_acr import connect",
    "import pytest_acr.strategies",
    "import pytest_acr.harness",
)

NOTHING: Final = "def test_nothing():\n    assert True\n"
ONE_CLIENT: Final = "def test_one(acr_client):\n    assert list(acr_client.list_repository_names()) == []\n"
ONE_SERVER: Final = "def test_one(acr_server):\n    assert acr_server.url\n"

RUNS: Final = (
    ("a test of nothing, without the plugin", NOTHING, ("-p", "no:acr")),
    ("a test of nothing", NOTHING, ()),
    ("a test with `acr_client`", ONE_CLIENT, ()),
    ("the same, over https", ONE_CLIENT, ("--acr-transport", "https")),
    ("a test with `acr_server`", ONE_SERVER, ()),
)
"""The name of a run, its test, and its arguments."""


class Load(NamedTuple):
    """What a statement or a run has loaded."""

    modules: int
    cpu_seconds: float


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        subprocess.run([python, "-m", "pip", "install", "-q", ROOT], check=True)

        print("\n".join(_table_of_packages(python)))
        print("\n".join(_table_of_loads("import", _imports(python))))
        print("\n".join(_table_of_loads("run", _runs(python, Path(folder)))))


def _table_of_packages(python: Path) -> Iterator[str]:
    packages = [line.split() for line in _run(python, LIST_PACKAGES).splitlines()]
    packages.sort(key=lambda package: -int(package[2]))
    total = sum(int(size) for _, _, size in packages)

    yield from ("| package | version | MB |", "|---|---|---|")
    yield from (f"| {name} | {version} | {int(size) / 1e6:.2f} |" for name, version, size in packages)
    yield f"| **{len(packages)} packages** | | **{total / 1e6:.1f}** |\n"


def _imports(python: Path) -> Iterator[tuple[str, Load]]:
    for statement in IMPORTS:
        yield f"`{statement}`", _load_of(python, MEASURE.format(statement=statement))


def _runs(python: Path, folder: Path) -> Iterator[tuple[str, Load]]:
    for name, test, arguments in RUNS:
        file = folder / "test_weight.py"
        file.write_text(test)
        run = f"import pytest; pytest.main(['-qq', '-p', 'no:cacheprovider', *{arguments!r}, {str(file)!r}])"
        yield name, _load_of(python, MEASURE.format(statement=run))


def _load_of(python: Path, program: str) -> Load:
    """Return the modules, and the least of the CPU times of several processes."""
    loads = [_run(python, program).split()[-2:] for _ in range(ROUNDS)]
    return Load(int(loads[0][0]), min(float(seconds) for _, seconds in loads))


def _run(python: Path, program: str) -> str:
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout


def _table_of_loads(title: str, loads: Iterable[tuple[str, Load]]) -> Sequence[str]:
    head = (f"| {title} | modules | CPU ms |", "|---|---|---|")
    lines = [f"| {name} | {load.modules:,} | {load.cpu_seconds * 1e3:.1f} |" for name, load in loads]
    return [*head, *lines, ""]


if __name__ == "__main__":
    main()
