"""Rules of strict mode over exchanges of any kind: none raises, and each takes linear time."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from types import FrameType
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.journal.checks.rule import BrokenRule, ClientRule
from fake_registry.journal.checks.table import RULES, mistakes_in
from fake_registry.journal.exchange import Exchange
from fake_registry.spec.endpoints import ENDPOINTS
from tests.support.effort import examples
from tests.support.exchanges import DIGEST, OTHER_DIGEST, calls, exchange_of

CLIENT = "tool/1.0"

Fields = dict[str, Any]  # Any: the fields' own types

DIGESTS: Final = (("Docker-Content-Digest", DIGEST),)
GET: Final[Fields] = {"endpoint": "manifest.get", "reference": "1.0", "response_headers": DIGESTS}
PUT: Final[Fields] = GET | {"endpoint": "manifest.put", "method": "PUT", "status": 201}
PUT_BY_OTHER: Final = PUT | {
    "request_headers": (("User-Agent", "another/1.0"),),
    "response_headers": (("Docker-Content-Digest", OTHER_DIGEST),),
}
CHUNK: Final[Fields] = {"endpoint": "upload.chunk", "method": "PATCH", "reference": "u", "request_bytes": 5}
TAGS: Final[Fields] = {"endpoint": "tags.list"}
LOGIN: Final[Fields] = {"endpoint": "oauth.token", "method": "POST"}

SCRIPTS: Final[Mapping[str, Sequence[Fields]]] = {
    "expired-token-used": [GET | {"status": 401, "failure": "access token expired: 3 s ago"}] * 2,
    "login-per-call": [LOGIN, GET | {"principal": "me"}] * 3,
    "repeated-manifest-reads": [GET] * 5,
    "page-not-followed": [TAGS | {"response_headers": (("Link", '</v2/?last=2>; rel="next"'),)}],
    "tag-moved-by-another": [GET, PUT_BY_OTHER, PUT | {"response_headers": ()}],
    "repeated-without-asking": [CHUNK | {"status": None}, CHUNK | {"status": 404}],
    "polling-without-pause": [GET | {"status": 404, "response_headers": ()}] * 20,
}
"""Calls that break one rule in a repository, by the rule."""

OF_LOGINS: Final = frozenset({"expired-token-used", "login-per-call"})
"""The rules about tokens: a login may be for any repository, and for any client."""

PAIRS: Final = [
    (rule, client)
    for rule in SCRIPTS
    for client in (CLIENT, "other/1.0")
    if (rule, client) != ("login-per-call", CLIENT)  # another call would use the token
]
"""Rules, and the clients of the other repository."""


def numbered(items: Iterable[Exchange]) -> list[Exchange]:
    return [replace(exchange, number=number) for number, exchange in enumerate(items)]


@given(calls("dev/web", CLIENT))
def test_no_calls_of_a_client_make_a_rule_raise(drawn: list[Exchange]) -> None:
    sent = numbered(drawn)
    for broken in mistakes_in(sent):
        assert str(broken).startswith(f"{broken.rule.name}: ")
        assert all(exchange in sent for exchange in broken.mistake.exchanges)


@pytest.mark.parametrize(("rule", "client"), PAIRS)
@examples(6)  # for each of 13 pairs
@given(random=st.randoms(use_true_random=False))
def test_work_in_another_repository_changes_no_mistake(rule: str, client: str, random: Random) -> None:
    left_out = OF_LOGINS if rule in OF_LOGINS else frozenset[str]()
    scripts = [script for name, script in SCRIPTS.items() if name not in left_out]
    others = [exchange for script in scripts for exchange in played(script, "dev/api", client)]

    together = numbered(merged(played(SCRIPTS[rule], "dev/web", CLIENT), others, random))
    alone = [exchange for exchange in together if exchange.path.startswith("/v2/dev/web")]

    found = [broken for broken in mistakes_in(together) if is_about(broken, "dev/web")]
    assert found == mistakes_in(alone)
    assert rule in [broken.rule.name for broken in found]


def played(script: Iterable[Fields], repository: str, client: str) -> list[Exchange]:
    """Return the exchanges of a script."""
    headers = (("User-Agent", client), ("Authorization", "Bearer ***"), ("Content-Length", "5"))
    common: Fields = {"repository": repository, "request_headers": headers}
    calls = [common | fields for fields in script]
    return [exchange_of(path=f"/v2/{repository}/{fields['endpoint']}", **fields) for fields in calls]


def merged(one: list[Exchange], other: list[Exchange], random: Random) -> list[Exchange]:
    """Return both in a random order, in which each keeps its own."""
    sources = [iter(one)] * len(one) + [iter(other)] * len(other)
    random.shuffle(sources)
    return [next(source) for source in sources]


def is_about(broken: BrokenRule, repository: str) -> bool:
    return broken.mistake.exchanges[-1].path.startswith(f"/v2/{repository}/")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_work_grows_with_the_number_of_exchanges_and_no_faster(rule: ClientRule) -> None:
    """A journal has 10,000 exchanges by default, which take all rules a third of a second."""
    few, many = (calls_made(rule, various(count)) for count in (200, 800))
    assert many < 5 * (few + 200)


def various(count: int) -> list[Exchange]:
    """Return calls of many clients at few places, which have much to compare with each other."""
    random = Random(count)
    return numbered(one_of_many(random, client=number % 20) for number in range(count))


def one_of_many(random: Random, *, client: int) -> Exchange:
    row = random.choice(ENDPOINTS)
    link = f'</v2/dev/web/tags/list?last={random.random()}>; rel="next"'
    return exchange_of(
        method=row.method,
        endpoint=str(row.name),
        path=f"/v2/dev/web/{row.name}",
        query=random.choice(["", f"digest={DIGEST}", f"last={random.random()}"]),
        repository="dev/web",
        reference=random.choice(["1.0", DIGEST]),
        status=random.choice([200, 201, 202, 404, 500]),
        failure=random.choice([None, "access token expired: 3 s ago"]),
        principal="me",
        faults=random.choice([(), ("MoveTag(to=None)",)]),
        request_bytes=5,
        request_headers=(("User-Agent", f"tool/{client}"), ("Authorization", "Bearer ***")),
        response_headers=(("Docker-Content-Digest", f"sha256:{random.random()}"), ("Link", link)),
    )


def calls_made(rule: ClientRule, exchanges: list[Exchange]) -> int:
    """Return the number of calls of functions, and steps of generators, that a rule takes."""
    made = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        list(rule.find(exchanges))
    finally:
        sys.setprofile(before)
    return made
