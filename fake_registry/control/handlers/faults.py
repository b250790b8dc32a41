"""Faults in force. The types of their documents are those of `FAULTS`."""

from werkzeug.exceptions import Conflict

from fake_registry.control.controlled import Controlled, check_room
from fake_registry.control.fault_json import FAULTS
from fake_registry.control.limits import MAX_FAULTS
from fake_registry.http.faults import Fault
from fake_registry.spec.json_object import JsonObject


def list_faults(controlled: Controlled) -> JsonObject:
    """The faults in force."""
    faults = controlled.registry.faults
    return {"faults": [FAULTS.encode(active, controlled.id_of(active)) for active in faults]}


def get_fault_schema(_: Controlled) -> JsonObject:
    """The JSON schema of a fault, with each effect and its parameters."""
    return FAULTS.schema()


def get_fault(controlled: Controlled, fault_id: str) -> JsonObject:
    """A fault in force, with the number of calls that it has struck."""
    return FAULTS.encode(controlled.find_fault(fault_id), fault_id)


def add_fault(controlled: Controlled, body: Fault) -> JsonObject:
    """Put a fault in force."""
    check_room("faults in force", len(controlled.registry.faults), MAX_FAULTS)

    try:
        active = controlled.registry.faults.add(body)
    except RuntimeError as error:  # the registry is closed
        raise Conflict(str(error)) from error
    return FAULTS.encode(active, controlled.id_of(active))


def clear_faults(controlled: Controlled) -> None:
    """End all faults, and an outage."""
    controlled.registry.faults.clear()


def remove_fault(controlled: Controlled, fault_id: str) -> None:
    """End a fault."""
    controlled.find_fault(fault_id).remove()
