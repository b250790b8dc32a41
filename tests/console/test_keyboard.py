"""The focus in the console after the keyboard has changed something, and while the registry changes."""

import pytest
from playwright.sync_api import Page, expect

from fake_registry import FakeRegistry
from tests.support.browsers import PATIENCE_MS
from tests.support.console import show_part

expect.set_options(timeout=PATIENCE_MS)


def test_outage_keeps_the_focus_on_its_button(page: Page, registry: FakeRegistry) -> None:
    part = show_part(page, "Faults")
    part.get_by_role("button", name="Take it down").press("Enter")
    expect(part.get_by_role("button", name="Answer again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(part.get_by_role("button", name="Take it down")).to_be_focused()


def test_next_tab_after_a_removed_row_is_in_its_table(page: Page, registry: FakeRegistry) -> None:
    registry.grant("first", "AcrPull")
    registry.grant("second", "AcrPull")
    part = show_part(page, "Access")
    revoke = part.get_by_role("button", name="Revoke")
    revoke.first.press("Enter")
    expect(revoke).to_have_count(1)

    expect(revoke).not_to_be_focused()  # a second press of Enter revokes nothing else
    page.keyboard.press("Tab")
    expect(revoke).to_be_focused()


@pytest.mark.parametrize("button", ["Forget 1", "Return to 1"])
def test_focus_stays_while_another_row_comes(page: Page, registry: FakeRegistry, button: str) -> None:
    part = show_part(page, "Clock and state")
    part.get_by_role("button", name="Save a snapshot").click()
    part.get_by_role("button", name=button).focus()
    page.evaluate("fetch('/_fake/snapshot', {method: 'POST'}).then(() => null)")
    expect(part.get_by_role("button", name="Forget 2")).to_be_visible()
    expect(part.get_by_role("button", name=button)).to_be_focused()


def test_focus_of_a_dismissed_notice_goes_to_the_part(page: Page) -> None:
    part = show_part(page, "Clock and state")
    part.get_by_role("button", name="Save a snapshot").click()
    page.get_by_role("button", name="Dismiss").press("Enter")
    expect(page.locator("#notices")).to_be_empty()
    expect(page.locator("#main")).to_be_focused()
