"""All rules of strict mode, and `mistakes_in`, which applies them."""

from collections.abc import Iterable, Sequence
from typing import Final

from fake_registry.arguments import items_of, names_text
from fake_registry.journal.checks.bodies import BODY_SENT_AGAIN, MISSING_CONTENT_LENGTH
from fake_registry.journal.checks.credentials import CREDENTIAL_TO_OTHER_HOST
from fake_registry.journal.checks.left_uploads import UPLOAD_LEFT_OPEN
from fake_registry.journal.checks.locations import LOCATION_BUILT_BY_HAND, UPLOAD_STATE_DROPPED
from fake_registry.journal.checks.logins import EXPIRED_TOKEN_USED, LOGIN_PER_CALL
from fake_registry.journal.checks.manifest_reads import REPEATED_MANIFEST_READS
from fake_registry.journal.checks.moved_tags import TAG_MOVED_BY_ANOTHER
from fake_registry.journal.checks.pages import CATALOG_LISTED_FOR_ONE, PAGE_NOT_FOLLOWED
from fake_registry.journal.checks.polling import POLLING_WITHOUT_PAUSE
from fake_registry.journal.checks.repeated_blobs import BLOB_UPLOADED_TWICE, EXISTING_BLOB_UPLOADED
from fake_registry.journal.checks.repeats import REPEATED_WITHOUT_ASKING
from fake_registry.journal.checks.rule import BrokenRule, ClientRule
from fake_registry.journal.checks.served_types import ACCEPT_WITHOUT_SERVED_TYPE
from fake_registry.journal.exchange import Exchange

RULES: Final[tuple[ClientRule, ...]] = (
    CREDENTIAL_TO_OTHER_HOST,
    UPLOAD_STATE_DROPPED,
    LOCATION_BUILT_BY_HAND,
    UPLOAD_LEFT_OPEN,
    MISSING_CONTENT_LENGTH,
    ACCEPT_WITHOUT_SERVED_TYPE,
    BLOB_UPLOADED_TWICE,
    EXISTING_BLOB_UPLOADED,
    BODY_SENT_AGAIN,
    EXPIRED_TOKEN_USED,
    LOGIN_PER_CALL,
    REPEATED_MANIFEST_READS,
    PAGE_NOT_FOLLOWED,
    TAG_MOVED_BY_ANOTHER,
    REPEATED_WITHOUT_ASKING,
    POLLING_WITHOUT_PAUSE,
    CATALOG_LISTED_FOR_ONE,
)
"""The order of reports and of the reference page."""


def mistakes_in(exchanges: Sequence[Exchange], allow: Iterable[str] = ()) -> list[BrokenRule]:
    """Return the mistakes in the exchanges of one registry, oldest first, rule by rule.

    `allow` names rules that may be broken; ValueError, with the known names, for an unknown one.
    """
    __tracebackhide__ = True
    allowed = parse_allowed(allow)
    applied = [rule for rule in RULES if rule.name not in allowed]
    return [BrokenRule(rule, mistake) for rule in applied for mistake in rule.find(exchanges)]


def parse_allowed(names: Iterable[str]) -> frozenset[str]:
    """Return the names of rules. ValueError for an unknown one, TypeError for anything but texts."""
    __tracebackhide__ = True
    allowed = items_of("allow", names, str)
    known = [rule.name for rule in RULES]
    for name in allowed:
        if name not in known:
            nearest = names_text(name, known)
            raise ValueError(f"there is no rule {name!r}; the rules are {nearest}")
    return frozenset(allowed)
