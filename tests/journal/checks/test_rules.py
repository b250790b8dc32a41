"""All rules of the table, whatever the requests are."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry import Exchange
from fake_registry.journal.checks.rule import ClientRule
from fake_registry.journal.checks.table import RULES, mistakes_in
from tests.support.exchanges import exchanges
from tests.support.small_clients import DIGEST, SmallClient


@given(st.lists(exchanges(), max_size=6))
def test_no_rule_raises(found: Sequence[Exchange]) -> None:
    """Also for texts that no well-formed request has, and numbers in any order."""
    for broken in mistakes_in(found):
        assert broken.mistake.exchanges
        assert broken.mistake.text


@pytest.mark.parametrize("location", ["https://[bad/v2/", "", "?", "//", "\x00", "%zz"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_malformed_location(rule: ClientRule, location: str, client: SmallClient) -> None:
    client.start_upload()
    [start] = client.registry.requests
    fields = {name: getattr(start, name) for name in Exchange.__dataclass_fields__}
    answer = Exchange(**fields | {"response_headers": (("Location", location), ("Link", location))})

    assert list(rule.find([answer, answer])) == []


def test_text_of_a_broken_rule(client: SmallClient) -> None:
    client.upload()
    client.upload()

    [broken] = client.registry.requests.mistakes()
    assert str(broken) == f"blob-uploaded-twice: dev/web@{DIGEST[:19]} was uploaded before (#1, #2, #3)"
