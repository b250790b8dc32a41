"""The effects of a sweep, and the faults that strike its cases."""

import pytest

from fake_registry.http.faults import EFFECTS, Disconnect, Fault, Refuse, Truncate
from fake_registry.http.faults.effect import moments_of
from fake_registry.http.faults.sweep import (
    ALL_EFFECTS,
    DEFAULT_EFFECTS,
    SweepEffect,
    SweptCall,
    SweptFault,
    cases_of,
    effects_named,
)

CALL = SweptCall(endpoint="upload.chunk", door=4, before=3, after=2)
PROBE = SweptCall(endpoint="manifest.get", door=1, before=None, after=None)

WITHOUT_COLUMN = {"SetHeader", "Throttle"}
"""See the docstring of ALL_EFFECTS."""


def test_every_effect_has_a_column() -> None:
    effects = [effect for one in ALL_EFFECTS for effect in (one.effect, one.of_manifests) if effect]
    columns = {type(effect).__name__ for effect in effects}
    assert columns == {effect.__name__ for effect in EFFECTS} - WITHOUT_COLUMN


def test_names_of_columns_are_unique_and_say_the_moment_where_it_is_needed() -> None:
    names = [one.name for one in ALL_EFFECTS]
    assert len(set(names)) == len(names)
    assert all("door" in one.name for one in ALL_EFFECTS if one.when == "door")


@pytest.mark.parametrize("column", ALL_EFFECTS, ids=lambda column: column.name)
def test_effect_of_a_column_can_act_at_its_moment(column: SweepEffect) -> None:
    assert column.when in moments_of(column.effect)


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ("default", [one.name for one in DEFAULT_EFFECTS]),
        ("all", [one.name for one in ALL_EFFECTS]),
        ("Truncate", ["Truncate"]),
        ("Disconnect", ["Disconnect(before)", "Disconnect(after)", "Disconnect(door)"]),
        ("Refuse(503, door),Corrupt", ["Refuse(503, door)", "Corrupt"]),
        (" Corrupt , Corrupt,Truncate", ["Corrupt", "Truncate"]),
        (["default", "Corrupt"], [one.name for one in DEFAULT_EFFECTS]),
        ([Refuse(418), "Corrupt"], [repr(Refuse(418)), "Corrupt"]),
    ],
)
def test_effects_are_chosen_by_name(chosen: str | list[str | Refuse], names: list[str]) -> None:
    assert [one.name for one in effects_named(chosen)] == names


@pytest.mark.parametrize(
    ("chosen", "kind", "text"),
    [
        ("Corupt", ValueError, "effects: expected one of Corrupt, .*, found 'Corupt'"),
        ("", ValueError, "effects: expected at least one, found none"),
        ([], ValueError, "effects: expected at least one, found none"),
        ([Refuse], TypeError, "effects: expected names such as 'Truncate', .* found the class Refuse"),
        (Truncate, TypeError, "effects: expected names .* found the class Truncate$"),
        (Truncate(3), TypeError, "effects: expected names .* found Truncate: put it in a list$"),
        ([503], TypeError, "effects: expected names .* found int"),
    ],
)
def test_wrong_effect_is_refused(chosen: list[str | Refuse], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        effects_named(chosen)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("Refuse(503)", Fault("upload.chunk", Refuse(503), when="before", skip=2, times=1, optional=True)),
        ("Disconnect(after)", Fault("upload.chunk", Disconnect(), when="after", skip=1, times=1, optional=True)),
        ("Refuse(503, door)", Fault("upload.chunk", Refuse(503), when="door", skip=3, times=1, optional=True)),
    ],
)
def test_fault_skips_the_calls_before(name: str, fault: Fault) -> None:
    (effect,) = effects_named([name])
    assert SweptFault(CALL, effect).fault() == fault


def test_call_that_strikes_earlier_does_not_count() -> None:
    (effect,) = effects_named(["Disconnect(after)"])
    assert SweptFault(CALL, effect).fault(earlier=1).skip == 0


def test_case_is_named_by_endpoint_number_and_effect() -> None:
    (effect,) = effects_named(["Truncate"])
    assert str(SweptFault(CALL, effect)) == "upload.chunk#3:Truncate"
    assert str(PROBE) == "manifest.get#1(door)"


def test_call_without_a_token_is_struck_at_the_door_alone() -> None:
    assert {case.effect.when for case in cases_of([PROBE], ALL_EFFECTS)} == {"door"}


def test_effect_strikes_no_call_at_which_it_cannot_act() -> None:
    names = {case.effect.name for case in cases_of([CALL], ALL_EFFECTS)}
    assert {"ForgetUpload(before)", "StaleRange"} <= names
    assert names.isdisjoint({"LoopLink", "WrongScope", "BigManifest"})
