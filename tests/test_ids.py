"""Random bytes and the ids that are made of them."""

import random
from uuid import UUID

from fake_registry.ids import SystemEntropy, random_ids
from tests.support.threads import run_together

MANY = 1_000
"""Several times the bytes that are read in advance."""


def test_ids_are_uuids_of_version_4() -> None:
    new_id = random_ids(random.Random(0).randbytes)
    ids = [new_id() for _ in range(MANY)]

    assert all(str(UUID(one)) == one for one in ids)
    assert {(UUID(one).version, UUID(one).variant) for one in ids} == {(4, "specified in RFC 4122")}
    assert {one[19] for one in ids} == set("89ab")


def test_every_digit_of_an_id_is_random_but_two() -> None:
    new_id = random_ids(random.Random(0).randbytes)
    digits = [new_id().replace("-", "") for _ in range(MANY)]

    kinds = [len(set(column)) for column in zip(*digits, strict=True)]
    assert kinds == [16] * 12 + [1] + [16] * 3 + [4] + [16] * 15


def test_system_entropy_has_the_size_that_is_asked_for() -> None:
    entropy = SystemEntropy()
    assert [len(entropy(size)) for size in (0, 1, 16, 17, 32, 1024)] == [0, 1, 16, 17, 32, 1024]


def test_threads_share_no_bytes_of_system_entropy() -> None:
    entropy = SystemEntropy()
    read: list[bytes] = []
    run_together(lambda: read.extend([entropy(16) for _ in range(MANY)]), threads=4)

    assert len(set(read)) == len(read) == 4 * MANY
