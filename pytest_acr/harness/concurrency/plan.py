"""Which operations each thread performs: a function of the seed. Their interleaving is not."""

from collections.abc import Collection, Mapping
from random import Random
from typing import Final, Literal, NamedTuple, get_args

ConcurrencySubject = Literal["tags", "blobs", "uploads", "locks", "lists"]
"""What a concurrent check can be about. Locks need ACR's API."""

SUBJECTS: Final[tuple[ConcurrencySubject, ...]] = get_args(ConcurrencySubject)

TAGS: Final = ("t0", "t1", "t2")
LISTED_TAGS: Final = (*TAGS, "t3", "t4", "t5")
"""The more tags, the fewer instants explain a page."""
LOCKED_TAGS: Final = ("locked",)
LOCKS: Final = (
    *((True, True), (False, True), (True, False), (True, True)),
    *((True, None), (None, True), (False, None), (None, False), (True, None), (None, True)),
)
"""Whether a tag may be written and deleted; None leaves it as it is. Most unlock it again."""
BLOBS: Final = ("b0", "b1")
UPLOADS: Final = ("u0", "u1", "u2")
CHUNK_BYTES: Final = range(2, 10)
"""Lengths of chunks. Not 1: a Range of `0-0` is that of an upload without content."""

_WEIGHTS: Final[Mapping[ConcurrencySubject, Mapping[str, int]]] = {
    "tags": {"put": 4, "get": 5, "delete": 2, "delete manifest": 1, "get manifest": 1},
    "blobs": {"push blob": 2, "head blob": 3, "get blob": 1, "delete blob": 2},
    "uploads": {"chunk": 40, "status": 18, "close": 1, "cancel": 1},
    "locks": {"put": 3, "get": 2, "delete": 2, "lock": 3, "attributes": 2},
    "lists": {"put": 2, "delete": 2, "list": 2, "walk": 2},
}
"""How often an operation is drawn among those of its subject."""

_OBJECTS: Final[Mapping[ConcurrencySubject, tuple[str, ...]]] = {
    "tags": TAGS,
    "blobs": BLOBS,
    "uploads": UPLOADS,
    "locks": LOCKED_TAGS,
    "lists": LISTED_TAGS,
}


class PlannedOperation(NamedTuple):
    """An operation on a tag, blob or upload, by its name.

    `number` is that of a manifest, the length of a chunk or page, or the attributes of a lock.
    """

    name: str
    object: str
    number: int = 0


def plan_operations(
    seed: int,
    *,
    threads: int,
    operations: int,
    subjects: Collection[ConcurrencySubject],
) -> list[list[PlannedOperation]]:
    """Return the operations of each thread, in their order."""
    random = Random(seed)  # noqa: S311 - not for secrets
    drawn = [subject for subject in SUBJECTS if subject in subjects]
    plans: list[list[PlannedOperation]] = [[] for _ in range(threads)]
    pushed: list[PlannedOperation] = []
    for number in range(operations * threads):
        operation = _draw(random, random.choice(drawn), number, pushed)
        plans[number % threads].append(operation)
        if operation.name == "put":
            pushed.append(operation)
    return plans


def _draw(
    random: Random,
    subject: ConcurrencySubject,
    number: int,
    pushed: list[PlannedOperation],
) -> PlannedOperation:
    weights = _WEIGHTS[subject]
    (name,) = random.choices(list(weights), weights=list(weights.values()))
    chosen = random.choice(_OBJECTS[subject])
    match name:
        case "put":
            return PlannedOperation(name, chosen, number)
        case "delete manifest" | "get manifest":
            manifests = [one.number for one in pushed[-2 * len(TAGS) :] if one.object == chosen]
            return PlannedOperation(name, chosen, random.choice(manifests or [number]))
        case "chunk":
            return PlannedOperation(name, chosen, random.choice(CHUNK_BYTES))
        case "lock":
            return PlannedOperation(name, chosen, random.randrange(len(LOCKS)))
        case "walk":
            return PlannedOperation(name, chosen, random.randint(1, 4))
    return PlannedOperation(name, chosen)
