"""The console as a whole: hostile texts, tokens, keyboard, sizes, access."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fake_registry import FakeRegistry, Fault, Refuse
from fake_registry.control import ControlApp
from fake_registry.server import RegistryServer
from tests.support.browsers import PATIENCE_MS
from tests.support.console import PARTS, part_of, push_tag, rows_of, send, show_part

expect.set_options(timeout=PATIENCE_MS)

OpenPage = Callable[..., Page]

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
NARROW = {"width": 360, "height": 700}


def fill(registry: FakeRegistry, url: str) -> None:
    """Give each part something to show."""
    index = registry.push_index("samples/hello:1.0", platforms=["linux/amd64", "linux/arm64"])
    registry.push_artifact("samples/hello", artifact_type="application/vnd.example.signature", subject=index)
    registry.push_image("a-project-with-a-long-name/and-a-repository-with-a-long-name:1.0-a-tag-with-a-long-name")
    registry.faults.add(Fault("upload.*", Refuse(503), times=2))
    registry.grant("a-principal-with-a-long-name@example.com", "AcrPull")
    registry.revoke()
    registry.add_token("pipeline", "_repositories_pull")
    send(url)
    send(url, "/v2/samples/hello/manifests/2.0")
    send(url, "/v2/samples/hello/blobs/uploads/", method="POST")
    push_tag(url, "samples/hello", "3.0")


class TestHostileTexts:
    def test_markup_of_clients_stays_text(self, page: Page, registry: FakeRegistry, server: RegistryServer) -> None:
        registry.push_image("dev/web:1.0", annotations={MARKUP: MARKUP})
        registry.add_token("pipeline", "_repositories_pull")
        registry.faults.add(Fault("base", Refuse(503, message=MARKUP)))
        registry.grant(MARKUP, "AcrPull")
        send(server.url, f"/v2/{MARKUP}", **{"X-Trace": MARKUP, "User-Agent": "</pre><b>"})

        rows_of(part_of(page, "Requests")).first.click()
        request = page.get_by_role("article", name="Request")
        expect(request.locator("pre")).to_contain_text(MARKUP)
        request.get_by_text("Headers of the request").click()
        expect(request.get_by_role("cell", name=MARKUP)).to_be_visible()

        content = show_part(page, "Content")
        rows_of(content).first.click()
        expect(content.get_by_role("article")).to_contain_text(MARKUP)
        expect(show_part(page, "Faults")).to_contain_text(json.dumps(MARKUP))
        expect(show_part(page, "Access")).to_contain_text(MARKUP)
        assert page.locator("img, main script").count() == 0  # and no dialog: the fixture looks

    def test_characters_that_hide_are_written_out(
        self, page: Page, registry: FakeRegistry, server: RegistryServer
    ) -> None:
        registry.push_image("dev/web:1.0", annotations={"\u202ekey": "a\0b\u2066\u200b\U0001f600 \u0627"})
        send(server.url, "/%00%1b[2J%e2%80%ae%ff%0ax?%00=<b>")
        row = rows_of(part_of(page, "Requests")).first
        expect(row).to_contain_text(r"404 GET /\u{0}\u{1b}[2J\u{202e}")
        row.click()
        request = page.get_by_role("article", name="Request")
        expect(request).to_contain_text("404. ")
        expect(request.get_by_label("Command of curl")).to_contain_text("%E2%80%AE")

        content = show_part(page, "Content")
        rows_of(content).first.click()
        expect(content.get_by_role("term").filter(has_text="key")).to_have_text(r"\u{202e}key")
        expect(content.get_by_role("article")).to_contain_text("a\\u{0}b\\u{2066}\\u{200b}\U0001f600 \u0627")

    def test_long_texts_leave_the_page_as_wide_as_the_screen(
        self, registry: FakeRegistry, server: RegistryServer, open_page: OpenPage
    ) -> None:
        text = "x" * 10_000
        registry.push_image("dev/web:1.0", annotations={text: text})
        registry.faults.add(Fault("base", Refuse(503, message=text)))
        registry.grant(text, "AcrPull")
        registry.add_token(text, {f"{text[:200]}/*": ["content/read"]})
        send(server.url, f"/v2/{text[:5_000]}/tags/list?n={text[:1_000]}", **{"User-Agent": text[:5_000]})
        page = open_page(server.url, viewport=NARROW)
        rows_of(part_of(page, "Requests")).first.click()
        page.get_by_text("Headers of the request").click()
        for name in PARTS:
            part = show_part(page, name)
            if name == "Content":
                rows_of(part).first.click()
                expect(part.get_by_role("article")).to_contain_text("xxx")
            expect(part).not_to_contain_text("Not known yet")
            assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW["width"], name

    def test_question_about_a_long_name_fits_a_narrow_screen(
        self, registry: FakeRegistry, server: RegistryServer, open_page: OpenPage
    ) -> None:
        registry.add_token("n" * 100, "_repositories_pull")
        page = open_page(server.url, viewport=NARROW)
        part = show_part(page, "Access")
        expect(part).to_contain_text("*: content/read")
        part.get_by_label("Name").fill("n" * 100)
        part.get_by_role("button", name="Make the token").click()
        expect(part).to_contain_text("its passwords will be void")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW["width"]


class TestControlToken:
    @pytest.fixture
    def server(self, registry: FakeRegistry) -> Iterator[RegistryServer]:
        with RegistryServer(ControlApp(registry, registry.wsgi_app, token="T")) as server:
            yield server

    def test_token_opens_the_page_and_leaves_the_url(
        self, registry: FakeRegistry, server: RegistryServer, open_page: OpenPage
    ) -> None:
        page = open_page(server.url, "/_fake/ui?token=T")
        assert page.url == f"{server.url}/_fake/ui"
        assert "T" not in str(page.evaluate("document.cookie"))
        expect(page.locator("#connection")).to_have_text("Live")
        send(server.url)
        expect(rows_of(part_of(page, "Requests"))).to_have_count(1)

        page.reload()
        expect(rows_of(part_of(page, "Requests"))).to_have_count(1)

    @pytest.mark.parametrize("query", ["", "?token=wrong"])
    def test_wrong_token_is_said(self, server: RegistryServer, open_page: OpenPage, query: str) -> None:
        page = open_page(server.url, f"/_fake/ui{query}")
        expect(page.locator("main")).to_contain_text("the token in the URL is missing or wrong")

    def test_token_that_is_gone_is_said(self, server: RegistryServer, open_page: OpenPage) -> None:
        page = open_page(server.url, "/_fake/ui?token=T")
        expect(page.locator("#connection")).to_have_text("Live")
        page.context.clear_cookies()
        show_part(page, "Content")
        expect(page.locator("#notices")).to_contain_text("expected Authorization: Bearer and the control token")


@pytest.mark.parametrize("fragment", ["toString", "__proto__", "main", "%00"])
def test_unknown_part_in_the_url_shows_requests(server: RegistryServer, open_page: OpenPage, fragment: str) -> None:
    page = open_page(server.url, f"/_fake/ui#{fragment}")
    expect(page.locator("#connection")).to_have_text("Live")
    expect(part_of(page, "Requests")).to_be_visible()


def test_keyboard_is_enough(page: Page, server: RegistryServer) -> None:
    send(server.url)
    send(server.url, "/nowhere")
    expect(rows_of(part_of(page, "Requests"))).to_have_count(2)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for expected in ("searchbox", "combobox", "button", "link", "listbox"):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_role(expected)
    page.keyboard.press("ArrowDown")  # the first key chooses the newest one
    expect(page.get_by_role("article", name="Request")).to_contain_text("#1 GET /nowhere")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("article", name="Request")).to_contain_text("#0 GET /v2/")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("article", name="Request")).to_contain_text("#1 GET /nowhere")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_accessible_name("Command of curl")


def test_page_fits_a_narrow_screen(registry: FakeRegistry, server: RegistryServer, open_page: OpenPage) -> None:
    page = open_page(server.url, viewport=NARROW)
    fill(registry, server.url)
    send(server.url, f"/v2/samples/hello/manifests/sha256:{'0' * 64}", method="PUT")  # DIGEST_INVALID
    for name in PARTS:
        part = show_part(page, name)
        expect(part).to_be_visible()
        if name in ("Requests", "Content"):
            rows_of(part).last.click()
            expect(part.get_by_role("article").get_by_role("heading").first).to_be_in_viewport()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW["width"], name


def test_narrow_screen_scrolls_to_the_request_that_is_clicked(server: RegistryServer, open_page: OpenPage) -> None:
    page = open_page(server.url, viewport={"width": 360, "height": 400})
    send(server.url)
    rows_of(part_of(page, "Requests")).click()
    detail = page.get_by_role("article", name="Request")
    expect(detail).to_contain_text("#0 GET /v2/")
    assert detail.evaluate("element => element.getBoundingClientRect().top") < 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(
    registry: FakeRegistry, server: RegistryServer, open_page: OpenPage, scheme: str
) -> None:
    path = os.environ.get("AXE_CORE")
    if path is None:
        pytest.skip("AXE_CORE is not the path of axe.min.js (npm install axe-core)")

    page = open_page(server.url, color_scheme=scheme)
    page.evaluate(Path(path).read_text(encoding="utf-8"))
    for name in PARTS:  # empty, and filled
        show_part(page, name)
        assert serious_faults(page) == [], name
    fill(registry, server.url)
    for name in PARTS:
        part = show_part(page, name)
        if name in ("Requests", "Content"):
            rows_of(part).first.click()
            expect(part.get_by_role("article").get_by_role("heading").first).to_be_visible()
        assert serious_faults(page) == [], name


def serious_faults(page: Page) -> list[str]:
    """Return the rules of axe that the page breaks seriously, with the first element of each."""
    found: dict[str, Any] = page.evaluate("axe.run()")  # Any: JSON
    serious = [rule for rule in found["violations"] if rule["impact"] in ("serious", "critical")]
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in serious]


def test_screenshots_of_the_documentation(
    chromium: Browser, registry: FakeRegistry, server: RegistryServer, open_page: OpenPage, tmp_path: Path
) -> None:
    """With CONSOLE_SCREENSHOTS, a folder, they are written there: docs/how-to."""
    folder = Path(os.environ.get("CONSOLE_SCREENSHOTS", tmp_path))
    fill(registry, server.url)
    page = open_page(server.url)
    part = part_of(page, "Requests")
    expect(rows_of(part)).to_have_count(4)
    rows_of(part).nth(1).click()
    expect(part.get_by_role("article")).to_contain_text("Send it once more")
    page.screenshot(path=folder / "console-requests.png")

    part = show_part(page, "Content")
    part.get_by_label("Filter").fill("samples/hello:1.0")
    rows_of(part).first.click()
    expect(part.get_by_role("article")).to_contain_text("referrer")
    page.screenshot(path=folder / "console-content.png")
    assert [(folder / f"console-{name}.png").stat().st_size > 0 for name in ("requests", "content")] == [True, True]
