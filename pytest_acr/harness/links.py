"""The Link header of a page: RFC 8288, and distribution-spec, Listing Tags."""

import re
from dataclasses import dataclass

from pytest_acr.harness.locations import page_path_of
from pytest_acr.harness.messages import RawResponse


@dataclass(frozen=True, slots=True)
class NextPage:
    """Where the next page is. `is_wellformed` is false for a header from which only a guess was taken."""

    path: str
    is_wellformed: bool


_LINK = re.compile(r'\s*<([^<>]*)>\s*((?:;\s*[\w!#$&+.^`|~-]+\s*(?:=\s*(?:"[^"]*"|[^\s";,]*))?\s*)*)')
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next)\s*(?:;|$)', re.IGNORECASE)


def next_page(response: RawResponse, base: str) -> NextPage | None:
    """Return the path and query of the next page, as a client resolves it; None without a Link."""
    value = response.header("link")
    if value is None:
        return None

    match = _LINK.fullmatch(value.strip())
    is_wellformed = match is not None and _NEXT.search(match[2]) is not None
    target = match[1] if match else value
    path = page_path_of(target, base)
    return NextPage(path or base, is_wellformed and path is not None)
