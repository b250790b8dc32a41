"""The harness for other registries, here for our own."""

import json
from collections.abc import Sequence
from typing import Any, assert_type
from unittest import TestCase

import pytest
from hypothesis.stateful import RuleBasedStateMachine

from fake_registry import FakeRegistry, Settings
from pytest_acr.harness import (
    Credentials,
    Dialect,
    PropertyBroken,
    UrlTarget,
    assert_manifest_codec,
    assert_range_parser,
    check_linearizable,
    machine_for,
    replay,
    test_case_for,
)

NO_LOGIN = Settings(auth="off", profile="oci")


def test_machine_is_one_of_hypothesis() -> None:
    registry = FakeRegistry(NO_LOGIN)
    dialect = assert_type(Dialect.like("docker"), Dialect)

    machine = machine_for(registry.wsgi_app, dialect=dialect)
    tests = test_case_for(registry.wsgi_app, machine="content")

    assert_type(machine, type[RuleBasedStateMachine])
    assert_type(tests, type[TestCase])
    assert issubclass(machine, RuleBasedStateMachine)
    assert issubclass(tests, TestCase)


def test_concurrent_requests_are_checked() -> None:
    check_linearizable(FakeRegistry(NO_LOGIN).wsgi_app, threads=2, operations=4, subjects=["tags"])


def test_steps_run_once_more() -> None:
    replay(FakeRegistry(NO_LOGIN).wsgi_app, [("list_tags", {"repository": 0})], dialect=Dialect())


def test_parser_without_ranges_is_found_out() -> None:
    def parse_nothing(text: str, size: int) -> Sequence[tuple[int, int]] | None:
        return None

    with pytest.raises(AssertionError):
        assert_range_parser(parse_nothing)


def test_codec_that_keeps_nothing_is_found_out() -> None:
    def encode(manifest: Any) -> bytes:
        return json.dumps(manifest).encode()

    def decode(content: bytes, media_type: str) -> dict[str, str]:
        return {}

    with pytest.raises(AssertionError):
        assert_manifest_codec(encode, decode)


def test_registry_at_a_url_has_credentials() -> None:
    target = UrlTarget("http://127.0.0.1:5000", credentials=Credentials(username="a", password="b"))

    assert assert_type(target.origin.host, str) == "127.0.0.1"
    target.close()


def test_broken_property_is_an_assertion_error() -> None:
    assert issubclass(assert_type(PropertyBroken, type[PropertyBroken]), AssertionError)
