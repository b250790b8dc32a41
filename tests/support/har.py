"""The rules of HAR 1.2 (softwareishard.com/blog/har-12-spec), as a check of a document.

It has those of the JSON schema `har-schema` 2.0.0, and two more: no name is unknown unless it
begins with an underscore, and no number is less than the specification allows.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

Rule = Any  # Any: a type, a check, the rules of an object by the names of its members, or a list


def date(value: object) -> bool:
    """Return whether a value is a date and time with a zone, as ISO 8601 has it."""
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def url(value: object) -> bool:
    """Return whether a value is an absolute URL, in ASCII and well escaped."""
    if not (isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value):
        return False

    parts = urlsplit(value)
    has_port = parts.port is None or 0 <= parts.port <= 65_535  # raises ValueError for another text
    return bool(parts.scheme and parts.hostname and has_port and parts.path.startswith("/"))


def size(value: object) -> bool:
    """Return whether a value is a number of bytes, or -1 for an unknown one."""
    return type(value) is int and value >= -1


def time(value: object) -> bool:
    """Return whether a value is a time in milliseconds, or -1 for none."""
    return type(value) in (int, float) and value >= -1  # type: ignore[operator]  # a number


PAIR: Final = {"name": str, "value": str}
CONTENT: Final = {"size": size, "mimeType": str, "compression?": int, "text?": str, "encoding?": str}
MESSAGE: Final = {
    "httpVersion": str,
    "cookies": [PAIR],
    "headers": [PAIR],
    "headersSize": size,
    "bodySize": size,
}
REQUEST: Final = MESSAGE | {"method": str, "url": url, "queryString": [PAIR], "postData?": dict}
RESPONSE: Final = MESSAGE | {"status": int, "statusText": str, "content": CONTENT, "redirectURL": str}
TIMINGS: Final = {
    "blocked?": time,
    "dns?": time,
    "connect?": time,
    "ssl?": time,
    "send": time,
    "wait": time,
    "receive": time,
}
ENTRY: Final = {
    "pageref?": str,
    "startedDateTime": date,
    "time": time,
    "request": REQUEST,
    "response": RESPONSE,
    "cache": {"beforeRequest?": dict, "afterRequest?": dict},
    "timings": TIMINGS,
    "serverIPAddress?": str,
    "connection?": str,
}
PAGE: Final = {
    "startedDateTime": date,
    "id": str,
    "title": str,
    "pageTimings": {"onContentLoad?": time, "onLoad?": time},
}
PROGRAM: Final = {"name": str, "version": str}
HAR: Final = {
    "log": {
        "version": str,
        "creator": PROGRAM,
        "browser?": PROGRAM,
        "pages?": [PAGE],
        "entries": [ENTRY],
    }
}
"""The document. A question mark ends the name of an optional member; each object may have a
`comment`."""


def har_problems(document: object, rule: Rule = HAR, place: str = "") -> Iterator[str]:
    """Yield what is wrong with a HAR document, each with its place."""
    if isinstance(rule, Mapping):
        yield from _object_problems(document, rule, place)
    elif isinstance(rule, list):
        if not isinstance(document, list):
            yield f"{place}: expected a list, found {document!r}"
            return
        for number, item in enumerate(document):
            yield from har_problems(item, rule[0], f"{place}[{number}]")
    elif not (type(document) is rule if isinstance(rule, type) else rule(document)):
        yield f"{place}: expected {rule.__name__}, found {document!r}"


def _object_problems(document: object, rules: Mapping[str, Rule], place: str) -> Iterator[str]:
    if not isinstance(document, dict):
        yield f"{place}: expected an object, found {document!r}"
        return

    members = {name.removesuffix("?"): rule for name, rule in rules.items()} | {"comment": str}
    required = {name for name in rules if not name.endswith("?")}
    known = {name for name in document if not name.startswith("_")}
    yield from (f"{place}.{name}: absent" for name in sorted(required - known))
    yield from (f"{place}.{name}: unknown" for name in sorted(known - members.keys()))
    for name in sorted(known & members.keys()):
        yield from har_problems(document[name], members[name], f"{place}.{name}")
