"""Concurrent clients: answers and final content are those of some order of the requests.

Issue 3, Bad input: two clients that delete and push the same tag. The order that explains a round
is searched for, with a model of plain values that shares nothing with the registry.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier
from typing import NamedTuple

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.effort import repeated, rounds
from tests.support.http import (
    CONFIG,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    OCI_MANIFEST,
    manifest_bytes,
    put_blob,
    put_manifest,
    registry_of,
    send,
)
from tests.support.products import cross

OTHER = manifest_bytes()
TAG = "/acr/v1/samples/hello/_tags/v1"
ROUNDS = rounds(60)


class State(NamedTuple):
    """What the model knows: which manifests are there, what v1 points at, whether it may be
    deleted, and whether the blobs are there that a push needs."""

    manifests: frozenset[str]
    tag: str | None
    deletable: bool = True
    blobs: bool = True


Step = Callable[[State], tuple[State, int]]
"""From a state to the next one and the status that is answered."""


class Operation(NamedTuple):
    """The same thing asked of the registry and of the model."""

    name: str
    ask: Callable[[FakeRegistry], int]
    step: Step


def request_of(method: str, target: str, body: bytes = b"") -> Callable[[FakeRegistry], int]:
    return lambda registry: send(registry, method, target, body, {"Content-Type": OCI_MANIFEST}).status


def untag(state: State) -> tuple[State, int]:
    if state.tag is None:
        return state, 404
    return (state._replace(tag=None), 202) if state.deletable else (state, 405)


def push(digest: str) -> Step:
    def step(state: State) -> tuple[State, int]:
        if not state.blobs:
            return state, 400
        return State(state.manifests | {digest}, digest, state.deletable or not state.tag), 201

    return step


def delete_image(state: State) -> tuple[State, int]:
    if IMAGE_DIGEST not in state.manifests:
        return state, 404
    if state.tag == IMAGE_DIGEST and not state.deletable:
        return state, 405
    tag = None if state.tag == IMAGE_DIGEST else state.tag
    left = state.manifests - {IMAGE_DIGEST}
    return State(left, tag, state.deletable or not tag), 202


def delete_all(state: State) -> tuple[State, int]:
    if not state.manifests:
        return state, 404
    if state.tag and not state.deletable:
        return state, 405
    return State(frozenset(), None, blobs=False), 202


def lock(state: State) -> tuple[State, int]:
    return (state._replace(deletable=False), 200) if state.tag else (state, 404)


UNTAG = Operation("untag", request_of("DELETE", TAG), untag)
PUSH = Operation("push", request_of("PUT", "/v2/samples/hello/manifests/v1", IMAGE), push(IMAGE_DIGEST))
PUSH_OTHER = Operation("push other", request_of("PUT", "/v2/samples/hello/manifests/v1", OTHER), push(digest_of(OTHER)))
DELETE = Operation("delete", request_of("DELETE", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}"), delete_image)
DELETE_ALL = Operation("delete all", request_of("DELETE", "/acr/v1/samples/hello"), delete_all)
LOCK = Operation("lock", request_of("PATCH", TAG, b'{"deleteEnabled":false}'), lock)


def outcomes(state: State, operations: tuple[Operation, ...]) -> set[tuple[tuple[int, ...], State]]:
    """Return all that can come of `operations` in any order: each one's status, and the state at
    the end."""
    found = set()
    for order in permutations(range(len(operations))):
        after, statuses = state, {}
        for place in order:
            after, statuses[place] = operations[place].step(after)
        found.add((tuple(statuses[place] for place in range(len(operations))), after))
    return found


def observe(registry: FakeRegistry) -> State:
    listed = send(registry, "GET", "/acr/v1/samples/hello/_manifests").json.get("manifests") or []
    manifests = frozenset(item["digest"] for item in listed)
    blobs = send(registry, "HEAD", f"/v2/samples/hello/blobs/{digest_of(CONFIG)}").status == 200
    tag = send(registry, "GET", TAG)
    if tag.status == 404:
        return State(manifests, None, blobs=blobs)
    item = tag.json["tag"]
    return State(manifests, item["digest"], item["changeableAttributes"]["deleteEnabled"], blobs)


@pytest.fixture(autouse=True)
def _restless() -> Iterator[None]:
    """Let the interpreter change threads all the time: a call is over before it would of itself."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


OPERATIONS = [
    (UNTAG, PUSH),
    (UNTAG, PUSH_OTHER),
    (PUSH, PUSH_OTHER, UNTAG),
    (DELETE, PUSH),
    (DELETE, PUSH_OTHER, UNTAG),
    (DELETE_ALL, PUSH, PUSH_OTHER),
    (LOCK, UNTAG, PUSH_OTHER),
    (LOCK, DELETE_ALL),
    (LOCK, DELETE, PUSH_OTHER),
]


@cross(
    {
        "operations": {", ".join(one.name for one in operations): operations for operations in OPERATIONS},
        "tagged": [True, False],
    }
)
@repeated
def test_concurrent_operations_are_linearizable(operations: tuple[Operation, ...], *, tagged: bool) -> None:
    with ThreadPoolExecutor(len(operations)) as clients:
        for _ in range(ROUNDS):
            registry = registry_of()
            put_blob(registry, "samples/hello", LAYER, CONFIG)
            put_manifest(registry, "samples/hello", "v1" if tagged else IMAGE_DIGEST, IMAGE)
            before = observe(registry)
            ready = Barrier(len(operations))

            def ask(operation: Operation, registry: FakeRegistry = registry, ready: Barrier = ready) -> int:
                ready.wait(timeout=10)
                return operation.ask(registry)

            statuses = tuple(clients.map(ask, operations))

            assert (statuses, observe(registry)) in outcomes(before, operations)
