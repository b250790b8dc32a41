"""Records a history: threads that perform a plan in a fresh repository at the same time."""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import chain, count
from threading import Barrier
from typing import Final

from pytest_acr.harness.concurrency.cleanup import remove_content
from pytest_acr.harness.concurrency.client import ConcurrentClient
from pytest_acr.harness.concurrency.content import upload_content
from pytest_acr.harness.concurrency.history import (
    MAX_FAILURES,
    ConcurrentHistory,
    ThreadHistory,
    merge_histories,
)
from pytest_acr.harness.concurrency.plan import (
    CHUNK_BYTES,
    SUBJECTS,
    UPLOADS,
    ConcurrencySubject,
    PlannedOperation,
    plan_operations,
)
from pytest_acr.harness.concurrency.repository import PreparedRepository
from pytest_acr.harness.concurrency.setup import ConcurrentSetup, find_fresh_repository
from pytest_acr.harness.concurrency.targets import NewTarget
from pytest_acr.harness.messages import RegistryTarget

SWITCH_SECONDS: Final = 1e-5


@dataclass(frozen=True, slots=True)
class ConcurrentRun:
    """The history of a run, and the repository with the models of its objects."""

    history: ConcurrentHistory
    repository: PreparedRepository
    failure: str | None
    """Why the history says little about the registry."""


def record_run(
    new_target: NewTarget,
    *,
    threads: int,
    operations: int,
    subjects: Collection[ConcurrencySubject] = SUBJECTS,
    seed: int,
    repository: str,
    tick: Callable[[], int] | None = None,
) -> ConcurrentRun:
    """Perform a plan in threads that start together; `check_linearizable` has the parameters.

    Each number that `tick` returns is larger than the ones before.
    """
    plans = plan_operations(seed, threads=threads, operations=operations, subjects=subjects)
    numbers = tick or count().__next__
    with ExitStack() as stack:
        targets = [stack.enter_context(closing(new_target())) for _ in range(threads + 1)]
        histories = [ThreadHistory(thread, one, numbers) for thread, one in enumerate(targets)]
        prepared = _prepare(targets[-1], repository, plans)

        clients = [ConcurrentClient(history, prepared) for history in histories]
        _run_together(clients, plans)
        lost = _merge(histories).lost()
        clients[-1].read_all(chain.from_iterable(plans), certain=lost == 0)

        history = _merge(histories)
        remove_content(targets[-1], prepared, history)
    return ConcurrentRun(history, prepared, _failure_of(histories, history))


def _merge(histories: Iterable[ThreadHistory]) -> ConcurrentHistory:
    return merge_histories(history.operations for history in histories)


def _failure_of(threads: Sequence[ThreadHistory], history: ConcurrentHistory) -> str | None:
    given_up = sum(thread.gave_up for thread in threads)
    if given_up:
        return f"{given_up} threads ended early: {MAX_FAILURES} requests of each had no response"

    lost, operations = history.lost(), len(history.operations)
    if 2 * lost > operations:
        return f"{lost} of {operations} operations had no usable response"
    return None


def _prepare(
    target: RegistryTarget,
    prefix: str,
    plans: Sequence[Sequence[PlannedOperation]],
) -> PreparedRepository:
    """Return a fresh repository; its uploads have content for every planned chunk."""
    chunks = [one for one in chain.from_iterable(plans) if one.name == "chunk"]
    name = find_fresh_repository(target, prefix)
    size = len(chunks) * CHUNK_BYTES.stop
    contents = {upload: upload_content(name, upload, size) for upload in UPLOADS}
    return ConcurrentSetup(target, name).prepare(contents if chunks else {})


def _run_together(
    clients: Sequence[ConcurrentClient],
    plans: Sequence[Sequence[PlannedOperation]],
) -> None:
    """Perform each plan in a thread of its own. What a thread raises is raised."""
    start = Barrier(len(plans))

    def perform(thread: int) -> None:
        start.wait()
        for operation in plans[thread]:
            clients[thread].perform(operation)

    with _frequent_switches(), ThreadPoolExecutor(len(plans)) as pool:
        list(pool.map(perform, range(len(plans))))


@contextmanager
def _frequent_switches() -> Iterator[None]:
    """Let threads take turns within a request: an app in memory answers faster than they would."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
