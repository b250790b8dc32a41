"""Documents that a JSON schema allows, for the subset of JSON Schema 2020-12 that msgspec writes."""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

Schema = Mapping[str, Any]  # Any: JSON

ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
"""Any JSON."""


def documents_of(schema: Schema, root: Schema) -> st.SearchStrategy[Any]:
    """Return a strategy of documents; `root` has the schemas that references name."""
    if "$ref" in schema:
        return documents_of(resolve(schema["$ref"], root), root)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([documents_of(option, root) for option in schema["anyOf"]])

    match schema.get("type"):
        case "object":
            return _objects_of(schema, root)
        case "array":
            return _lists_of(schema, root)
        case "string":
            return _texts_of(schema)
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            low, high = schema.get("minimum"), schema.get("maximum")
            return st.floats(low, high, allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    assert schema.keys() <= {"description"}, schema
    return ANYTHING


def resolve(reference: str, root: Schema) -> Schema:
    """Return the schema that a reference in `root` names."""
    found: Schema = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def _objects_of(schema: Schema, root: Schema) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: documents_of(one, root) for name, one in schema.get("properties", {}).items()}
    required = {name: members[name] for name in schema.get("required", ())}
    optional = {name: one for name, one in members.items() if name not in required}
    if members:
        return st.fixed_dictionaries(required, optional=optional)

    values = schema.get("additionalProperties", {})
    return st.dictionaries(st.text(max_size=5), documents_of(values or {}, root), max_size=3)


def _lists_of(schema: Schema, root: Schema) -> st.SearchStrategy[Any]:
    if "prefixItems" in schema:
        return st.tuples(*[documents_of(one, root) for one in schema["prefixItems"]]).map(list)
    return st.lists(documents_of(schema["items"], root), max_size=3)


def _texts_of(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("contentEncoding") == "base64":
        return st.sampled_from(["", "aGk=", "?"])
    if "pattern" in schema:
        pattern: str = schema["pattern"]
        return st.from_regex(pattern)
    longest = min(schema.get("maxLength", 20), 20)
    return st.text(min_size=schema.get("minLength", 0), max_size=longest)
