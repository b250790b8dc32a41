"""Bodies of a PATCH below `/acr/v1`: changes of attributes (ACR 2021-07-01)."""

from collections.abc import Mapping
from typing import Any, Final

from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import AttributesInvalid
from fake_registry.spec.json_object import decode_object, member

SWITCHES: Final[Mapping[str, str]] = {
    "deleteEnabled": "delete_enabled",
    "writeEnabled": "write_enabled",
    "readEnabled": "read_enabled",
    "listEnabled": "list_enabled",
}
"""Keys of the attributes that are booleans, and their fields."""

QUARANTINE: Final[Mapping[str, str]] = {
    "quarantineState": "quarantine_state",
    "quarantineDetails": "quarantine_details",
}
"""Keys of a scanner's report, and their fields."""


def parse_attribute_changes(body: bytes) -> AttributeChanges:
    """Return the changes for a repository or tag: any of the four switches.

    Other keys are ignored: old registries answer with `teleportEnabled`, and clients may send it
    back. Raises AttributesInvalid for a repeated key and for a value that is not a boolean [I].
    """
    return _changes(body, {})


def parse_manifest_changes(body: bytes) -> AttributeChanges:
    """Return the changes for a manifest, which may include a scanner's report.

    It is otherwise like `parse_attribute_changes` (Azure/acr, preview/quarantine).
    """
    return _changes(body, QUARANTINE)


def _changes(body: bytes, texts: Mapping[str, str]) -> AttributeChanges:
    try:
        document = decode_object(body)
        # Any: members by name, each checked to be of its field's type
        values: dict[str, Any] = {
            name: member(document, key, bool) for key, name in SWITCHES.items() if key in document
        }
        values |= {name: member(document, key, str) for key, name in texts.items() if key in document}
    except ValueError as error:
        raise AttributesInvalid(str(error)) from None
    return AttributeChanges(**values)
