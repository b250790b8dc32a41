"""The console and its servers: several registries, an end, a restart, and a registry that is closed."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect
from werkzeug.test import Client

from fake_registry import FakeRegistry, Settings
from fake_registry.control import ControlApp, ControlChoice
from fake_registry.http.hosts import HostApp
from fake_registry.server import RegistryServer
from tests.support.browsers import PATIENCE_MS
from tests.support.console import part_of, rows_of, send, show_part

expect.set_options(timeout=PATIENCE_MS)

OpenPage = Callable[..., Page]


def test_several_registries_are_chosen_from_a_list(open_page: OpenPage) -> None:
    registries = [FakeRegistry(Settings(auth="off", name=name)) for name in ("left", "right")]
    registries[1].push_image("dev/web:1.0")
    hosts = {host: app for registry in registries for host, app in registry.hosts.items()}
    with RegistryServer(ControlChoice(registries, HostApp(hosts))) as server:
        page = open_page(server.url)
        expect(page.get_by_role("heading", level=1)).to_contain_text("left.azurecr.io")
        page.get_by_label("Registry").select_option("right")
        expect(page.get_by_role("heading", level=1)).to_contain_text("right.azurecr.io")

        expect(rows_of(show_part(page, "Content"))).to_contain_text("dev/web 1.0")
        page.goto("about:blank")


def test_registry_of_the_url_is_the_one_in_the_list(open_page: OpenPage) -> None:
    registries = [FakeRegistry(Settings(auth="off", name=name)) for name in ("left", "right")]
    hosts = {host: app for registry in registries for host, app in registry.hosts.items()}
    with RegistryServer(ControlChoice(registries, HostApp(hosts))) as server:
        page = open_page(server.url, "/_fake/ui?registry=RIGHT")
        expect(page.get_by_role("heading", level=1)).to_contain_text("right.azurecr.io")
        expect(page.get_by_label("Registry")).to_have_value("right")

        page.goto(f"{server.url}/_fake/ui?registry=<b>")
        expect(page.locator("#notices")).to_contain_text("The server has no registry <b>. Choose one")
        page.get_by_label("Registry").select_option("left")
        expect(page.get_by_role("heading", level=1)).to_contain_text("left.azurecr.io")
        page.goto("about:blank")


def test_hidden_pages_leave_their_connections_to_others(
    registry: FakeRegistry, server: RegistryServer, chromium: Browser
) -> None:
    """Chromium has six connections to a server, and a headless one shows all its pages."""
    hide = "(hidden) => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true}); "
    hide += "document.dispatchEvent(new Event('visibilitychange')); }"
    context = chromium.new_context()
    pages = [context.new_page() for _ in range(7)]
    for page in pages:
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{server.url}/_fake/ui")
        expect(page.locator("#connection")).to_have_text("Live")
        page.evaluate(hide, True)
    send(server.url)

    pages[0].evaluate(hide, False)
    expect(rows_of(part_of(pages[0], "Requests"))).to_have_count(1)
    context.close()


def test_closed_registry_is_said(page: Page, registry: FakeRegistry, server: RegistryServer) -> None:
    registry.push_image("dev/web:1.0")
    part = show_part(page, "Content")
    expect(rows_of(part)).to_have_count(1)
    registry.close()
    expect(page.locator("#notices")).to_contain_text("The registry was closed: its content is gone.")
    expect(rows_of(part)).to_have_count(0)
    send(server.url, "/v2/dev/web/manifests/1.0")
    expect(rows_of(show_part(page, "Requests"))).to_contain_text("404 GET /v2/dev/web/manifests/1.0")
    expect(page.locator("#notices")).to_contain_text("The registry was closed")


def test_end_and_return_of_the_server_are_said(registry: FakeRegistry, open_page: OpenPage) -> None:
    with RegistryServer(ControlApp(registry, registry.wsgi_app)) as server:
        url, port = server.url, server.port
        page = open_page(url)
        send(url, "/first")
        expect(rows_of(part_of(page, "Requests"))).to_contain_text("/first")
    expect(page.locator("#connection")).to_have_text("The server does not answer. Trying again.")
    show_part(page, "Content")
    expect(page.locator("#notices")).to_contain_text("The server does not answer. It may have been stopped.")
    for name in ("Content", "Faults", "Access", "Clock and state"):
        expect(show_part(page, name)).to_contain_text("Not known yet: The server does not answer.")
    expect(page.get_by_role("button", name="Advance by 1 hour")).to_be_hidden()

    other = FakeRegistry(Settings(auth="off"))
    with RegistryServer(ControlApp(other, other.wsgi_app), port=port):
        expect(page.locator("#connection")).to_have_text("Live")
        show_part(page, "Requests")
        send(url, "/second")
        expect(rows_of(part_of(page, "Requests"))).to_have_count(1)
        expect(rows_of(part_of(page, "Requests"))).to_contain_text("/second")
        page.goto("about:blank")


def test_requests_of_an_earlier_server_are_not_mixed_with_others(registry: FakeRegistry, open_page: OpenPage) -> None:
    with RegistryServer(ControlApp(registry, registry.wsgi_app)) as server:
        url, port = server.url, server.port
        page = open_page(url)
        part = part_of(page, "Requests")
        send(url, "/first")
        expect(rows_of(part)).to_contain_text("/first")

    other = FakeRegistry(Settings(auth="off"))
    for number in range(3):  # more than there were before, when the page connects again
        Client(other.wsgi_app).get(f"/other/{number}")
    with RegistryServer(ControlApp(other, other.wsgi_app), port=port):
        expect(page.locator("#notices")).to_contain_text("The recorded requests were cleared")
        expect(rows_of(part)).to_contain_text(["/other/0", "/other/1", "/other/2"])
        expect(rows_of(part)).to_have_count(3)
        page.goto("about:blank")
