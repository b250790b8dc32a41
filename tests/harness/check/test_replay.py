"""Steps of a finding that run once more: by the function, as JSON, and as a pytest file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fake_registry import FakeRegistry
from pytest_acr.harness import Dialect, PropertyBroken, replay
from pytest_acr.harness.check.pytest_file import pytest_file_of
from pytest_acr.harness.check.replay_json import encode_steps, parse_steps
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.check_findings import (
    OPEN,
    finding_of_lost_delete,
    hostile_finding,
    plant_lost_delete,
)


def test_replay_fails_while_the_registry_has_the_flaw(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as planted:
        plant_lost_delete(planted)
        again = parse_steps(encode_steps(finding_of_lost_delete()))
        with pytest.raises(PropertyBroken) as broken:
            replay(FakeRegistry(OPEN).wsgi_app, again.steps, only=again.only)

    assert broken.value.finding.property.id == "blob-absent"
    replay(FakeRegistry(OPEN).wsgi_app, again.steps, only=again.only)


def test_replay_judges_one_property_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_lost_delete(monkeypatch)
    steps = finding_of_lost_delete().steps

    replay(FakeRegistry(OPEN).wsgi_app, steps, only="blob-get")

    with pytest.raises(PropertyBroken):
        replay(FakeRegistry(OPEN).wsgi_app, steps)


@pytest.mark.parametrize("is_corrected", [False, True])
def test_pytest_file_fails_until_the_flaw_is_corrected(
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_corrected: bool,
) -> None:
    plant_lost_delete(monkeypatch)
    source = pytest_file_of(finding_of_lost_delete(), registry="http://localhost:1", dialect=Dialect())
    if is_corrected:
        monkeypatch.undo()

    module: dict[str, object] = {}
    exec(compile(source, "test_finding.py", "exec"), module)
    module["REGISTRY"] = FakeRegistry(OPEN).wsgi_app
    test = module["test_blob_absent"]
    assert callable(test)

    if is_corrected:
        test()
    else:
        with pytest.raises(PropertyBroken, match="blob-absent"):
            test()


def test_pytest_file_of_hostile_texts_is_valid(tmp_path: Path) -> None:
    source = pytest_file_of(hostile_finding(), registry="http://a'\"b", dialect=Dialect())

    compile(source.encode(), "test_finding.py", "exec")
    assert "from pytest_acr.harness import Dialect, replay" in source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the steps of a finding as JSON"),
        ("[" * 100_000, "expected the steps of a finding as JSON"),
        ("3", "found another shape"),
        ('{"steps": [], "property": 3}', "found another shape"),
        ("[]", "expected at least one step, found none"),
        ('{"steps": [["get_blob", {}]], "property": "blob-gte"}', "such as blob-get, found 'blob-gte'"),
        ('[["get_blob"]]', r"expected a step as \[NAME, "),
        ('[["get_blob", {"which": null}]]', r"expected a step as \[NAME, "),
    ],
)
def test_malformed_steps_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_steps(text)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (("unknown", {}), "expected a step, one of push_blob, "),
        (("get_blob", {"which": 1}), "expected these arguments of get_blob: repository, which"),
    ],
)
def test_steps_that_do_not_exist_are_refused(step: tuple[str, dict[str, int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replay(FakeRegistry(OPEN).wsgi_app, [step])


def test_no_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one step, found none"):
        replay(FakeRegistry(OPEN).wsgi_app, [])


def test_misspelt_id_is_refused_with_a_similar_one() -> None:
    step = ("get_blob", {"repository": 0, "which": 0})

    with pytest.raises(ValueError, match=r"only: expected .* such as tags-list, found 'tag-list'"):
        replay(FakeRegistry(OPEN).wsgi_app, [step], only="tag-list")


def test_steps_survive_json(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = hostile_finding()

    again = parse_steps(encode_steps(finding))

    assert (again.only, list(again.steps)) == ("blob-get", [("get_blob", {"repository": 0, "which": 0})])
    assert list(parse_steps(json.dumps([["get_blob", {"which": 1}]])).steps) == [("get_blob", {"which": 1})]


class WithoutDigests:
    """A target whose responses lack Docker-Content-Digest."""

    def __init__(self) -> None:
        self._target = WsgiTarget(FakeRegistry(OPEN).wsgi_app)
        self.close = self._target.close

    def send(self, request: RawRequest) -> RawResponse:
        response = self._target.send(request)
        kept = [field for field in response.headers if field[0].lower() != "docker-content-digest"]
        return replace(response, headers=tuple(kept))


def test_absent_header_is_not_shown_as_none() -> None:
    step = ("head_blob", {"repository": 0, "which": 0})

    with pytest.raises(PropertyBroken, match="found:    no such header"):
        replay(WithoutDigests(), [step], only="blob-digest-header")
