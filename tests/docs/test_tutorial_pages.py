"""docs/tutorial: what the pages show as printed is printed today, by the files that they include."""

import importlib
import pkgutil
import re
import sys
from pathlib import Path
from typing import Final

import pytest

import fake_registry
import pytest_acr

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT / "tests/examples/tutorial"
NETWORK: Final = ROOT / "tests/network/examples"

UUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
HARNESS_REPOSITORY: Final = r"registry-check/[0-9]+[a-z]/"


def printed_on(page: str) -> list[str]:
    """Return the blocks of text on a page of the tutorial."""
    text = (ROOT / "docs/tutorial" / page).read_text(encoding="utf-8")
    return [without_ids(block) for block in re.findall(r"```text\n(.*?)\n```", text, re.DOTALL)]


def without_ids(text: str) -> str:
    """Replace what differs from run to run: ids of uploads, and repositories of the harness."""
    return re.sub(HARNESS_REPOSITORY, "registry-check/0a/", re.sub(UUID, "UUID", text))


@pytest.fixture(scope="module", autouse=True)
def _all_modules_are_imported() -> None:
    """Import what is imported on first use: each run removes the modules that it has imported, and
    a class of a second import is not that of the first."""
    for package in (fake_registry, pytest_acr):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(".__main__"):
                importlib.import_module(module.name)


@pytest.fixture(autouse=True)
def _no_application_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests of the examples may have imported the corrected ones in this process."""
    for name in ("cleaner", "newest", "publisher", "shelf"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def write(folder: Path, source: Path, *replaced: tuple[str, str]) -> None:
    """Write a file of the tutorial to `folder`, with changes that a page describes."""
    text = source.read_text(encoding="utf-8")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    (folder / source.name).write_text(text, encoding="utf-8")


def run(pytester: pytest.Pytester, *arguments: str) -> str:
    """Run pytest in this process, and return what it prints."""
    options = ("--acr-transport=memory", "-p", "no:cacheprovider", *arguments)
    return without_ids(pytester.runpytest(*options).stdout.str())


def test_first_test(pytester: pytest.Pytester) -> None:
    first, misspelt, complete, idle = printed_on("first-test.md")
    write(pytester.path, EXAMPLES / "newest.py")
    test = EXAMPLES / "test_newest.py"

    write(pytester.path, test)
    assert first in run(pytester, "-k", "test_newest_tag")
    assert complete in run(pytester)

    write(pytester.path, test, ('"samples/hello") == "1.1"', '"sample/hello") == "1.1"'))
    assert misspelt in run(pytester, "--tb=short", "-k", "test_newest_tag")

    write(pytester.path, test, ('"acr.tags.list", Refuse', '"acr.tag.get", Refuse'))
    assert idle in run(pytester, "-k", "throttled")


def test_own_client(pytester: pytest.Pytester) -> None:
    first, refused, complete = printed_on("own-client.md")
    write(pytester.path, NETWORK / "cleaner.py")

    write(pytester.path, NETWORK / "test_cleaner.py")
    assert complete in run(pytester)
    assert complete.startswith(first)

    write(pytester.path, NETWORK / "test_cleaner.py", ('pytest.mark.acr(name="myregistry"),', ""))
    assert refused in run(pytester, "--tb=short", "-k", "newest")


def test_retry_bug(pytester: pytest.Pytester) -> None:
    passed, table, report, corrected = printed_on("find-a-retry-bug.md")
    marker = '@pytest.mark.acr_sweep(endpoints="upload.*")'
    write(pytester.path, EXAMPLES / "before/publisher.py")

    write(pytester.path, EXAMPLES / "test_publisher.py", (marker, f"# {marker}"))
    assert passed in run(pytester)

    write(pytester.path, EXAMPLES / "test_publisher.py")
    output = run(pytester)
    assert table in output
    assert report in output

    write(pytester.path, EXAMPLES / "publisher.py")
    assert corrected in run(pytester)


def test_corrected_publisher_differs_in_the_line_that_the_page_names() -> None:
    before = (EXAMPLES / "before/publisher.py").read_text(encoding="utf-8")
    corrected = (EXAMPLES / "publisher.py").read_text(encoding="utf-8")
    assert corrected.replace("    source.seek(0)\n", "") == before


def test_registry_bug(pytester: pytest.Pytester) -> None:
    report, corrected = printed_on("find-a-registry-bug.md")
    write(pytester.path, EXAMPLES / "test_shelf.py")

    write(pytester.path, EXAMPLES / "before/shelf.py")
    assert report in run(pytester, "-k", "refused_end")
    assert "findings.UploadAfterWrongDigest: upload-after-wrong-digest" in run(pytester, "-k", "TestShelf")

    write(pytester.path, EXAMPLES / "shelf.py")
    assert corrected in run(pytester)


def test_corrected_registry_differs_in_the_function_that_the_page_shows() -> None:
    parts = [
        re.split(r"(?m)^(?=def )", (EXAMPLES / path).read_text(encoding="utf-8"))
        for path in ("before/shelf.py", "shelf.py")
    ]
    changed = [old.partition("(")[0] for old, new in zip(*parts, strict=True) if old != new]
    assert changed == ["def finish_upload"]
