"""The fakes that a test uses, and the seeds of their faults."""

from zlib import crc32

from fake_registry import FakeRegistry
from pytest_acr.usage import note_use, usage_of_test


def seed_of_a_new_fake() -> int:
    return note_use(FakeRegistry()).faults.seed


def test_seed_is_that_of_the_test_that_runs() -> None:
    before = seed_of_a_new_fake()
    with usage_of_test("test_outer"):
        with usage_of_test("test_inner"):
            inner = seed_of_a_new_fake()
        outer = seed_of_a_new_fake()

    assert (inner, outer) == (crc32(b"test_inner"), crc32(b"test_outer"))
    assert seed_of_a_new_fake() == before


def test_seed_stays_when_a_later_test_uses_the_fake() -> None:
    fake = note_use(FakeRegistry())
    before = fake.faults.seed
    with usage_of_test("test_later"):
        note_use(fake)

    assert fake.faults.seed == before


def test_fakes_of_an_inner_test_are_not_those_of_the_outer_one() -> None:
    with usage_of_test("test_outer") as outer:
        own = note_use(FakeRegistry())
        with usage_of_test("test_inner") as inner:
            other = note_use(FakeRegistry())
            assert list(inner.read()) == [other]

        assert list(outer.read()) == [own]
