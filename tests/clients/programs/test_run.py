"""The runner of programs, with small programs of the shell."""

import sys
from pathlib import Path

import pytest

from tests.clients.programs.processes import execute, names_of_programs
from tests.clients.programs.run import main

CHECKS = "push - writes\npull - reads\n"
HEALTH = """
import os
from urllib.request import urlopen

for name in ("REGISTRY_URL", "OPEN_REGISTRY_URL"):
    print(urlopen(f"{os.environ[name]}/_fake/health").read().decode(), end="")
"""


def write_program(folder: Path, name: str, **scripts: str) -> Path:
    """Write the executables of a program, `run` and perhaps `install`."""
    (folder / "checks.txt").write_text(CHECKS)
    program = folder / name
    program.mkdir()
    for script, text in scripts.items():
        path = program / script
        path.write_text(f"#!/bin/sh\nset -e\n{text}\n")
        path.chmod(0o755)
    return program


def test_program_reaches_both_registries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = f"{sys.executable} -c '{HEALTH}'\ncat built\necho ok pull\necho 2 checks passed"
    program = write_program(tmp_path, "shell", install="echo ok push >built", run=run)

    status = main(["--output"], tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert (status, lines[0]) == (0, "-- shell")
    assert '"auth": "token"' in lines[1]
    assert '"auth": "anonymous-pull"' in lines[2]
    assert lines[3:6] == ["ok push", "ok pull", "2 checks passed"]
    assert lines[6].startswith("shell: 2 checks passed in ")
    assert not (program / "built").exists()


def test_failed_and_skipped_programs_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_program(tmp_path, "failing", run="echo ok push\necho 1 checks passed")
    write_program(tmp_path, "skipped", install="echo no compiler is installed\nexit 77", run="exit 1")

    assert main([], tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "-- failing",
        "ok push",
        "1 checks passed",
        "-- failing: the last requests",
        "",
        "FAILED failing: pull is missing",
        "SKIPPED skipped: no compiler is installed",
    ]


def test_skipped_program_is_no_failure(tmp_path: Path) -> None:
    write_program(tmp_path, "skipped", run="echo no compiler is installed\nexit 77")
    assert main([], tmp_path) == 0


def test_part_may_be_skipped_by_install(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install = "echo skip push: no compiler is installed"
    program = write_program(tmp_path, "shell", install=install, run="echo ok pull-all; echo 1 checks passed")
    (program / "checks.txt").write_text("pull-all\npush-all\n")

    assert main([], tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("shell: 1 checks passed in ")
    assert lines[1:] == ["SKIPPED shell, push: no compiler is installed"]


def test_program_may_have_a_list_of_its_own(tmp_path: Path) -> None:
    program = write_program(tmp_path, "other", run="echo ok lift; echo 1 checks passed")
    (program / "checks.txt").write_text("lift\n")
    assert main([], tmp_path) == 0


def test_unknown_name_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_program(tmp_path, "shell", run="exit 1")
    with pytest.raises(SystemExit):
        main(["shall"], tmp_path)
    assert "no program has the name shall: expected shell" in capsys.readouterr().err


def test_folder_without_an_executable_is_no_program(tmp_path: Path) -> None:
    write_program(tmp_path, "shell", run="exit 1")
    write_program(tmp_path, "notes")
    (tmp_path / "notes/run").write_text("")
    assert names_of_programs(tmp_path) == ["shell"]


def test_program_beyond_the_limit_is_ended_with_its_children(tmp_path: Path) -> None:
    program = write_program(tmp_path, "slow", run="sleep 600 | cat")
    status, _ = execute(program / "run", {}, 0.5)
    assert status is None
