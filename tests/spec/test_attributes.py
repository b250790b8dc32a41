"""The four switches of ACR's image locks, and the values around them."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.attributes import AttributeChanges, ChangeableAttributes, Order, Page

SWITCHES = ("delete_enabled", "write_enabled", "read_enabled", "list_enabled")

WORDS = ("quarantine_state", "quarantine_details")

words = dict.fromkeys(WORDS, st.none() | st.text(max_size=3))
attributes = st.builds(ChangeableAttributes, **dict.fromkeys(SWITCHES, st.booleans()), **words)
changes = st.builds(AttributeChanges, **dict.fromkeys(SWITCHES, st.none() | st.booleans()), **words)


def test_everything_is_enabled_at_first() -> None:
    assert vars(ChangeableAttributes()) == dict.fromkeys(SWITCHES, True) | dict.fromkeys(WORDS)


def test_no_change_is_asked_for_at_first() -> None:
    assert vars(AttributeChanges()) == dict.fromkeys((*SWITCHES, *WORDS))


@given(attributes, changes)
def test_what_a_change_names_is_set_and_the_rest_stays(before: ChangeableAttributes, change: AttributeChanges) -> None:
    after = change.applied_to(before)
    for name in (*SWITCHES, *WORDS):
        wanted = getattr(change, name)
        assert getattr(after, name) is (getattr(before, name) if wanted is None else wanted)


@given(attributes, changes)
def test_a_change_applied_twice_is_applied_once(before: ChangeableAttributes, change: AttributeChanges) -> None:
    once = change.applied_to(before)
    assert change.applied_to(once) == once


@given(attributes)
def test_no_change_is_none(before: ChangeableAttributes) -> None:
    assert AttributeChanges().applied_to(before) == before


@pytest.mark.parametrize("name", SWITCHES)
def test_switches_are_frozen(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(ChangeableAttributes(), name, False)


def test_orders_are_the_words_of_orderby() -> None:
    """ACR 2021-07-01, Tag - Get List."""
    assert [Order("none"), Order("timeasc"), Order("timedesc")] == [
        Order.NAME,
        Order.OLDEST_FIRST,
        Order.NEWEST_FIRST,
    ]


def test_a_page_is_the_last_unless_said_otherwise() -> None:
    assert Page(["a"]) == Page(items=["a"], more=False)
