"""The tests of a suite that pytest has collected: budgets of others belong to no test any more."""

from collections.abc import Iterable

import pytest

_NODE_ID: pytest.StashKey[str] = pytest.StashKey()


def node_id_of(item: pytest.Item) -> str:
    """Return the node id of a test, as pytest has collected it.

    A worker of pytest-xdist with `--dist loadgroup` adds the group to `item.nodeid` afterwards. An
    undecodable byte in a file's name becomes an escape, because the file of the budgets is UTF-8.
    """
    node_id = item.stash.get(_NODE_ID, item.nodeid)
    return node_id.encode("utf-8", "backslashreplace").decode()


class CollectedTests:
    """A plugin that notes the tests that pytest collects, also those that it deselects later."""

    def __init__(self) -> None:
        self._node_ids: set[str] = set()
        self._files: set[str] = set()
        """The files, by node id, of which at least a part was collected."""
        self._incomplete_files: set[str] = set()
        self._selects_in_files = False
        """Whether tests are selected while a file is collected, which leaves no trace."""

    def pytest_collection(self, session: pytest.Session) -> None:
        """Note whether only parts of files are collected."""
        config = session.config
        is_last_failed = config.getoption("lf", None)
        self._selects_in_files = bool(is_last_failed) or any("::" in text for text in config.args)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file, or a part of it."""
        file = file_of(report.nodeid)
        self._files.add(file)
        if not report.passed:  # a module that skips itself, such as for an absent package
            self._incomplete_files.add(file)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note all tests, before other plugins remove some or change their node ids."""
        for item in items:
            item.stash[_NODE_ID] = item.nodeid
            self._node_ids.add(node_id_of(item))

    def absent(self, node_ids: Iterable[str]) -> list[str]:
        """Return the tests that are no longer in their file, which was collected."""
        if self._selects_in_files:
            return []

        complete = self._files - self._incomplete_files
        return [one for one in node_ids if one not in self._node_ids and file_of(one) in complete]


def file_of(node_id: str) -> str:
    """Return the file of a test, from the root folder."""
    return node_id.partition("::")[0]
