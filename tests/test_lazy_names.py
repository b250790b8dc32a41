"""Lazy public names in processes of their own: from a zip file, without their list, and what an import loads."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent


def run_python(folder: Path, program: str) -> str:
    """Run a program that finds no installed package, only those in `folder`."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{program}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_names_are_loaded_from_a_zip_file(tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "packages"), "zip", ROOT, "fake_registry")

    printed = run_python(Path(archive), "from fake_registry import Settings; print(Settings().name)")

    assert printed == "fake\n"


def test_absent_list_is_one_sentence(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fake_registry", tmp_path / "fake_registry", ignore=shutil.ignore_patterns("*.pyi"))

    printed = run_python(tmp_path, "import fake_registry")

    assert printed.splitlines()[-1] == (
        f"ImportError: {tmp_path}/fake_registry/__init__.pyi is absent, which lists the names of fake_registry: "
        "install or pack its data files too"
    )


def test_import_of_a_package_loads_no_slow_module() -> None:
    program = "import fake_registry; print([name for name in sys.modules if name.startswith('fake_registry.')])"
    slow = "print(sys.modules.keys() & {'ast', 'inspect', 'pathlib', 're', 'typing'})"

    assert run_python(ROOT, f"{program}; {slow}") == "['fake_registry.lazy_names']\nset()\n"
