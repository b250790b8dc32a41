"""The words of refusals: msgspec's errors, with the names and values that were possible."""

import re
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from fake_registry.arguments import names_text, nearest_first
from fake_registry.spec.json_object import kind_text

Node = Any
"""A type as `msgspec.inspect` describes it. Any: it has thirty classes."""


@dataclass(frozen=True)
class _Finding:
    """A problem that msgspec has found."""

    match: re.Match[str]
    """Its message."""
    name: str
    """Its place, as a message names it."""
    node: Node
    """The type of the value there; None if that is not known."""
    value: object
    """The value there; None if msgspec does not name its place."""


_PLACE: Final = re.compile(r"(?P<problem>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP: Final = re.compile(r"\.(?P<name>\w+)|\[(?:(?P<place>\d+)|\.\.\.)\]")

_KINDS: Final = {
    "object": "an object",
    "array": "a list",
    "str": "a string",
    "bool": "a boolean",
    "int": "an integer",
    "float": "a number",
    "null": "null",
    "bytes": "text in base64",
}
"""The types of JSON by the names that msgspec has for them."""

_SHOWN: Final = 100
"""The most characters of a client's text in a message."""


def refusal_text(message: str, document: object, kind: Any) -> str:
    """Return msgspec's message about a document in our words, with the known names.

    A message that is not known here is returned as it is, with its place.
    """
    # Any: a type that msgspec decodes
    found = _PLACE.fullmatch(message)
    problem, path = (found["problem"], found["path"] or "") if found else (message, "")
    name = _name_of(path)

    for pattern, explain in _EXPLANATIONS:
        match = pattern.fullmatch(problem)
        if match:
            value = _value_at(document, path)
            return explain(_Finding(match, name, _node_at(kind, path), value))
    return f"{name}: {problem}"


def unknown_name_text(name: str, known: Iterable[str]) -> str:
    """Return that a name is unknown, with the known ones: those first that it may have meant.

    >>> unknown_name_text("trunkate", ["Refuse", "Truncate"])
    "expected one of Truncate, Refuse, found 'trunkate'"
    """
    nearest = nearest_first(name, known)
    several = "one of " if len(nearest) > 1 else ""
    expected = f"{several}{', '.join(nearest) or 'no members'}"
    return f"expected {expected}, found {name[:_SHOWN]!r}"


def _name_of(path: str) -> str:
    """Return how a message names a place: without the dot in front."""
    return path.removeprefix(".") or "the document"


def _value_at(document: object, path: str) -> object:
    """Return the value at a place of a document; None below one that msgspec does not name."""
    value: Any = document  # Any: JSON
    for step in _STEP.finditer(path):
        if step["name"]:
            value = value.get(step["name"]) if isinstance(value, dict) else None
        elif step["place"]:
            value = value[int(step["place"])] if isinstance(value, list) else None
    return value


def _shown(value: object) -> str:
    """Return a value for a message: the whole of a short one, the kind of any other."""
    text = repr(value)
    return text if len(text) <= _SHOWN else kind_text(type(value))


def _node_at(kind: Any, path: str) -> Node:  # Any: a type that msgspec decodes
    """Return the type of the value at this place; None if that is not known."""
    node = msgspec.inspect.type_info(kind)
    for step in _STEP.finditer(path):
        node = _node_below(node, step["name"])
    return node


def _node_below(node: Node, name: str | None) -> Node:
    """Return the type of a member, or of an item if `name` is None."""
    for option in _options_of(node):
        fields = {field.encode_name: field.type for field in getattr(option, "fields", ())}
        if name in fields:
            return fields[name]
        for items in ("item_type", "value_type"):
            if name is None and hasattr(option, items):
                return getattr(option, items)
    return None


def _options_of(node: Node) -> Sequence[Node]:
    """Return the types of a union, without their limits."""
    options: Sequence[Node] = getattr(node, "types", (node,))
    return [getattr(option, "type", option) for option in options]


def _explain_unknown(found: _Finding) -> str:
    options = _options_of(found.node)
    fields = [field.encode_name for option in options for field in getattr(option, "fields", ())]
    text = unknown_name_text(found.match["name"], fields)
    return text if found.name == "the document" else f"{found.name}: {text}"


def _explain_missing(found: _Finding) -> str:
    text = f"expected {found.match['name']}, found none"
    return text if found.name == "the document" else f"{found.name}: {text}"


def _explain_kind(found: _Finding) -> str:
    kinds = found.match["expected"].split(" | ")
    if "float" in kinds:
        kinds = [kind for kind in kinds if kind != "int"]  # an integer is a number

    expected = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
    kind = _KINDS.get(found.match["found"], found.match["found"])
    return f"expected {found.name} to be {expected}, found {kind}"


def _explain_choice(found: _Finding) -> str:
    options = _options_of(found.node)
    choices = [value for option in options for value in getattr(option, "values", ())]
    if any(isinstance(option, msgspec.inspect.NoneType) for option in options):
        choices.append("null")
    known = names_text(found.match["found"], map(str, choices))
    return f"{found.name}: expected one of {known}, found {found.match['found'][:_SHOWN]}"


def _explain_bound(found: _Finding) -> str:
    words = "at least" if found.match["relation"] == ">=" else "at most"
    bound = int(found.match["bound"])
    if abs(bound) >= 2**63 - 1:
        return f"expected {found.name} to have at most 64 bits, found a larger integer"
    return f"expected {found.name} to be {words} {bound}, found {_shown(found.value)}"


def _explain_length(found: _Finding) -> str:
    words = "at least" if found.match["relation"] == ">=" else "at most"
    kind = "characters" if found.match["kind"] == "str" else "items"
    expected = f"{words} {found.match['bound']} {kind}"
    size = len(found.value) if isinstance(found.value, Sized) else "another number"
    return f"expected {found.name} to have {expected}, found {size}"


def _explain_count(found: _Finding) -> str:
    expected = f"{found.match['expected']} items"
    return f"expected {found.name} to have {expected}, found {found.match['found']}"


def _explain_infinity(found: _Finding) -> str:
    return f"expected {found.name} to be a finite number, found a larger one"


def _explain_base64(found: _Finding) -> str:
    return f"expected {found.name} to be text in base64, found other text"


Explanation = Callable[[_Finding], str]

_PATTERNS: Final[Sequence[tuple[str, Explanation]]] = (
    (r"Object contains unknown field `(?P<name>.*)`", _explain_unknown),
    (r"Object missing required field `(?P<name>.*)`", _explain_missing),
    (r"Expected `array` of length (?P<expected>\d+), got (?P<found>\d+)", _explain_count),
    (r"Expected `(?P<expected>.*)`, got `(?P<found>.*)`", _explain_kind),
    (r"Invalid enum value (?P<found>.*)", _explain_choice),
    (r"Expected `(?:int|float)` (?P<relation>[<>]=) (?P<bound>-?\d+)(?:\.0)?", _explain_bound),
    (
        r"Expected `(?P<kind>\w+)` of length (?P<relation>[<>]=) (?P<bound>\d+)",
        _explain_length,
    ),
    (r"Number out of range", _explain_infinity),
    (r"Invalid base64 encoded string", _explain_base64),
)
"""The messages of msgspec 0.19 to 0.22."""

_EXPLANATIONS: Final = [(re.compile(text, re.DOTALL), explain) for text, explain in _PATTERNS]
