"""Concurrent checks of whole registries: no false alarm on ours, and planted races are found."""

import select
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.core import uploads
from fake_registry.core.blobs import UploadSession
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.repositories import Repositories
from fake_registry.core.state import RepositoryState
from fake_registry.settings import Profile
from fake_registry.spec.attributes import Page
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Reference, RepositoryName, Tag
from pytest_acr.harness.concurrency.linearizable import check_linearizable, search_history
from pytest_acr.harness.concurrency.plan import SUBJECTS, ConcurrencySubject, plan_operations
from pytest_acr.harness.concurrency.run import ConcurrentRun, record_run
from pytest_acr.harness.concurrency.setup import SetupRefused
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget, TargetFailed
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.effort import repeated, rounds

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PROFILES: Final[tuple[Profile, ...]] = ("acr", "oci")
RACES: Final = 60
"""Runs after which a planted race must have shown. Nearly all of them show in the first."""


def open_registry(profile: Profile = "acr") -> FakeRegistry:
    return FakeRegistry(Settings(profile=profile, auth="off"))


# no false alarm


@repeated
@pytest.mark.parametrize("profile", PROFILES)
def test_fake_in_memory_is_linearizable(profile: Profile) -> None:
    registry = open_registry(profile)

    for seed in range(rounds(2)):
        run = run_of(registry, seed=seed)
        # usually about one node per operation
        result = search_history(run.history, run.repository.model_of, max_nodes=20_000)
        assert str(result) == "linearizable"


def run_of(
    registry: FakeRegistry,
    new_target: Callable[[WsgiTarget], RegistryTarget] = lambda target: target,
    *,
    threads: int = 16,
    operations: int = 30,
    seed: int = 0,
    subjects: Collection[ConcurrencySubject] = SUBJECTS,
) -> ConcurrentRun:
    return record_run(
        lambda: new_target(WsgiTarget(registry.wsgi_app)),
        threads=threads,
        operations=operations,
        subjects=subjects,
        seed=seed,
        repository="mine/concurrent",
    )


@repeated
def test_fake_behind_a_socket_is_linearizable() -> None:
    with open_registry().serve() as server:
        for seed in range(rounds(1)):
            check_linearizable(server.url, operations=12, seed=seed)


# planted races


class Progress:
    """Counts answers, so that a thread can wait until others have had some."""

    def __init__(self) -> None:
        self._answers = 0

    def count(self, app: "WSGIApplication") -> "WSGIApplication":
        """Return an app that counts the answers of another one."""

        def counted(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            body = app(environ, start_response)
            self._answers += 1
            return body

        return counted

    def let_others_run(self) -> None:
        """Return after some answers to other threads, or soon if all of them wait as well."""
        enough = self._answers + 10
        for _ in range(100):
            if self._answers >= enough:
                return
            select.select((), (), (), 0)  # another thread may run


@pytest.fixture
def progress() -> Progress:
    return Progress()


def find_race(progress: Progress, *subjects: ConcurrencySubject) -> str:
    """Return what checks say about a registry with a planted race: the table of the first one."""
    for seed in range(RACES):
        app = progress.count(open_registry().wsgi_app)
        try:
            check_linearizable(app, subjects=subjects, threads=8, seed=seed)
        except AssertionError as error:
            return str(error)
    return f"no race in {RACES} runs"


def test_lost_update_is_found(monkeypatch: pytest.MonkeyPatch, progress: Progress) -> None:
    @contextmanager
    def change_a_copy(self: Repositories, name: RepositoryName) -> Iterator[RepositoryState]:
        with self.hold(name) as state:
            copy = state.copy()
        yield copy
        progress.let_others_run()
        with self._mutex:
            self._register(copy)

    monkeypatch.setattr(Repositories, "change", change_a_copy)

    table = find_race(progress, "tags", "lists")

    assert "no order of these operations explains their outcomes" in table


def test_stale_read_is_found(monkeypatch: pytest.MonkeyPatch, progress: Progress) -> None:
    cached: dict[Reference, list[Manifest]] = {}
    get_manifest = MemoryRegistry.get_manifest

    def get_or_repeat(self: MemoryRegistry, repository: RepositoryName, reference: Reference) -> Manifest:
        """Return each manifest to two more readers, whatever is pushed meanwhile."""
        waiting = cached.setdefault(reference, [])
        if waiting:
            return waiting.pop()
        manifest = get_manifest(self, repository, reference)
        waiting += [manifest, manifest]
        return manifest

    monkeypatch.setattr(MemoryRegistry, "get_manifest", get_or_repeat)

    table = find_race(progress, "tags")

    assert "tag t" in table
    assert "Pulling manifests" in table


def test_torn_page_is_found(monkeypatch: pytest.MonkeyPatch, progress: Progress) -> None:
    list_tags = MemoryRegistry.list_tags

    def list_in_two_parts(self: MemoryRegistry, *args: Any, **options: Any) -> Page[Tag]:
        first = list_tags(self, *args, **options)
        progress.let_others_run()
        second = list_tags(self, *args, **options)
        items = [tag for tag in first.items if tag < "t3"]
        items += [tag for tag in second.items if tag >= "t3"]
        return Page(items or second.items, second.more)

    monkeypatch.setattr(MemoryRegistry, "list_tags", list_in_two_parts)

    table = find_race(progress, "lists")

    assert table.startswith("tag list: no order of these operations explains their outcomes")


def test_chunks_that_overwrite_each_other_are_found(monkeypatch: pytest.MonkeyPatch, progress: Progress) -> None:
    append = UploadSession.append

    def append_slowly(self: UploadSession, pieces: Iterable[bytes], *, now: int = 0) -> UploadSession:
        progress.let_others_run()
        return append(self, pieces, now=now)

    monkeypatch.setattr(UploadSession, "append", append_slowly)
    monkeypatch.setattr(uploads, "_check_current", lambda *_: None)

    table = find_race(progress, "uploads")

    assert table.startswith("upload u")


def test_push_that_undoes_a_lock_is_found(monkeypatch: pytest.MonkeyPatch, progress: Progress) -> None:
    put_manifest = MemoryRegistry.put_manifest

    def put_with_old_attributes(
        self: MemoryRegistry, repository: RepositoryName, manifest: Manifest, *, tags: tuple[Tag, ...]
    ) -> None:
        with self.repositories.hold(repository) as state:
            old = {tag: state.tags[tag].attributes for tag in tags if tag in state.tags}
        progress.let_others_run()
        put_manifest(self, repository, manifest, tags=tags)
        with self.repositories.hold(repository) as state:
            for tag in old.keys() & state.tags.keys():
                state.tags[tag] = replace(state.tags[tag], attributes=old[tag])

    monkeypatch.setattr(MemoryRegistry, "put_manifest", put_with_old_attributes)

    table = find_race(progress, "locks")

    assert table.startswith("tag locked")
    assert "container-registry-image-lock" in table


# the bounds of a check


def test_plan_is_a_function_of_the_seed() -> None:
    def plan(seed: int) -> object:
        return plan_operations(seed, threads=16, operations=30, subjects=SUBJECTS)

    assert plan(1) == plan(1) != plan(2)


def test_every_operation_takes_effect() -> None:
    run = run_of(open_registry(), threads=1, operations=400, seed=1)

    outcomes = [(one.name, one.observed) for one in run.history.operations]
    assert {name for name, observed in outcomes if observed and observed.word == "done"} == {
        *("put", "get", "delete", "get manifest", "delete manifest", "lock", "attributes"),
        *("push blob", "head blob", "get blob", "delete blob"),
        *("chunk", "status", "close", "cancel", "list", "page"),
    }


def test_check_stays_in_a_fresh_repository_and_removes_its_content() -> None:
    registry = open_registry()
    registry.push_image("mine/concurrent-0:kept")

    run_of(registry, threads=4)

    _, *requests = registry.requests
    names = {exchange.repository for exchange in requests} - {None}  # None: the storage account
    assert names == {"mine/concurrent-1"}
    assert registry.repositories() == ("mine/concurrent-0",)


class Reduced:
    """A target without ACR's API, and without answers to every `loses`-th push of a manifest."""

    def __init__(self, target: RegistryTarget, *, loses: int = 0) -> None:
        self._target = target
        self._loses = loses
        self._pushes = 0
        self.close = target.close

    def send(self, request: RawRequest) -> RawResponse:
        if request.path.startswith("/acr/"):
            return RawResponse(404, (), b"")

        response = self._target.send(request)
        if request.method == "PUT" and "/manifests/t" in request.path:
            self._pushes += 1
            if self._loses and self._pushes % self._loses == 0:
                raise TargetFailed("the connection was closed")
        return response


@pytest.mark.parametrize("profile", PROFILES)
def test_operations_that_the_registry_lacks_are_left_out(profile: Profile) -> None:
    registry = open_registry(profile)

    run = run_of(registry, Reduced, threads=4)

    names = {one.name for one in run.history.operations}
    assert {"lock", "attributes"}.isdisjoint(names)
    assert ("delete" in names) == (profile == "oci")
    assert search_history(run.history, run.repository.model_of).ok
    assert registry.repositories() == ()


def test_lost_answers_may_have_had_an_effect() -> None:
    run = run_of(open_registry(), lambda target: Reduced(target, loses=2), threads=8)

    lost = [one for one in run.history.operations if one.observed is None]
    assert len(lost) > 1
    assert {one.exchanges[-1].response for one in lost} == {None}
    assert search_history(run.history, run.repository.model_of).ok


def test_thread_without_answers_ends_early() -> None:
    run = run_of(open_registry(), lambda target: Reduced(target, loses=1), subjects=["tags"])

    pushes = Counter(one.thread for one in run.history.operations if one.name == "put")
    assert set(pushes.values()) == {3}
    assert run.failure == "16 threads ended early: 3 requests of each had no response"


def test_registry_whose_answers_are_of_no_use_fails_the_check() -> None:
    registry = open_registry()

    def fail_later(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if len(registry.requests) < 60:  # those of the setup
            return registry.wsgi_app(environ, start_response)
        start_response("500 Internal Server Error", [])
        return []

    with pytest.raises(TargetFailed, match=r"\d+ of \d+ operations had no usable response"):
        check_linearizable(fail_later)


def test_function_that_returns_no_registry_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a URL, a WSGI app or a target, found int"):
        check_linearizable(lambda: 5)  # type: ignore[arg-type, return-value]


def test_registry_that_requires_a_login_is_refused_before_threads_start() -> None:
    registry = FakeRegistry()

    with pytest.raises(SetupRefused, match=r"expected 200 or 404 for GET /v2/.*, found 401: for a login, pass "):
        check_linearizable(registry.wsgi_app)

    assert len(registry.requests) == 1


def test_registry_may_be_named_by_a_function_of_an_app() -> None:
    registries: list[FakeRegistry] = []

    def new_app() -> "WSGIApplication":
        registries.append(open_registry())
        return registries[-1].wsgi_app

    check_linearizable(new_app, threads=2, operations=5)

    assert len(registries) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threads": 0}, "expected at least 1 for threads, found 0"),
        ({"operations": -1}, "expected at least 1 for operations, found -1"),
        ({"subjects": ["tag"]}, "expected some of tags, blobs, uploads, locks, lists in subjects, "),
        ({"subjects": []}, "expected some of tags, blobs, uploads, locks, lists in subjects, "),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(arguments: dict[str, Any], message: str) -> None:
    registry = open_registry()

    with pytest.raises(ValueError, match=message):
        check_linearizable(registry.wsgi_app, **arguments)

    assert len(registry.requests) == 0
