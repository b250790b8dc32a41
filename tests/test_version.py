"""One version: pyproject.toml states it, and what runs takes it from the installed package."""

import tomllib
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest

from fake_registry.cli import main
from fake_registry.control.openapi import openapi_document
from fake_registry.control.routes import ROUTES
from fake_registry.journal.har import har_document
from fake_registry.version import package_version

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")


@pytest.fixture(name="stated")
def stated_fixture() -> str:
    """The version in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def test_version_is_that_of_the_installed_package() -> None:
    assert package_version() == metadata.version("pytest-acr")


def test_version_of_a_tree_that_is_not_installed_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_registry.version.DISTRIBUTION", "no-such-distribution")
    assert package_version.__wrapped__() == "unknown"


def test_no_module_states_a_version_of_its_own(stated: str) -> None:
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert [path.name for path in modules if f'"{stated}"' in path.read_text(encoding="utf-8")] == []


def test_newest_section_of_the_changelog_is_the_version(stated: str) -> None:
    titles = [line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "]
    assert titles[0].split()[1] in (stated, "Unreleased")


def test_command_prints_the_version(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capfd.readouterr().out == f"fake-registry {package_version()}\n"


def test_documents_of_the_control_api_and_har_files_have_the_version() -> None:
    info, creator = openapi_document(ROUTES)["info"], har_document([])["log"]["creator"]
    assert (info["version"], creator["version"]) == (package_version(), package_version())
