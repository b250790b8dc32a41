"""Every module can be imported on a platform without the parts of Python that only Unix has."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent

HIDDEN_MODULES: Final = ("fcntl", "grp", "pwd", "resource", "termios", "aiodns", "uvloop")
"""Absent on Windows, or optional."""

HIDDEN_NAMES: Final = {
    "signal": ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "alarm", "setitimer", "pause"),
    "socket": ("AF_UNIX", "SO_REUSEPORT"),
    "select": ("poll", "epoll", "kqueue"),
    "os": (
        "fork",
        "forkpty",
        "getuid",
        "geteuid",
        "getgid",
        "killpg",
        "mkfifo",
        "posix_spawn",
        "pread",
        "register_at_fork",
        "sched_getaffinity",
        "setsid",
        "wait3",
        "O_DIRECTORY",
        "O_NOFOLLOW",
        "O_NONBLOCK",
        "WNOHANG",
        "WIFEXITED",
    ),
}
"""Attributes of the standard library that are absent on Windows."""

PROGRAM: Final = """
import importlib, os, select, signal, socket, sys

{imports}

class HiddenModules:
    def find_spec(self, name, path=None, target=None):
        if name in {modules!r}:
            raise ModuleNotFoundError(f"{{name}} is hidden", name=name)

sys.meta_path.insert(0, HiddenModules())
for name in {modules!r}:
    sys.modules.pop(name, None)
for module, names in {names!r}.items():
    for name in names:
        if hasattr(sys.modules[module], name):
            delattr(sys.modules[module], name)

for name in sys.argv[1:]:
    importlib.import_module(name)
print(len(sys.argv[1:]), "imported")
"""


IMPORTS_OF_OTHERS: Final = """
import asyncio, http.server, multiprocessing, subprocess, tempfile
import azure.containerregistry.aio, hypothesis, pytest, requests, trustme, werkzeug.serving
"""
"""These packages choose other names on another platform; they are not ours to test."""


def program_with(imports: str) -> str:
    """Return the program that runs `imports` first, and then hides the names above."""
    return PROGRAM.format(imports=imports, modules=HIDDEN_MODULES, names=HIDDEN_NAMES)


def run(*modules: str) -> subprocess.CompletedProcess[str]:
    """Import `modules` in a process of its own, where the names above are hidden."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program_with(IMPORTS_OF_OTHERS), *modules],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def modules_of(package: str) -> list[str]:
    """Return the names of all modules of a package, but for those that run it as a program."""
    files = sorted((ROOT / package).rglob("*.py"))
    names = [file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def test_every_module_is_imported() -> None:
    modules = [*modules_of("fake_registry"), *modules_of("pytest_acr")]
    assert {"fake_registry.spec.names", "pytest_acr.plugin.hooks"} <= set(modules)

    found = run(*modules)

    assert (found.stdout, found.stderr) == (f"{len(modules)} imported\n", "")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import fcntl", "ModuleNotFoundError: fcntl is hidden"),
        ("from signal import SIGALRM", "cannot import name 'SIGALRM' from 'signal'"),
        ("import os\nos.fork()", "module 'os' has no attribute 'fork'"),
        ("from os import O_NONBLOCK, WNOHANG", "cannot import name 'O_NONBLOCK' from 'os'"),
        ("import select\nselect.poll()", "module 'select' has no attribute 'poll'"),
    ],
)
def test_module_that_needs_unix_is_found(tmp_path: Path, source: str, error: str) -> None:
    (tmp_path / "planted.py").write_text(source, encoding="utf-8")

    found = subprocess.run(
        [sys.executable, "-c", program_with(""), "planted"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert error in found.stderr
