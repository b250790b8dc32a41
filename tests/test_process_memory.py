"""Memory that returns to the operating system: caches of what clients have sent are emptied."""

import gc
import importlib
import pkgutil
import sys
import threading
import weakref
from collections.abc import Callable
from functools import cache, lru_cache
from types import ModuleType

import pytest

import fake_registry
from fake_registry.process_memory import LaterRelease, release_memory
from fake_registry.spec.text_cache import TextCache

HANG_SECONDS = 60


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes its arguments attributes of a module of ours, or of another one."""

    def keep(*caches: object, module: str = "fake_registry.planted") -> None:
        planted = ModuleType(module)
        vars(planted).update({f"cache{number}": cache for number, cache in enumerate(caches)})
        monkeypatch.setitem(sys.modules, module, planted)

    return keep


def test_release_empties_caches_of_texts(keep: Callable[..., None]) -> None:
    texts = TextCache(str.upper, entries=2)
    keep(texts)
    assert texts["text"] == "TEXT"

    release_memory()

    assert texts == {}
    assert texts["text"] == "TEXT"


def test_release_empties_bounded_caches_of_ours_alone(keep: Callable[..., None]) -> None:
    bounded, unbounded, foreign = lru_cache(maxsize=4)(abs), cache(abs), lru_cache(maxsize=4)(abs)
    keep(bounded, unbounded)
    keep(foreign, module="planted")
    for function in (bounded, unbounded, foreign):
        function(-1)

    release_memory()

    kept = [function.cache_info().currsize for function in (bounded, unbounded, foreign)]
    assert kept == [0, 1, 1]


def test_memory_is_released_without_ctypes(keep: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Python leaves the module out if libffi is absent where it is built."""
    bounded = lru_cache(maxsize=4)(abs)
    keep(bounded)
    bounded(-1)
    monkeypatch.setitem(sys.modules, "ctypes", None)

    release_memory()

    assert bounded.cache_info().currsize == 0


def test_every_cache_of_texts_is_one_that_a_release_finds() -> None:
    """An attribute of a module: `release_memory` looks nowhere else."""
    for module in pkgutil.walk_packages(fake_registry.__path__, "fake_registry."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    caches = {id(one) for one in gc.get_objects() if isinstance(one, TextCache)}
    modules = [module for name, module in sys.modules.items() if name.startswith("fake_registry.")]
    found = {id(value) for module in modules for value in vars(module).values() if isinstance(value, TextCache)}
    assert len(found) > 10
    assert caches - found == set()


def test_release_disturbs_no_other_thread() -> None:
    """`gc.get_objects` refers to tuples that are being made, and CPython then fails to make them."""
    ended = threading.Event()

    def release() -> None:
        for _ in range(20):
            release_memory()
        ended.set()

    threading.Thread(target=release).start()
    while not ended.is_set():
        assert len(tuple(number for number in range(1000))) == 1000


class Kept:
    """A value of a cache."""


def test_later_release_empties_caches_once_and_again_when_it_is_asked_again(keep: Callable[..., None]) -> None:
    texts = TextCache(lambda _: Kept(), entries=2)
    keep(texts)
    release = LaterRelease()
    for _ in range(2):
        forgotten = threading.Event()
        weakref.finalize(texts["text"], forgotten.set)
        before = threading.active_count()
        for _ in range(100):
            release.ask()
        assert threading.active_count() <= before + 1
        assert forgotten.wait(HANG_SECONDS)


def test_later_release_is_tried_again_after_a_shortage_of_threads(
    keep: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = TextCache(lambda _: Kept(), entries=2)
    keep(texts)
    release, forgotten = LaterRelease(), threading.Event()
    weakref.finalize(texts["text"], forgotten.set)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        release.ask()
    release.ask()
    assert forgotten.wait(HANG_SECONDS)
