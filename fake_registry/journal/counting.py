"""The assertion that a number of exchanges meet criteria."""

from fake_registry.journal.assertions import check_count
from fake_registry.journal.criteria import Criteria
from fake_registry.journal.reading import Reading, found_text
from fake_registry.journal.text import bounded_text, criteria_text
from fake_registry.spec.words import count_text


def check_number(expected: int, found: Reading, every: Reading, criteria: Criteria) -> None:
    """Raise AssertionError unless `expected` exchanges are in `found`, which meet the criteria, or
    if some were dropped that may have met them."""
    __tracebackhide__ = True
    check_count("expected", expected)
    number = len(found.exchanges)
    if number == expected and found.dropped == 0:
        return

    condition = f"{count_text(expected, 'exchange')}{criteria_text(criteria)}"
    if number > expected:
        those = bounded_text(found.exchanges)
        raise AssertionError(f"expected {condition}, found {number}:\n{those}")
    raise AssertionError(f"expected {condition}, {found_text(number, every)}")
