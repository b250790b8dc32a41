"""Details and conditions of error rows: functions of an error or its facts."""

from collections.abc import Callable

from fake_registry.spec.endpoints import is_login_path, is_registry_path
from fake_registry.spec.errors import ABSENT, Detail, RegistryError
from fake_registry.wire.error_rows import DetailRule, Facts


def missing_access(error: RegistryError) -> list[dict[str, str]]:
    """Return each action that the caller's token lacks, as ACR writes them."""
    access = error.facts.get("access", ())
    return [{"Type": kind, "Name": name, "Action": action} for kind, name, action in access]


def missing_access_or_null(error: RegistryError) -> Detail:
    """Return `missing_access`, null if it is empty."""
    return missing_access(error) or None


def missing_access_or_absent(error: RegistryError) -> Detail:
    """Return `missing_access`, ABSENT if it is empty."""
    return missing_access(error) or ABSENT


def fact(name: str) -> DetailRule:
    """Return a rule whose detail is the fact `name`."""
    return lambda error: error.facts.get(name, ABSENT)


def object_with(**names: str) -> DetailRule:
    """Return a rule whose detail is an object: at each key the fact of that name."""
    return lambda error: {key: error.facts.get(name, "") for key, name in names.items()}


def reason(error: RegistryError) -> Detail:
    """Return the reason, ABSENT if it is empty."""
    return error.reason or ABSENT


def reason_and_facts(error: RegistryError) -> Detail:
    """Return everything known, for a log: the specification leaves the detail to the registry."""
    known = {"reason": error.reason} if error.reason else {}
    facts = error.facts.items()
    plain = {name: value for name, value in facts if isinstance(value, str | int | tuple)}
    return {**known, **plain} or ABSENT


def digest_failure(error: RegistryError) -> Detail:
    """Return ACR's detail of a malformed digest, as recorded.

    ABSENT for the digest of other content, of which there is no recording [I].
    """
    return ABSENT if "found" in error.facts else "digest parsing failed"


def chunk_failure(error: RegistryError) -> Detail:
    """Return ACR's detail of a chunk's Content-Range.

    Recorded for a malformed header; [I] for a chunk that starts elsewhere.
    """
    cause = "the Content-Range header format is invalid"
    if "offset" in error.facts:
        cause = "the Content-Range does not start where the upload ends"
    return {"Range": error.facts.get("content_range", ""), "Reason": cause}


def page_parameters(error: RegistryError) -> Detail:
    """Return the parameters of a page that are invalid."""
    return {name: value for name, value in error.facts.items() if name in ("n", "last", "orderby")}


def facts_equal(**expected: object) -> Callable[[Facts], bool]:
    """Return a condition: these facts have these values."""
    return lambda facts: all(facts.get(name) == value for name, value in expected.items())


def is_at_login(facts: Facts) -> bool:
    """Return whether the fact `path` is for ACR's login."""
    return is_login_path(str(facts.get("path", "")))


def is_forwarded(facts: Facts) -> bool:
    """Return whether ACR's front end forwards requests for the fact `path`."""
    return is_registry_path(str(facts.get("path", "")))
