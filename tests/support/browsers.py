"""A headless Chromium, and pages of it that reach one server and nothing else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PATIENCE_MS: Final = 20_000
"""Milliseconds that a step in the browser may take on a busy machine."""

_ONE_MACHINE: Final = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Chromium. Skips, with the remedy, if it is not installed."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox", _ONE_MACHINE])
        yield browser
        browser.close()


class WatchedPage:
    """A page, and what went wrong in it: errors of its scripts, and requests to elsewhere."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"error of a script: {error}"))
        self.page.on("dialog", lambda dialog: self._refuse_dialog(dialog.message, dialog.dismiss))
        self.page.on("request", lambda request: self._check_origin(request.url, url))
        self.page.on("console", lambda message: self._check_policy(message.text))

    def _refuse_dialog(self, message: str, dismiss: object) -> None:
        self.problems.append(f"dialog: {message}")
        assert callable(dismiss)
        dismiss()

    def _check_origin(self, found: str, url: str) -> None:
        if not found.startswith((f"{url}/", "blob:")):
            self.problems.append(f"request to elsewhere: {found}")

    def _check_policy(self, message: str) -> None:
        if "Content Security Policy" in message:
            self.problems.append(message)
