"""What a user changes in the console: faults, roles, tokens, the clock, snapshots, the whole registry."""

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from fake_registry import FakeRegistry, Fault, Refuse
from fake_registry.clock import ManualClock
from fake_registry.server import RegistryServer
from tests.support.browsers import PATIENCE_MS
from tests.support.console import push_tag, send, show_part

expect.set_options(timeout=PATIENCE_MS)


def test_fault_of_the_page_strikes_and_its_hits_count_up(page: Page, server: RegistryServer) -> None:
    part = show_part(page, "Faults")
    expect(part).to_contain_text("No fault is in force.")
    part.get_by_label("Endpoint").fill("upload.*")
    part.get_by_label("Effect").select_option("Refuse")
    part.get_by_label("status").fill("503")
    part.get_by_label("Times").fill("2")
    part.get_by_role("button", name="Make the fault").click()
    row = part.get_by_role("row").nth(1)
    expect(row).to_contain_text("Refuse (status 503) at upload.*")
    expect(row).to_contain_text("for 2 calls, before any change")
    cells = row.get_by_role("cell")
    expect(cells.nth(1)).to_have_text("in force")
    expect(cells.nth(2)).to_have_text("0")

    assert send(server.url, "/v2/a/blobs/uploads/", method="POST") == 503
    expect(cells.nth(2)).to_have_text("1")
    assert send(server.url, "/v2/a/blobs/uploads/", method="POST") == 503
    expect(cells.nth(1)).to_have_text("used up")
    assert push_tag(server.url, "a", "1.0") == 201


def test_fault_is_switched_off_and_on(page: Page, registry: FakeRegistry, server: RegistryServer) -> None:
    part = show_part(page, "Faults")
    part.get_by_label("Endpoint").fill("base")
    part.get_by_label("Times").fill("")
    part.get_by_role("button", name="Make the fault").click()
    expect(part.get_by_role("button", name="Switch off")).to_be_visible()
    assert send(server.url) == 503

    part.get_by_role("button", name="Switch off").press("Enter")
    expect(part.get_by_role("button", name="Switch on")).to_be_focused()
    expect(part.get_by_role("row").nth(1).get_by_role("cell").nth(1)).to_have_text("off")
    assert (send(server.url), len(registry.faults)) == (200, 0)
    page.keyboard.press("Enter")
    expect(part.get_by_role("button", name="Switch off")).to_be_focused()
    assert send(server.url) == 503


def test_reset_removes_faults_that_are_off(page: Page, registry: FakeRegistry) -> None:
    registry.faults.add(Fault("base", Refuse(503)))
    faults = show_part(page, "Faults")
    faults.get_by_role("button", name="Switch off").click()
    expect(faults.get_by_role("button", name="Switch on")).to_be_visible()
    part = show_part(page, "Clock and state")
    part.get_by_role("button", name="Reset the registry").click()
    part.get_by_role("button", name="Remove everything").click()
    expect(page.locator("#notices")).to_contain_text("The registry was reset.")
    expect(show_part(page, "Faults")).to_contain_text("No fault is in force.")


def test_fault_cannot_be_made_before_its_effects_are_known(page: Page) -> None:
    held: list[Route] = []
    page.route("**/_fake/faults/schema", lambda route: held.append(route))
    with page.expect_request("**/_fake/faults/schema"):
        part = show_part(page, "Faults")
    button = part.get_by_role("button", name="Make the fault")
    expect(button).to_be_disabled()
    held[0].continue_()
    expect(button).to_be_enabled()


def test_refused_fault_is_said(page: Page) -> None:
    part = show_part(page, "Faults")
    part.get_by_label("Endpoint").fill("uplaod.*")
    part.get_by_role("button", name="Make the fault").click()
    expect(page.locator("#notices")).to_contain_text("there is no endpoint 'uplaod.*'")


def test_registry_is_taken_down_and_up(page: Page, server: RegistryServer) -> None:
    part = show_part(page, "Faults")
    part.get_by_role("button", name="Take it down").click()
    expect(part).to_contain_text("The registry is down")
    with pytest.raises(requests.ConnectionError):
        send(server.url)
    part.get_by_role("button", name="Answer again").click()
    expect(part).to_contain_text("The registry answers.")
    assert send(server.url) == 200


def test_each_effect_has_a_form_and_a_group(page: Page) -> None:
    part = show_part(page, "Faults")
    effect = part.get_by_label("Effect")
    expect(effect.locator("option").first).to_be_attached()
    assert effect.locator("> optgroup[label=uploads] > option").all_inner_texts() == [
        "ForgetUpload",
        "MoveUpload",
        "StaleRange",
    ]
    assert effect.locator("> option, > optgroup[label=undefined]").count() == 0
    for name in effect.locator("option").all_inner_texts():
        effect.select_option(name)
        expect(part.locator("form p.quiet")).not_to_be_empty()
        expect(part.locator("form p.quiet")).not_to_contain_text("`")


def test_role_is_granted_and_revoked(page: Page, registry: FakeRegistry) -> None:
    part = show_part(page, "Access")
    part.get_by_label("Principal").fill("ci@example.com")
    part.get_by_label("Role").select_option("AcrPush")
    part.get_by_role("button", name="Grant the role").click()
    expect(part.get_by_role("cell", name="ci@example.com")).to_be_visible()
    assert [str(role) for role in registry.roles] == ["AcrPush of ci@example.com on *"]

    part.get_by_role("button", name="Revoke").click()
    expect(part).to_contain_text("No role is granted")
    assert registry.roles == ()


def test_token_is_made_with_its_passwords_and_removed(
    page: Page, registry: FakeRegistry, server: RegistryServer
) -> None:
    part = show_part(page, "Access")
    part.get_by_label("Name").fill("pipeline")
    part.get_by_role("button", name="Make the token").click()
    row = part.get_by_role("row").filter(has_text="pipeline")
    expect(row).to_contain_text("samples/*: content/read")
    [token] = registry.accounts().tokens
    expect(part).to_contain_text(f"Passwords of pipeline, shown once: {' and '.join(token.passwords)}")
    host = server.url.removeprefix("http://")
    expect(part.locator("pre")).to_have_text(f"docker login -u pipeline -p {token.passwords[0]} {host}")

    part.get_by_role("button", name="Remove").click()
    expect(part).to_contain_text("No token yet.")
    expect(part).not_to_contain_text("shown once")
    assert registry.token_count == 0


def test_token_is_replaced_at_a_second_press(page: Page, registry: FakeRegistry) -> None:
    registry.add_token("pipeline", "_repositories_pull", password="secret")
    part = show_part(page, "Access")
    expect(part).to_contain_text("*: content/read")
    part.get_by_label("Name").fill("pipeline")
    part.get_by_role("button", name="Make the token").click()
    expect(part).to_contain_text("There is a token pipeline: its passwords will be void.")
    part.get_by_role("button", name="Keep it").click()
    expect(part.get_by_role("button", name="Make the token")).to_be_focused()
    assert registry.accounts().tokens[0].accepts("secret")

    part.get_by_role("button", name="Make the token").click()
    part.get_by_role("button", name="Replace the token").click()
    expect(page.locator("#notices")).to_contain_text("was replaced: its old passwords are void")
    assert not registry.accounts().tokens[0].accepts("secret")


def test_notice_of_an_action_ends_with_its_part(page: Page, registry: FakeRegistry) -> None:
    part = show_part(page, "Clock and state")
    part.get_by_role("button", name="Advance by 1 hour").click()
    expect(page.locator("#notices")).to_contain_text("It is now 2026-01-01 01:00:00.000 UTC.")
    show_part(page, "Content")
    expect(page.locator("#notices")).to_be_empty()


def test_notice_of_a_failure_ends_with_it(page: Page, registry: FakeRegistry) -> None:
    page.route("**/_fake/clock", lambda route: route.fulfill(status=409, json={"error": "not now"}))
    part = show_part(page, "Clock and state")
    expect(page.locator("#notices")).to_contain_text("not now")
    expect(part).to_contain_text("Not known yet: not now")
    page.unroute("**/_fake/clock")
    expect(part).to_contain_text("2026-01-01 00:00:00.000 UTC")
    expect(page.locator("#notices")).to_be_empty()


def test_earlier_answer_that_comes_later_is_not_shown(page: Page, registry: FakeRegistry) -> None:
    held: list[Route] = []
    page.route("**/_fake/clock", lambda route: held.append(route), times=1)
    with page.expect_request("**/_fake/clock"):
        part = show_part(page, "Clock and state")
    expect(part).to_contain_text("2026-01-01 00:00:00.000 UTC")  # by the next look
    with page.expect_response("**/_fake/clock"):
        held[0].fulfill(json={"time": 0, "manual": True})
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(part).not_to_contain_text("1970")


def test_clock_is_advanced(page: Page, registry: FakeRegistry) -> None:
    part = show_part(page, "Clock and state")
    expect(part).to_contain_text("2026-01-01 00:00:00.000 UTC")
    part.get_by_role("button", name="Advance by 1 hour").click()
    expect(part).to_contain_text("2026-01-01 01:00:00.000 UTC")
    part.get_by_label("Seconds").fill("1.5")
    part.get_by_role("button", name="Advance the clock").click()
    expect(part).to_contain_text("2026-01-01 01:00:01.500 UTC")
    assert isinstance(registry.clock, ManualClock)


def test_snapshot_is_saved_and_restored(page: Page, registry: FakeRegistry) -> None:
    registry.push_image("dev/web:1.0")
    part = show_part(page, "Clock and state")
    part.get_by_role("button", name="Save a snapshot").click()
    expect(part.get_by_role("cell", name="1", exact=True)).to_be_visible()
    expect(part.get_by_role("cell", name="1 tag in 1 repository")).to_be_visible()
    expect(part.get_by_role("cell", name="2026-01-01 00:00:00.000 UTC")).to_be_visible()
    registry.push_image("dev/api:1.0")

    part.get_by_role("button", name="Return to 1").click()
    part.get_by_role("button", name="Return to snapshot 1").click()
    expect(page.locator("#notices")).to_contain_text("Content, roles and tokens are those of snapshot 1.")
    assert registry.repositories() == ("dev/web",)
    part.get_by_role("button", name="Forget 1").click()
    expect(part).to_contain_text("No snapshot yet.")


def test_reset_takes_a_second_press(page: Page, registry: FakeRegistry) -> None:
    registry.push_image("dev/web:1.0")
    part = show_part(page, "Clock and state")
    part.get_by_role("button", name="Reset the registry").click()
    part.get_by_role("button", name="Keep it").click()
    expect(part.get_by_role("button", name="Reset the registry")).to_be_focused()
    assert registry.repositories() == ("dev/web",)

    part.get_by_role("button", name="Reset the registry").click()
    part.get_by_role("button", name="Remove everything").click()
    expect(page.locator("#notices")).to_contain_text("The registry was reset.")
    expect(part.get_by_role("button", name="Reset the registry")).to_be_visible()
    assert registry.repositories() == ()
