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


def test_all_attributes_are_enabled_by_default() -> None:
    assert vars(ChangeableAttributes()) == dict.fromkeys(SWITCHES, True) | dict.fromkeys(WORDS)


def test_changes_are_empty_by_default() -> None:
    assert vars(AttributeChanges()) == dict.fromkeys((*SWITCHES, *WORDS))


@given(attributes, changes)
def test_change_sets_only_the_named_attributes(before: ChangeableAttributes, change: AttributeChanges) -> None:
    after = change.applied_to(before)
    for name in (*SWITCHES, *WORDS):
        wanted = getattr(change, name)
        assert getattr(after, name) is (getattr(before, name) if wanted is None else wanted)


@given(attributes, changes)
def test_change_applied_twice_has_the_same_result(before: ChangeableAttributes, change: AttributeChanges) -> None:
    once = change.applied_to(before)
    assert change.applied_to(once) == once


@given(attributes)
def test_empty_change_changes_nothing(before: ChangeableAttributes) -> None:
    assert AttributeChanges().applied_to(before) == before


@pytest.mark.parametrize("name", SWITCHES)
def test_switches_are_frozen(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(ChangeableAttributes(), name, False)


def test_orders_have_the_values_of_orderby() -> None:
    """ACR 2021-07-01, Tag - Get List."""
    assert [Order("none"), Order("timeasc"), Order("timedesc")] == [
        Order.NAME,
        Order.OLDEST_FIRST,
        Order.NEWEST_FIRST,
    ]


def test_page_is_the_last_by_default() -> None:
    assert Page(["a"]) == Page(items=["a"], more=False)
