"""Tests whose faults did something, or nothing. Run by test_unused_faults.py."""

import unittest
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest
import requests

from fake_registry import FakeRegistry, Fault, Refuse, Settings
from fake_registry.http.answers import Answer
from fake_registry.http.faults import Scene, When
from pytest_acr import connect


@pytest.fixture
def url(acr_endpoint: str) -> str:
    return f"{acr_endpoint}/v2/dev/web"


@pytest.fixture
def unused_in_setup(acr: FakeRegistry) -> None:
    acr.faults.add(Fault("tags.list", Refuse()))


def test_never(acr: FakeRegistry, acr_session: requests.Session, url: str) -> None:
    acr.faults.add(Fault("manifest.get", Refuse()))
    for _ in range(2):
        acr_session.head(f"{url}/manifests/1.0")


@pytest.mark.acr_fault("manifest.get", Refuse(503))
def test_marker(acr: FakeRegistry) -> None:
    assert len(acr.requests) == 0


@pytest.mark.usefixtures("unused_in_setup")
def test_setup(acr: FakeRegistry) -> None:
    assert len(acr.faults) == 1


@dataclass(frozen=True)
class Nothing:
    """The answer is as it was."""

    default_when: ClassVar[When] = "after"

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        scene.note_no_effect("there is nothing to do")
        return answer


@pytest.mark.acr(auth="off")
def test_idle(acr: FakeRegistry, acr_session: requests.Session, acr_endpoint: str) -> None:
    acr.faults.add(Fault("base", Nothing()))
    assert acr_session.get(f"{acr_endpoint}/v2/").status_code == 200


def test_block(acr: FakeRegistry) -> None:
    with acr.faults.add(Fault("base", Refuse())):
        pass


def test_made(make_acr: Callable[..., FakeRegistry]) -> None:
    with make_acr(Settings(name="made")) as registry:
        registry.faults.add(Fault("base", Refuse()))


def test_connected() -> None:
    registry = FakeRegistry()
    with connect(registry):
        registry.faults.add(Fault("base", Refuse()))


class TestUnittest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _registry(self, acr: FakeRegistry) -> None:
        acr.faults.add(Fault("base", Refuse()))

    def test_method(self) -> None:
        """It asserts nothing."""


@pytest.mark.xfail(strict=True)
def test_expected(acr: FakeRegistry) -> None:
    acr.faults.add(Fault("base", Refuse()))


def test_struck(acr: FakeRegistry, acr_session: requests.Session, acr_endpoint: str) -> None:
    acr.faults.add(Fault("base", Refuse(), when="door"))
    assert acr_session.get(f"{acr_endpoint}/v2/").status_code == 503


def test_optional(acr: FakeRegistry) -> None:
    acr.faults.add(Fault("base", Refuse(), optional=True))


def test_skipped(acr: FakeRegistry) -> None:
    acr.faults.add(Fault("base", Refuse()))
    pytest.skip("not here")


def test_after_the_skipped_one(acr: FakeRegistry) -> None:
    assert len(acr.faults) == 0


def test_failed_anyway(acr: FakeRegistry) -> None:
    acr.faults.add(Fault("base", Refuse(503)))
    raise AssertionError("for another reason")


def test_chance(acr: FakeRegistry) -> None:
    acr.faults.add(Fault("base", Refuse(503), probability=0.5, optional=True))
    raise AssertionError(f"seed is {[active.seed for active in acr.faults]}")
