"""A browser for each module, and a page for each test, which must end without a problem."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control import ControlApp
from fake_registry.server import RegistryServer
from tests.support.browsers import WatchedPage, running_chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # not for longer: while it runs, the thread has an event loop, which tests of async code refuse
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(Settings(auth="off"), clock=ManualClock(1_767_225_600_000_000_000))


@pytest.fixture
def server(registry: FakeRegistry) -> Iterator[RegistryServer]:
    with RegistryServer(ControlApp(registry, registry.wsgi_app)) as server:
        yield server


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A factory of pages at a URL of a server."""
    opened: list[WatchedPage] = []

    def open_at(url: str, path: str = "/_fake/ui", **options: object) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1100, "height": 800}, **options})  # type: ignore[arg-type]
        watched = WatchedPage(context, url)
        opened.append(watched)
        watched.page.goto(url + path)
        return watched.page

    yield open_at
    for watched in opened:
        watched.page.context.close()
    assert [problem for watched in opened for problem in watched.problems] == []


@pytest.fixture
def page(server: RegistryServer, open_page: Callable[..., Page]) -> Page:
    return open_page(server.url)
