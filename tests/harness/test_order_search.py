"""The search for an order of concurrent operations, on histories that are written by hand."""

from collections.abc import Hashable, Iterator, Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_acr.harness.concurrency.history import (
    ConcurrentHistory,
    ConcurrentOperation,
    ObjectKey,
    Observed,
)
from pytest_acr.harness.concurrency.linearizable import (
    MAX_NODES,
    LinearizabilityResult,
    search_history,
)
from pytest_acr.harness.concurrency.models import (
    ABSENT,
    CORRUPT,
    DONE,
    FORBIDDEN,
    GONE,
    MISPLACED,
    NO_TAG,
    REFUSED,
    THROTTLED,
    ListedTags,
    SequentialModel,
    TagChange,
    TagPage,
    UploadRequest,
    content_answers,
    list_answers,
    tag_answers,
    upload_answers,
)
from tests.support.effort import examples

KEY = ObjectKey("tag", "t")
TAG = SequentialModel(NO_TAG, tag_answers, "the section")
BLOB = SequentialModel(False, content_answers, "the section")
UPLOAD = SequentialModel(0, upload_answers, "the section", frozenset())
TAG_LIST = SequentialModel(frozenset({"a"}), list_answers, "the section")

LOST = None
ONE, TWO = TagChange("t", "one"), TagChange("t", "two")
FOUR_BYTES = UploadRequest(0, 4, certain=True)
WHOLE_LIST = TagPage("", None)


def operation(
    interval: tuple[int, int],
    name: str,
    observed: Observed | None,
    argument: Hashable = None,
) -> ConcurrentOperation:
    """Return an operation in an interval; one whose answer is LOST has the first time alone."""
    invoked, answered = interval
    return ConcurrentOperation(
        thread=invoked,
        name=name,
        keys=(KEY,),
        argument=argument,
        invoked=invoked,
        answered=None if observed is None else answered,
        observed=observed,
    )


def search(
    model: SequentialModel,
    *operations: ConcurrentOperation,
    max_nodes: int = MAX_NODES,
) -> LinearizabilityResult:
    history = ConcurrentHistory(tuple(sorted(operations, key=lambda one: one.invoked)))
    return search_history(history, lambda _: model, max_nodes=max_nodes)


def read(digest: str) -> Observed:
    return Observed("done", digest)


def names(*tags: str, more: bool = False) -> Observed:
    return Observed("done", ListedTags(tags, more))


LINEARIZABLE = {
    "nothing": (TAG, []),
    "one after the other": (
        TAG,
        [
            operation((0, 1), "get", ABSENT),
            operation((2, 3), "put", DONE, ONE),
            operation((4, 5), "get", read("one")),
            operation((6, 7), "delete", DONE, TagChange("t")),
            operation((8, 9), "get", ABSENT),
        ],
    ),
    "two reads of two concurrent pushes, in the order that fits": (
        TAG,
        [
            operation((0, 9), "put", DONE, ONE),
            operation((1, 8), "put", DONE, TWO),
            operation((2, 3), "get", read("two")),
            operation((4, 5), "get", read("one")),
        ],
    ),
    "a push without an effect at first, which a later delete needs": (
        BLOB,
        [
            operation((0, 5), "push blob", DONE),
            operation((1, 2), "push blob", DONE),
            operation((3, 4), "delete blob", DONE),
            operation((6, 7), "delete blob", DONE),
        ],
    ),
    "a lost push that took effect": (
        TAG,
        [operation((0, 1), "put", LOST, ONE), operation((2, 3), "get", read("one"))],
    ),
    "a lost push that took effect late": (
        TAG,
        [
            operation((0, 1), "put", LOST, ONE),
            operation((2, 3), "get", ABSENT),
            operation((4, 5), "get", read("one")),
        ],
    ),
    "a lost push without an effect": (
        TAG,
        [operation((0, 1), "put", LOST, ONE), operation((2, 3), "get", ABSENT)],
    ),
    "a lost push that is saved for a later read": (
        TAG,
        [
            operation((0, 1), "put", LOST, ONE),
            operation((2, 3), "put", LOST, TWO),
            operation((4, 5), "get", read("one")),
            operation((6, 7), "put", DONE, TagChange("t", "three")),
            operation((8, 9), "get", read("two")),
        ],
    ),
    "a throttled push": (
        TAG,
        [operation((0, 1), "put", THROTTLED, ONE), operation((2, 3), "get", ABSENT)],
    ),
    "a delete that reports success either way": (BLOB, [operation((0, 1), "delete blob", GONE)]),
    "a lock, and what it forbids": (
        TAG,
        [
            operation((0, 1), "put", DONE, ONE),
            operation((2, 3), "lock", DONE, (False, True)),
            operation((4, 5), "put", FORBIDDEN, TWO),
            operation((6, 7), "delete", FORBIDDEN, TagChange("t")),
            operation((8, 9), "delete manifest", FORBIDDEN, ONE),
            operation((10, 11), "attributes", Observed("done", (False, True))),
            operation((12, 13), "lock", DONE, (True, True)),
            operation((14, 15), "put", DONE, TWO),
        ],
    ),
    "a manifest that is deleted takes its tag along, and no other one": (
        TAG,
        [
            operation((0, 1), "put", DONE, ONE),
            operation((2, 3), "delete manifest", DONE, TWO),
            operation((4, 5), "get", read("one")),
            operation((6, 7), "delete manifest", DONE, ONE),
            operation((8, 9), "get", ABSENT),
        ],
    ),
    "chunks of two threads at one offset": (
        UPLOAD,
        [
            operation((0, 3), "chunk", MISPLACED, FOUR_BYTES),
            operation((1, 2), "chunk", Observed("done", 4), FOUR_BYTES),
            operation((4, 5), "status", Observed("done", 4), FOUR_BYTES),
            operation((6, 7), "close", REFUSED, UploadRequest(2, 2, certain=True)),
        ],
    ),
    "a lost chunk of which a part was kept": (
        UPLOAD,
        [
            operation((0, 1), "chunk", LOST, FOUR_BYTES),
            operation((2, 3), "status", Observed("done", 3), FOUR_BYTES),
        ],
    ),
    "an outdated Location": (
        UPLOAD,
        [
            operation((0, 1), "chunk", REFUSED, FOUR_BYTES._replace(certain=False)),
            operation((2, 3), "status", ABSENT, FOUR_BYTES),
        ],
    ),
    "an upload that is over": (
        UPLOAD,
        [
            operation((0, 1), "chunk", Observed("done", 4), FOUR_BYTES),
            operation((2, 3), "close", DONE, UploadRequest(4, 4, certain=True)),
            operation((4, 5), "status", ABSENT, FOUR_BYTES),
            operation((6, 7), "cancel", ABSENT, FOUR_BYTES),
        ],
    ),
    "pages of a list that grows meanwhile": (
        TAG_LIST,
        [
            operation((0, 1), "page", names("a"), TagPage("", 1)),
            operation((2, 3), "put", DONE, TagChange("b", "one")),
            operation((4, 5), "page", names("b"), TagPage("a", 1)),
            operation((6, 7), "page", names("a", more=True), TagPage("", 1)),
            operation((8, 9), "page", names(more=True), TagPage("b", 1)),
            operation((10, 11), "list", names("a", "b"), WHOLE_LIST),
        ],
    ),
    "a manifest that takes a tag off the list": (
        TAG_LIST,
        [
            operation((0, 1), "delete manifest", DONE, TagChange("a", "one")),
            operation((2, 3), "list", names(), WHOLE_LIST),
        ],
    ),
}


@pytest.mark.parametrize("case", LINEARIZABLE)
def test_linearizable_history_is_accepted(case: str) -> None:
    model, operations = LINEARIZABLE[case]

    assert str(search(model, *operations)) == "linearizable"


UNEXPLAINED = {
    "a push that is lost": (
        TAG,
        [operation((0, 1), "put", DONE, ONE), operation((2, 3), "get", ABSENT)],
    ),
    "a stale read": (
        TAG,
        [operation((2, 3), "put", DONE, TWO), operation((4, 5), "get", read("one"))],
    ),
    "two readers that see two pushes in different orders": (
        TAG,
        [
            operation((1, 9), "put", DONE, TWO),
            operation((2, 3), "get", read("two")),
            operation((4, 5), "get", read("one")),
            operation((6, 7), "get", read("two")),
        ],
    ),
    "a lost push that had its effect before it began": (
        TAG,
        [operation((1, 2), "get", read("two")), operation((3, 4), "put", LOST, TWO)],
    ),
    "a delete that is done twice": (
        BLOB,
        [operation((1, 4), "delete blob", DONE), operation((2, 3), "delete blob", DONE)],
    ),
    "a push past a lock": (
        TAG,
        [
            operation((2, 3), "lock", DONE, (False, True)),
            operation((4, 5), "put", DONE, TWO),
        ],
    ),
    "a lock that is forgotten": (
        TAG,
        [
            operation((2, 3), "lock", DONE, (True, False)),
            operation((4, 5), "attributes", Observed("done", (True, True))),
        ],
    ),
    "two chunks at one offset": (
        UPLOAD,
        [
            operation((0, 3), "chunk", Observed("done", 4), FOUR_BYTES),
            operation((1, 2), "chunk", Observed("done", 4), FOUR_BYTES),
        ],
    ),
    "a right chunk that is refused": (UPLOAD, [operation((0, 1), "chunk", MISPLACED, FOUR_BYTES)]),
    "an upload that continues after its end": (
        UPLOAD,
        [
            operation((2, 3), "cancel", DONE, FOUR_BYTES),
            operation((4, 5), "status", Observed("done", 0), FOUR_BYTES),
        ],
    ),
    "a page that has a tag twice in time": (
        TAG_LIST,
        [
            operation((0, 1), "delete", DONE, TagChange("a")),
            operation((2, 5), "put", DONE, TagChange("b", "one")),
            operation((3, 4), "list", names("a", "b"), WHOLE_LIST),
        ],
    ),
    "a page without a Link that leaves out tags": (
        TAG_LIST,
        [operation((0, 1), "page", names(), TagPage("", 1))],
    ),
    "a pull of other content": (BLOB, [operation((0, 1), "get blob", CORRUPT)]),
    "an outcome that no document allows": (TAG, [operation((0, 1), "put", REFUSED, ONE)]),
}


@pytest.mark.parametrize("case", UNEXPLAINED)
def test_history_without_an_order_is_refused(case: str) -> None:
    model, operations = UNEXPLAINED[case]
    before = [operation((-2, -1), "put", DONE, ONE)] if model is TAG else []

    (window,) = search(model, *before, *operations).unexplained

    assert set(operations) >= set(window.operations) > set()


def test_window_has_the_operations_that_contradict_each_other_alone() -> None:
    others = [
        operation((10 * number, 10 * number + 5), "put", DONE, TagChange("t", str(number))) for number in range(20)
    ]
    reads = [
        operation((10 * number + 6, 10 * number + 7), "get", read(str(number))) for number in range(20) if number != 12
    ]
    stale = operation((127, 128), "get", read("3"))

    (window,) = search(TAG, *others, *reads, stale).unexplained

    assert window.operations == (others[12], stale)
    assert str(window).splitlines() == [
        "tag t: no order of these operations explains their outcomes (the section)",
        "thread  operation  interval  outcome  status",
        "120     put t 12   120-125   done",
        "127     get t      127-128   done: 3",
    ]


def test_table_shows_lost_answers_and_short_digests() -> None:
    digest = f"sha256:{'0123456789abcdef' * 4}"
    lost = operation((1, 2), "put", LOST, TagChange("t", digest))
    deleted = operation((3, 6), "delete", DONE, TagChange("t"))
    found = operation((4, 5), "get", read("other"))

    (window,) = search(TAG, lost, deleted, found).unexplained

    assert str(window).splitlines()[1:] == [
        "thread  operation              interval  outcome      status",
        "1       put t sha256:01234567  1-...     answer lost",
        "3       delete t               3-6       done",
        "4       get t                  4-5       done: other",
    ]


PUSHES = [operation((number, 100), "put", DONE, TagChange("t", str(number))) for number in range(16)]
"""Pushes that are all under way at once: any order of any of them may come first."""


def test_search_beyond_its_bound_is_undecided() -> None:
    # its states have no end, so that no window is tried either
    counter = SequentialModel(0, lambda state, *_: [(DONE, state + 1)], "the section")

    result = search(counter, *PUSHES, operation((101, 102), "get", ABSENT), max_nodes=10)

    assert (result.ok, result.undecided) == (False, (KEY,))
    assert str(result) == "tag t: undecided within the bound of the search"


def test_window_within_the_bound_is_found_in_a_search_beyond_it() -> None:
    last = operation((101, 102), "put", DONE, ONE)
    stale = operation((103, 104), "get", read("3"))

    (window,) = search(TAG, *PUSHES, last, stale, max_nodes=1_000).unexplained

    assert window.operations == (last, stale)


# against every order there is


DIGESTS = st.sampled_from(["one", "two"])
ACTS = st.one_of(
    st.tuples(st.just("put"), DIGESTS.map(lambda digest: TagChange("t", digest)), st.just(DONE)),
    st.tuples(st.just("get"), st.none(), st.one_of(DIGESTS.map(read), st.just(ABSENT))),
    st.tuples(st.just("delete"), st.just(TagChange("t")), st.sampled_from([DONE, ABSENT])),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[ConcurrentOperation, ...]:
    """Return at most five operations, some of which overlap and some of which are lost."""
    acts = draw(st.lists(ACTS, min_size=1, max_size=5))
    times = draw(st.permutations(range(2 * len(acts))))
    lost = draw(st.sets(st.integers(0, 4), max_size=2))
    operations = []
    for number, (name, argument, observed) in enumerate(acts):
        first, last = sorted(times[2 * number : 2 * number + 2])
        outcome = LOST if number in lost else observed
        operations.append(operation((first, last), name, outcome, argument))
    return tuple(sorted(operations, key=lambda one: one.invoked))


def is_explained_by(order: Sequence[ConcurrentOperation]) -> bool:
    """Return whether an order keeps that of time, and one client could have observed it."""
    for place, earlier in enumerate(order):
        answers = [one.answered for one in order[place:] if one.answered is not None]
        if answers and earlier.invoked > min(answers):
            return False

    states: set[Hashable] = {NO_TAG}
    for one in order:
        states = {after for state in states for after in TAG.states_after(state, one)}
    return bool(states)


def orders_of(operations: Sequence[ConcurrentOperation]) -> Iterator[Sequence[ConcurrentOperation]]:
    """Yield every order of the operations, and of those without some of the lost ones."""
    needed = [one for one in operations if one.answered is not None]
    for length in range(len(needed), len(operations) + 1):
        for order in permutations(operations, length):
            if all(one in order for one in needed):
                yield order


# cheap: no registry is asked
@examples(60)
@given(operations=histories())
def test_search_agrees_with_trying_every_order(operations: tuple[ConcurrentOperation, ...]) -> None:
    expected = any(is_explained_by(order) for order in orders_of(operations))

    result = search(TAG, *operations)

    assert result.ok == expected
    if not result.ok:
        assert not any(map(is_explained_by, orders_of(result.unexplained[0].operations)))
