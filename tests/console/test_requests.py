"""The requests in the console: live, filtered, in detail, and saved."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, Route, expect
from werkzeug.test import Client

from fake_registry import Disconnect, FakeRegistry, Fault, Settings
from fake_registry.control import ControlApp
from fake_registry.server import RegistryServer
from tests.support.browsers import PATIENCE_MS
from tests.support.console import part_of, push_tag, rows_of, send

expect.set_options(timeout=PATIENCE_MS)

OpenPage = Callable[..., Page]


def test_push_appears_as_it_comes(page: Page, server: RegistryServer) -> None:
    part = part_of(page, "Requests")
    expect(page.locator("#connection")).to_have_text("Live")
    expect(part).to_contain_text(f"No request yet. Run your client against {server.url}")

    push_tag(server.url, "samples/hello", "1.0")
    expect(rows_of(part)).to_have_count(1)
    expect(rows_of(part)).to_contain_text("201 PUT /v2/samples/hello/manifests/1.0")


def test_refused_request_has_its_reason_and_its_command(page: Page, server: RegistryServer) -> None:
    send(server.url, "/v2/samples/hello/manifests/2.0", **{"X-Trace": "<b>7</b>"})
    rows_of(part_of(page, "Requests")).first.click()
    detail = page.get_by_role("article", name="Request")

    expect(detail).to_contain_text("404. MANIFEST_UNKNOWN; repository samples/hello has no tag 2.0")
    expect(detail.locator("pre")).to_contain_text("-H 'X-Trace: <b>7</b>'")
    expect(detail.locator("pre")).to_contain_text(f"{server.url}/v2/samples/hello/manifests/2.0")
    detail.get_by_text("Headers of the request").click()
    expect(detail.get_by_role("cell", name="<b>7</b>")).to_be_visible()


def test_refused_push_says_what_to_push_first(page: Page, server: RegistryServer) -> None:
    blob = {"digest": f"sha256:{'1' * 64}", "size": 2, "mediaType": "application/vnd.oci.image.config.v1+json"}
    media_type = "application/vnd.oci.image.manifest.v1+json"
    body = {"schemaVersion": 2, "mediaType": media_type, "config": blob, "layers": []}
    url = f"{server.url}/v2/samples/hello/manifests/1.0"
    assert requests.put(url, json=body, headers={"Content-Type": media_type}, timeout=20).status_code == 400

    rows_of(part_of(page, "Requests")).click()
    advice = f"Advice: Push {blob['digest']} to samples/hello before the manifest"
    expect(page.get_by_role("article", name="Request")).to_contain_text(advice)


def test_commands_say_where_the_secrets_come_from(open_page: OpenPage) -> None:
    registry = FakeRegistry(Settings(auth="token"))
    with RegistryServer(ControlApp(registry, registry.wsgi_app)) as server:
        send(server.url, "/v2/a/blobs/uploads/1?_state=s", method="PATCH", Authorization="Bearer x")
        page = open_page(server.url)
        rows_of(part_of(page, "Requests")).click()
        detail = page.get_by_role("article", name="Request")
        expect(detail).to_contain_text("$TOKEN stands for a secret: set it first")
        expect(detail).to_contain_text("*** in the URL stands for a secret: take the URL from the Location")
        expect(detail.get_by_label("Command that sets TOKEN")).to_contain_text("scope=repository:a:pull,push")

        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        detail.get_by_role("button", name="Copy the login").click()
        expect(detail.get_by_role("status").first).to_have_text(" Copied.")
        command = detail.get_by_label("Command that sets TOKEN").inner_text()
        assert page.evaluate("navigator.clipboard.readText()") == command
        page.goto("about:blank")


def test_client_program_is_shown_and_found(page: Page, server: RegistryServer) -> None:
    part = part_of(page, "Requests")
    send(server.url, **{"User-Agent": "crane/0.20 go-containerregistry/0.20"})
    send(server.url, **{"user-agent": "skopeo/1.9.3"})
    expect(rows_of(part).nth(0)).to_contain_text("#0 crane · ")
    expect(rows_of(part).nth(1)).to_contain_text("#1 skopeo · ")

    part.get_by_label("Filter").fill("skopeo/1")
    expect(rows_of(part)).to_have_count(1)
    rows_of(part).click()
    expect(page.get_by_role("article", name="Request").locator("dl")).to_contain_text("Clientskopeo/1.9.3")


def test_detail_says_what_it_is_for(page: Page, server: RegistryServer) -> None:
    detail = page.get_by_role("article", name="Request")
    expect(detail).to_contain_text("Choose a request to see why it was refused")
    send(server.url)
    rows_of(part_of(page, "Requests")).click()
    expect(detail).to_contain_text("#0 GET /v2/")


def test_slow_answer_about_an_earlier_choice_is_not_shown(page: Page, server: RegistryServer) -> None:
    held: list[Route] = []
    page.route("**/_fake/requests/0", lambda route: held.append(route))
    for path in ("/v2/", "/nowhere"):
        send(server.url, path)
    rows = rows_of(part_of(page, "Requests"))
    expect(rows).to_have_count(2)
    rows.nth(0).click()
    rows.nth(1).click()
    detail = page.get_by_role("article", name="Request")
    expect(detail).to_contain_text("#1 GET /nowhere")

    with page.expect_response("**/_fake/requests/0"):
        held[0].continue_()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(detail).to_contain_text("#1 GET /nowhere")


def test_filters_choose_among_the_requests(page: Page, registry: FakeRegistry, server: RegistryServer) -> None:
    part = part_of(page, "Requests")
    send(server.url)
    send(server.url, "/v2/a/manifests/1")
    push_tag(server.url, "samples/hello", "1.0")
    expect(rows_of(part)).to_have_count(3)

    part.get_by_label("Outcome").select_option("all of 400 and above")
    expect(rows_of(part)).to_have_count(1)
    part.get_by_label("Outcome").select_option("pushes and deletes")
    expect(rows_of(part)).to_contain_text("PUT")
    send(server.url)  # comes while the filter is set
    part.get_by_label("Filter").fill("nothing like this")
    expect(part).to_contain_text("No request meets the filters.")
    part.get_by_label("Outcome").select_option("all")
    part.get_by_label("Filter").fill("SAMPLES")
    expect(rows_of(part)).to_have_count(1)
    expect(part).to_contain_text("1 of 4 requests")


def test_refusals_are_found_among_probes(open_page: OpenPage) -> None:
    registry = FakeRegistry(Settings(auth="token", admin_user="fake", admin_password="secret"))
    admin = {"Authorization": f"Basic {b64encode(b'fake:secret').decode()}"}
    with RegistryServer(ControlApp(registry, registry.wsgi_app)) as server:
        send(server.url)
        send(server.url, "/v2/a/blobs/uploads/", method="POST")
        send(server.url, "/oauth2/token", method="POST")
        send(server.url, "/v2/a/manifests/1", method="HEAD", **admin)
        send(server.url, "/v2/a/manifests/1", **admin)
        send(server.url, "/v2/a/manifests/1", method="PUT", **admin)
        page = open_page(server.url)
        part = part_of(page, "Requests")
        expect(rows_of(part)).to_have_count(6)

        for outcome, numbers in [
            ("all of 400 and above", ["#0 ", "#1 ", "#2 ", "#3 ", "#4 ", "#5 "]),
            ("refused, no probes", ["#2 ", "#4 ", "#5 "]),
            ("refused pushes and deletes", ["#5 "]),
            ("pushes and deletes", ["#1 ", "#5 "]),
        ]:
            part.get_by_label("Outcome").select_option(outcome)
            expect(rows_of(part)).to_have_count(len(numbers))
            expect(rows_of(part)).to_contain_text(numbers)
        page.goto("about:blank")


def test_dropped_connection_is_shown(page: Page, registry: FakeRegistry, server: RegistryServer) -> None:
    registry.faults.add(Fault("base", Disconnect()))
    with pytest.raises(OSError, match=r"abort|reset"):
        send(server.url)
    expect(rows_of(part_of(page, "Requests"))).to_contain_text("dropped GET /v2/")
    expect(rows_of(part_of(page, "Requests"))).to_contain_text("Disconnect")


def test_cleared_requests_are_said(page: Page, registry: FakeRegistry, server: RegistryServer) -> None:
    part = part_of(page, "Requests")
    send(server.url)
    expect(rows_of(part)).to_have_count(1)
    registry.reset()
    expect(page.locator("#notices")).to_contain_text("The recorded requests were cleared")
    expect(rows_of(part)).to_have_count(0)

    send(server.url, "/nowhere")
    expect(rows_of(part)).to_contain_text("404 GET /nowhere")


def test_own_clearing_takes_a_second_press(page: Page, registry: FakeRegistry, server: RegistryServer) -> None:
    part = part_of(page, "Requests")
    send(server.url)
    expect(rows_of(part)).to_have_count(1)
    part.get_by_role("button", name="Clear requests").click()
    expect(part).to_contain_text("1 request will be gone.")
    part.get_by_role("button", name="Clear them").click()

    expect(page.locator("#notices")).to_contain_text("You cleared the requests.")
    expect(rows_of(part)).to_have_count(0)
    assert len(registry.requests) == 0


def test_requests_are_saved_as_an_archive(page: Page, server: RegistryServer, tmp_path: Path) -> None:
    send(server.url)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download HAR").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)

    [entry] = json.loads(path.read_text())["log"]["entries"]
    assert (path.name, entry["request"]["url"]) == ("requests.har", f"{server.url}/v2/")


def test_archive_has_the_requests_that_are_shown(page: Page, server: RegistryServer, tmp_path: Path) -> None:
    for path in ("/v2/", "/nowhere", "/v2/", "/elsewhere"):
        send(server.url, path)
    part = part_of(page, "Requests")
    part.get_by_label("Outcome").select_option("refused")
    with page.expect_download() as download:
        part.get_by_role("link", name="Download HAR of 2 requests").click()
    download.value.save_as(tmp_path / "shown.har")

    entries = json.loads((tmp_path / "shown.har").read_text())["log"]["entries"]
    assert download.value.suggested_filename == "requests.har"
    assert [entry["request"]["url"] for entry in entries] == [f"{server.url}/nowhere", f"{server.url}/elsewhere"]


def test_click_counts_while_requests_come(page: Page, server: RegistryServer) -> None:
    part = part_of(page, "Requests")
    send(server.url)
    rows_of(part).first.hover()
    page.mouse.down()
    push_tag(server.url, "samples/hello", "1.0")
    expect(rows_of(part)).to_have_count(2)
    page.mouse.up()
    expect(page.get_by_role("article", name="Request")).to_contain_text("#0 GET /v2/")


def test_ten_thousand_requests_are_few_elements(page: Page, registry: FakeRegistry, server: RegistryServer) -> None:
    part = part_of(page, "Requests")
    client = Client(registry.wsgi_app)
    for _ in range(10_000):
        client.get("/v2/")

    expect(part).to_contain_text("10,000 of 10,000 requests")
    expect(rows_of(part).last).to_contain_text("#9999")  # the list follows those that come
    assert rows_of(part).count() < 60
    part.get_by_role("listbox").focus()
    page.keyboard.press("Home")
    expect(rows_of(part).first).to_contain_text("#0")
    page.keyboard.press("End")
    expect(part.locator("[aria-selected=true]")).to_contain_text("#9999")
