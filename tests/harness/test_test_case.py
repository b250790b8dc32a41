"""`test_case_for` and `machine_for`: the one line of a test module, over an app and over a URL."""

import re
import unittest
from dataclasses import replace

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.core.memory import MemoryRegistry
from pytest_acr.harness import Credentials, Dialect, UrlTarget, machine_for, test_case_for
from tests.support.effort import examples

OCI = Settings(profile="oci", auth="off")

BROKEN = ("blob-absent", "blob-delete-absent", "acr-lock-repository-write-enabled-delete-blob")
"""Properties that a registry breaks which deletes no blob, whatever it is asked."""


def run_case(case: type) -> unittest.TestResult:
    result = unittest.TestResult()
    case("runTest").run(result)
    return result


def test_case_over_an_app_passes_on_our_registry() -> None:
    case = test_case_for(lambda: FakeRegistry(OCI).wsgi_app, settings=examples(3))

    assert run_case(case).wasSuccessful()


def test_case_over_a_url_passes_on_our_registry() -> None:
    with FakeRegistry(OCI).serve() as server:
        case = test_case_for(server.url, settings=examples(2))

        assert run_case(case).wasSuccessful()


def test_case_logs_in_with_the_credentials_of_its_target() -> None:
    settings = replace(OCI, auth="token", admin_user="me", admin_password="secret")
    with FakeRegistry(settings).serve() as server:
        credentials = Credentials(username="me", password="secret")
        for _ in range(2):  # the second run finds the repositories of the first one
            with UrlTarget(server.url, credentials=credentials) as target:
                case = test_case_for(target, settings=examples(2))
                assert run_case(case).wasSuccessful()


def test_missing_login_is_named() -> None:
    app = FakeRegistry(replace(OCI, auth="token")).wsgi_app
    case = test_case_for(app, settings=examples(2))

    [(_, report)] = run_case(case).errors

    assert "CheckRefused: the registry requires a login, or refuses this one (401): name" in report


def test_case_names_the_property_that_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryRegistry, "delete_blob", lambda *_args, **_names: None)
    case = test_case_for(lambda: FakeRegistry(OCI).wsgi_app, settings=examples(40))

    [(_, report)] = run_case(case).failures

    assert any(name in report for name in BROKEN)
    assert "distribution-spec v1.1.1" in report or "acr-behaviour 7.1" in report


def test_failing_case_shows_the_requests_and_the_call_that_repeats_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(MemoryRegistry, "delete_blob", lambda *_args, **_names: None)
    case = test_case_for(lambda: FakeRegistry(OCI).wsgi_app, settings=examples(40))

    [(_, report)] = run_case(case).failures

    assert "HTTP requests; GET and HEAD before the last one are left out:\n\n    # 1\n    > " in report
    assert re.search(r"\n    replay\(\n        registry,\n        \[\('[a-z_]+',", report)
    assert "state.begin(script=<the steps of the finding>)" in report


def test_known_property_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryRegistry, "delete_blob", lambda *_args, **_names: None)
    app = FakeRegistry(OCI).wsgi_app
    case = test_case_for(app, known=BROKEN, settings=examples(10))

    assert run_case(case).wasSuccessful()


def test_no_request_is_sent_before_the_first_example() -> None:
    def fail() -> str:
        raise AssertionError("the registry is made when a test runs, not when a module is imported")

    assert machine_for(fail, dialect=Dialect.like("acr")) is not None


def test_misspelt_known_property_is_refused_with_a_similar_one() -> None:
    with pytest.raises(ValueError, match=r"known: expected .* such as tags-order, found 'tag-order'"):
        test_case_for(FakeRegistry(OCI).wsgi_app, known=["tag-order"])


def test_exact_status_can_be_known() -> None:
    assert machine_for(FakeRegistry(OCI).wsgi_app, known=["tags-list-exact-status"]) is not None


def test_unknown_dialect_is_refused_with_the_known_names() -> None:
    with pytest.raises(ValueError, match=r"expected one of strict, acr, docker, found 'quay'"):
        Dialect.like("quay")
