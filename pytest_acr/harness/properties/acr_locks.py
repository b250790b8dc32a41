"""Locks: the operations that an attribute forbids, one property for each."""

from typing import Final

from pytest_acr.harness.acr_model import GOVERNED_BY, Lock
from pytest_acr.harness.properties.property import Property

_SECTION: Final = "acr-behaviour 7.1"


def _property_of(lock: Lock) -> Property:
    """Return the property of a lock, such as `acr-lock-tag-delete-enabled-delete-manifest`."""
    attribute = lock.attribute.replace("Enabled", "-enabled")
    operation = lock.operation.replace(" ", "-")
    return Property(
        id=f"acr-lock-{lock.level}-{attribute}-{operation}",
        area="acr",
        kind="effect",
        level="ACR",
        section=_SECTION,
        sentence=f"While {lock.attribute} of a {lock.level} is false, {_SENTENCES[lock.operation]}",
    )


_SENTENCES: Final = {
    "pull manifest": "GET and HEAD of the manifest are refused.",
    "pull blob": "GET and HEAD of a blob are refused.",
    "push manifest": "PUT of a manifest is refused.",
    "push blob": "a blob that is pushed is refused.",
    "delete manifest": "DELETE of the manifest is refused.",
    "delete tag": "DELETE of the tag is refused.",
    "delete blob": "DELETE of a blob is refused.",
    "delete repository": "DELETE of the repository is refused.",
}

LOCKS: Final = {
    lock: _property_of(lock)
    for operation, levels in GOVERNED_BY.items()
    for level, attributes in levels.items()
    for attribute in attributes
    for lock in [Lock(operation, level, attribute)]
}

LOCK_STATUS: Final = Property(
    id="acr-lock-status",
    area="acr",
    kind="wording",
    level="ACR",
    section=f"{_SECTION}, acr-behaviour 6",
    sentence="What a lock refuses is answered 405.",
)
LOCK_CODE: Final = Property(
    id="acr-lock-code",
    area="acr",
    kind="wording",
    level="ACR",
    section="acr-behaviour 6",
    sentence="The code of what a lock refuses is REGISTRY_DISALLOWED_OPERATION.",
)

ACR_LOCKS: Final = (*LOCKS.values(), LOCK_STATUS, LOCK_CODE)
