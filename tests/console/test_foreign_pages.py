"""A page of another origin in the same browser: what it cannot do to the registry, and cannot see."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from fake_registry import FakeRegistry
from fake_registry.control import ControlApp
from fake_registry.server import RegistryServer
from tests.support.browsers import PATIENCE_MS

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

expect.set_options(timeout=PATIENCE_MS)

RESET = "fetch(`${url}/_fake/reset`, {method: 'POST', mode: 'no-cors'})"
FORM = """new Promise((done) => {
  document.body.innerHTML = '<iframe name="place"></iframe><form method="post" target="place"></form>';
  const form = document.querySelector("form");
  form.action = `${url}/_fake/reset`;
  document.querySelector("iframe").onload = done;
  form.submit();
})"""
READ = "fetch(`${url}/_fake/state`).then((answer) => answer.text(), () => 'refused')"
LISTEN = """new Promise((done) => {
  const source = new EventSource(`${url}/_fake/events`);
  source.onopen = () => done("open");
  source.onerror = () => done("refused");
})"""
FRAME = """new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.onload = done;
  frame.src = `${url}/_fake/ui`;
  document.body.replaceChildren(frame);
})"""


def empty_page(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html><title>another page</title><body></body>"]


@pytest.fixture(params=[None, "T"], ids=["open", "with a cookie"])
def server(registry: FakeRegistry, request: pytest.FixtureRequest) -> Iterator[RegistryServer]:
    with RegistryServer(ControlApp(registry, registry.wsgi_app, token=request.param)) as server:
        yield server


@pytest.fixture
def run(chromium: Browser, server: RegistryServer) -> Iterator[Callable[[str], object]]:
    """Runs a script in a page of another port, once the browser has opened the console. `url` is
    that of the server."""
    context = chromium.new_context()
    page: Page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server.url}/_fake/ui?token=T")
    expect(page.locator("#connection")).to_have_text("Live")
    with RegistryServer(empty_page) as foreign:
        page.goto(foreign.url)
        yield lambda script: page.evaluate(f"(url) => {script}", server.url)
        context.close()


@pytest.mark.parametrize("script", [RESET, FORM], ids=["fetch", "form"])
def test_foreign_page_changes_nothing(run: Callable[[str], object], registry: FakeRegistry, script: str) -> None:
    registry.push_image("dev/web:1.0")
    run(f"{script}.then(() => null)")
    assert registry.repositories() == ("dev/web",)


@pytest.mark.parametrize("script", [READ, LISTEN], ids=["fetch", "events"])
def test_foreign_page_reads_nothing(run: Callable[[str], object], script: str) -> None:
    assert run(script) == "refused"


def test_foreign_page_has_no_frame_of_the_console(run: Callable[[str], object], chromium: Browser) -> None:
    run(f"{FRAME}.then(() => null)")
    [context] = chromium.contexts
    [_, frame] = context.pages[0].frames
    assert frame.locator("nav, main").count() == 0
