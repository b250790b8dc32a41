"""An effect is added by a class and an entry in EFFECTS: every list of effects has it or names a
flaw."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pytest

from fake_registry import Fault
from fake_registry.control.fault_json import FAULTS, FaultFormat
from fake_registry.http.answers import Answer
from fake_registry.http.faults import EFFECTS, Effect, FaultPlan, Scene, When
from fake_registry.http.faults.description import describe
from tests.support.exports import missing_exports
from tests.support.pages.effects import effects_page


@dataclass(frozen=True)
class Planted:
    """The answer has another status."""

    default_when: ClassVar[When] = "after"

    status: int
    rate: float = 0.5
    kind: Literal["soft", "hard"] | None = None

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return answer


ONE_MORE = (*EFFECTS, Planted)
WITH_PLANTED = FaultFormat(ONE_MORE)
INTEGER = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
DOCUMENT = {"endpoint": "base", "effect": {"name": "Planted", "status": 500, "kind": "hard"}}


def test_every_effect_is_exported() -> None:
    assert "\n".join(missing_exports()) == ""


def test_effect_that_is_not_exported_is_reported() -> None:
    assert missing_exports([Planted]) == [
        "fake_registry/http/faults/__init__.py: import Planted and add it to __all__",
        "fake_registry/__init__.pyi: add the line: from fake_registry.http.faults import Planted as Planted",
    ]


def test_effect_is_decoded_and_encoded() -> None:
    fault = WITH_PLANTED.decode(DOCUMENT)
    encoded = WITH_PLANTED.encode(FaultPlan().add(fault), "1")

    assert fault == Fault("base", Planted(500, kind="hard"))
    assert encoded["effect"] == {"name": "Planted", "status": 500, "rate": 0.5, "kind": "hard"}
    with pytest.raises(ValueError, match=r"expected one of Refuse, .*, found 'Planted'"):
        FAULTS.decode(DOCUMENT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "harder"}, "Planted: kind: expected one of hard, soft, null, found 'harder'"),
        ({"kind": 1}, "Planted: expected kind to be a string or null, found an integer"),
        ({"rate": "fast"}, "Planted: expected rate to be a number, found a string"),
        ({"rate": None}, "Planted: expected rate to be a number, found null"),
        ({"status": True}, "Planted: expected status to be an integer, found a boolean"),
    ],
)
def test_value_that_its_parameter_cannot_have_is_refused(change: dict[str, object], message: str) -> None:
    effect = {"name": "Planted", "status": 500, **change}
    with pytest.raises(ValueError, match=f"^{message}$"):
        WITH_PLANTED.decode({"endpoint": "base", "effect": effect})


def test_number_may_be_written_as_an_integer() -> None:
    effect = {"name": "Planted", "status": 500, "rate": 2}

    assert WITH_PLANTED.decode({"endpoint": "base", "effect": effect}).effect == Planted(500, rate=2)


def test_schema_has_the_effect() -> None:
    schema: Any = WITH_PLANTED.schema()  # Any: JSON
    types = schema["$defs"]

    assert (schema["$ref"], types["Fault"]["required"]) == ("#/$defs/Fault", ["endpoint", "effect"])
    assert {"enum": ["after", "before", "door"]} in types["Fault"]["properties"]["when"]["anyOf"]
    assert {"$ref": "#/$defs/Planted"} in types["Fault"]["properties"]["effect"]["anyOf"][1]["anyOf"]
    assert types["Planted"] == {
        "title": "Planted",
        "description": "The answer has another status.",
        "type": "object",
        "properties": {
            "name": {"enum": ["Planted"]},
            "status": INTEGER,
            "rate": {"type": "number", "default": 0.5},
            "kind": {"anyOf": [{"enum": ["hard", "soft"]}, {"type": "null"}], "default": None},
        },
        "required": ["name", "status"],
        "additionalProperties": False,
        "x-group": "test_description",
    }


def test_schema_has_the_names_that_stand_for_an_effect_with_its_defaults() -> None:
    schema: Any = WITH_PLANTED.schema()  # Any: JSON
    [names] = [one["enum"] for one in schema["$defs"]["Fault"]["properties"]["effect"]["anyOf"] if "enum" in one]

    assert {"Corrupt", "Disconnect", "Refuse"} <= set(names)
    assert {"Planted", "Truncate"}.isdisjoint(names)


@dataclass(frozen=True)
class Varied(Planted):
    """Parameters of many kinds."""

    level: Literal[1, 2] = 1
    mode: Literal["a", "b", None] | None = None
    size: Literal["all"] | int = "all"
    words: str = field(default_factory=lambda: "so be it")
    sent: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.words == "type":
            raise TypeError("not these words")
        if self.words == "key":
            raise KeyError("words")


def decode_varied(**values: object) -> Effect:
    effect = {"name": "Varied", "status": 500, **values}
    return FaultFormat([Varied]).decode({"endpoint": "base", "effect": effect}).effect


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": 3}, "Varied: level: expected one of 1, 2, found 3"),
        ({"level": True}, "Varied: expected level to be an integer, found a boolean"),
        ({"mode": "c"}, "Varied: mode: expected one of a, b, null, found 'c'"),
        ({"mode": 2}, "Varied: expected mode to be a string or null, found an integer"),
        ({"size": "some"}, "Varied: size: expected one of all, found 'some'"),
        (
            {"sent": 1},
            "Varied: expected one of status, rate, kind, level, mode, size, words, found 'sent'",
        ),
        ({"words": "type"}, "Varied: TypeError: not these words"),
        ({"words": "key"}, "Varied: KeyError: 'words'"),
    ],
)
def test_value_that_the_effect_cannot_have_is_refused(
    change: dict[str, object],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        decode_varied(**change)


@pytest.mark.parametrize(
    "change",
    [{}, {"level": 2}, {"mode": "a"}, {"mode": "b"}, {"mode": None}, {"size": "all"}, {"size": 7}],
    ids=repr,
)
def test_value_of_its_literals_is_decoded(change: dict[str, Any]) -> None:
    assert decode_varied(**change) == Varied(500, **change)


def test_schema_has_literals_and_made_defaults() -> None:
    schema: Any = FaultFormat([Varied]).schema()  # Any: JSON
    properties = schema["$defs"]["Varied"]["properties"]

    assert [properties[name] for name in ("level", "mode", "size", "words")] == [
        {"enum": [1, 2], "default": 1},
        {"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}], "default": None},
        {"anyOf": [INTEGER, {"enum": ["all"]}], "default": "all"},
        {"type": "string", "default": "so be it"},
    ]
    assert "sent" not in properties


def test_infinite_value_is_encoded_as_text() -> None:
    active = FaultPlan().add(Fault("base", Planted(500, rate=math.inf)))
    encoded: Any = WITH_PLANTED.encode(active, "1")  # Any: JSON

    assert encoded["effect"]["rate"] == "inf"


def test_page_has_the_effect() -> None:
    line = "| `Planted(status, rate=0.5, kind=None)` | The answer has another status. | `after` |\n"

    assert effects_page(ONE_MORE) == effects_page() + line


def _without_docstring() -> type:
    @dataclass(frozen=True)
    class Silent:
        default_when: ClassVar[When] = "after"

        def on_response(self, scene: Scene, answer: Answer) -> Answer:
            return answer

    return Silent


def _without_dataclass() -> type:
    class Loose:
        """Something."""

    return Loose


def _without_freezing() -> type:
    @dataclass
    class Soft:
        """The answer is as it was."""

        default_when: ClassVar[When] = "after"

        def on_response(self, scene: Scene, answer: Answer) -> Answer:
            return answer

    return Soft


def _without_method() -> type:
    @dataclass(frozen=True)
    class Idle:
        """Nothing happens."""

        default_when: ClassVar[When] = "after"

    return Idle


def _at_another_moment() -> type:
    @dataclass(frozen=True)
    class Early(Planted):
        """The moment is one at which it cannot act."""

        default_when: ClassVar[When] = "door"

    return Early


def _with_a_strange_parameter() -> type:
    @dataclass(frozen=True)
    class Strange(Planted):
        """A parameter is of bytes."""

        content: bytes = b""

    return Strange


def _with_a_parameter_called_name() -> type:
    @dataclass(frozen=True)
    class Named:
        """The name is in the way."""

        default_when: ClassVar[When] = "after"

        name: str

        def on_response(self, scene: Scene, answer: Answer) -> Answer:
            return answer

    return Named


def _with_an_infinite_default() -> type:
    @dataclass(frozen=True)
    class Endless(Planted):
        """The default is endless."""

        seconds: float = math.inf

    return Endless


def _with_the_name_of_another() -> type:
    @dataclass(frozen=True)
    class SecondRefuse(Planted):
        """Refuses in another way."""

    SecondRefuse.__name__ = "Refuse"
    return SecondRefuse


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_without_docstring, "Silent has no docstring: write one, whose first line says what it does"),
        (_without_dataclass, "Loose is not a frozen dataclass: decorate it with"),
        (_without_freezing, "Soft is not a frozen dataclass: decorate it with"),
        (_without_method, "Idle has no moment to strike at: write on_request or on_response"),
        (_at_another_moment, "Early has no moment to strike at: write on_request or on_response"),
        (_with_a_strange_parameter, "Strange has content, which has no JSON form: use str, int, float"),
        (_with_a_parameter_called_name, "Named has a parameter called name, as the effect is in"),
        (_with_an_infinite_default, "Endless has seconds=inf, which has no JSON form: use a finite"),
        (_with_the_name_of_another, "Refuse has the name of another effect: rename one of them"),
    ],
)
@pytest.mark.parametrize("lists", [effects_page, FaultFormat])
def test_flaw_is_reported_with_its_file_and_remedy(
    make: Callable[[], type], problem: str, lists: Callable[[Any], object]
) -> None:
    with pytest.raises(TypeError) as raised:
        lists((*EFFECTS, make()))

    assert str(raised.value).startswith(f"tests/http/faults/test_description.py: {problem}")


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.__name__)
def test_every_effect_can_be_described(effect: Any) -> None:  # Any: a class of EFFECTS
    assert describe(effect).summary.endswith(".")
