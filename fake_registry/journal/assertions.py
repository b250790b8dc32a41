"""Assertions on exchanges in registry terms, and the messages of their failures.

A message has the expectation, the successful actions of the same kind, the requests for the
expected action that did not succeed, and at most 25 lines of exchanges without logins.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from fake_registry.arguments import check_type
from fake_registry.journal.actions import ActionKind, RegistryAction, actions_in
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.reading import Reading, found_text
from fake_registry.journal.text import bounded_text
from fake_registry.spec.endpoints import EndpointName, check_endpoint_pattern
from fake_registry.spec.names import (
    ImageName,
    check_no_host,
    parse_digest,
    parse_repository_name,
    split_image_name,
)
from fake_registry.spec.patterns import matches
from fake_registry.spec.words import count_text

_MOST_NAMES: Final = 5
"""The most names, or requests without success, in a sentence."""

_OUTCOMES: Final = {None: "dropped", 202: "declined", 304: "unchanged"}
"""The adjectives for actions without success, by status; that for any other is `refused`."""

_LOGINS: Final = (EndpointName.OAUTH_EXCHANGE, EndpointName.OAUTH_TOKEN)

MeetsName = Callable[[RegistryAction], bool]


def check_pushes(reading: Reading, name: str, times: int | None) -> None:
    """Raise AssertionError unless there are pushes of this name, or as many as `times` says."""
    __tracebackhide__ = True
    wanted = _parse_name(name)
    _check(reading, ActionKind.PUSH, name, times, lambda action: _is_of(action, wanted))


def check_pulls(reading: Reading, name: str, times: int | None) -> None:
    """Raise AssertionError unless there are pulls of this name, or as many as `times` says."""
    __tracebackhide__ = True
    wanted = _parse_name(name)
    _check(reading, ActionKind.PULL, name, times, lambda action: _is_of(action, wanted))


def check_tags(reading: Reading, name: str, times: int | None) -> None:
    """Raise AssertionError unless there are pushes that set this tag, or as many as `times` says."""
    __tracebackhide__ = True
    wanted = _parse_name(name)
    if wanted.tag is None:
        raise ValueError(f"name: expected repository:tag, found no tag in {name!r}")

    _check(reading, ActionKind.PUSH, name, times, lambda action: _is_of(action, wanted))


def check_deletions(reading: Reading, name: str, times: int | None) -> None:
    """Raise AssertionError unless there are deletions of exactly this, or as many as `times` says."""
    __tracebackhide__ = True
    wanted = _parse_name(name)
    if wanted.tag is not None and wanted.digest is not None:
        raise ValueError(f"name: expected a tag or a digest, found both in {name!r}")

    is_whole = wanted.tag is None and wanted.digest is None

    def meets(action: RegistryAction) -> bool:
        names_more = bool(action.tags) or action.digest is not None
        return _is_of(action, wanted) and not (is_whole and names_more)

    _check(reading, ActionKind.DELETION, name, times, meets)


def check_mounts(
    reading: Reading,
    name: str,
    *,
    source: str | None,
    digest: str | None,
    times: int | None,
) -> None:
    """Raise AssertionError unless there are such mounts into the repository in `name`, or as many
    as `times` says."""
    __tracebackhide__ = True
    wanted = _mount_target_of(name, digest)
    if source is not None:
        check_type("source", source, str)
        parse_repository_name(source)

    def meets(action: RegistryAction) -> bool:
        return _is_of(action, wanted) and source in (None, action.source)

    origin = "" if source is None else f" from {source}"
    _check(reading, ActionKind.MOUNT, f"{wanted}{origin}", times, meets)


def check_logins(reading: Reading, at_most: int) -> None:
    """Raise AssertionError for more logins than `at_most`."""
    __tracebackhide__ = True
    check_count("at_most", at_most)
    logins = _successes_in(actions_in(reading.exchanges, ActionKind.LOGIN))
    if len(logins) <= at_most and reading.dropped == 0:
        return

    expected = f"expected at most {count_text(at_most, ActionKind.LOGIN.singular)}"
    those = [login.exchange for login in logins]
    found = found_text(len(logins), Reading(those, reading.dropped))
    raise AssertionError(f"{expected}, {found}")


def check_uploads(reading: Reading) -> None:
    """Raise AssertionError for a blob that was uploaded twice to one repository."""
    __tracebackhide__ = True
    uploads = _successes_in(actions_in(reading.exchanges, ActionKind.UPLOAD))
    counts = Counter(map(_place_of, uploads))
    repeated = [upload for upload in uploads if counts[_place_of(upload)] > 1]
    if not repeated and reading.dropped == 0:
        return

    expected = "expected one upload of each blob to a repository"
    if not repeated:
        raise AssertionError(f"{expected}, {found_text('no other', reading)}")

    names = Counter(map(str, repeated))
    found = _list_bounded([f"{count} uploads of {name}" for name, count in names.items()])
    those = bounded_text([upload.exchange for upload in repeated])
    raise AssertionError(f"{expected}, found {found}:\n{those}")


def check_order(reading: Reading, patterns: Sequence[str]) -> None:
    """Raise AssertionError unless successful exchanges match the patterns in this order."""
    __tracebackhide__ = True
    if not patterns:
        raise TypeError("expected patterns of endpoints, such as 'upload.*', found none")
    for pattern in patterns:
        check_type("endpoint_patterns", pattern, str)
        check_endpoint_pattern(pattern)

    rest = iter([exchange for exchange in reading.exchanges if _is_success(exchange)])
    met: list[str] = []
    for pattern in patterns:
        found = next((one for one in rest if matches(pattern, one.endpoint or "")), None)
        if found is None:
            raise AssertionError(_order_text(reading, patterns, met))
        met.append(f"{found.endpoint} (#{found.number})")


def check_count(name: str, value: int) -> None:
    """Raise TypeError unless the argument `name` is an int, ValueError if it is negative."""
    __tracebackhide__ = True
    check_type(name, value, int)
    if value < 0:
        raise ValueError(f"{name}: expected 0 or more, found {value}")


def _parse_name(name: str) -> ImageName:
    __tracebackhide__ = True
    check_type("name", name, str)
    return split_image_name(name)


def _place_of(upload: RegistryAction) -> tuple[str | None, str | None]:
    """Return the repository and the digest."""
    return upload.repository, upload.digest


def _mount_target_of(name: str, digest: str | None) -> ImageName:
    __tracebackhide__ = True
    wanted = _parse_name(name)
    if wanted.tag is not None:
        expected = "expected repository or repository@digest"
        raise ValueError(f"name: {expected}, found a tag in {name!r}")
    if digest is None:
        return wanted

    check_type("digest", digest, str)
    if wanted.digest not in (None, digest):
        raise ValueError(f"digest: expected that of the name, {wanted.digest}, found {digest}")
    return wanted._replace(digest=parse_digest(digest))


def _is_of(action: RegistryAction, wanted: ImageName) -> bool:
    has_tag = wanted.tag is None or wanted.tag in action.tags
    has_digest = wanted.digest in (None, action.digest) or _lacks_digest(action)
    return action.repository == wanted.repository and has_tag and has_digest


def _lacks_digest(action: RegistryAction) -> bool:
    """Return whether a push or pull by tag got no answer that has the digest."""
    is_deletion = action.kind is ActionKind.DELETION
    return action.digest is None and not is_deletion and not action.succeeded


def _check(
    reading: Reading,
    kind: ActionKind,
    name: str,
    times: int | None,
    meets: MeetsName,
) -> None:
    """Raise AssertionError unless `times` successful actions meet the condition, or any for None."""
    __tracebackhide__ = True
    if times is not None:
        check_count("times", times)

    actions = actions_in(reading.exchanges, kind)
    found = [action for action in _successes_in(actions) if meets(action)]
    if not found:
        check_no_host(name, known=(one.repository for one in reading.exchanges))

    is_exact = len(found) == times and reading.dropped == 0
    if is_exact or (times is None and found):
        return

    expected = _amount_text(times, kind)
    expectation = f"expected {expected} of {name}"
    if times is not None and len(found) > times:
        those = bounded_text([action.exchange for action in found])
        raise AssertionError(f"{expectation}, found {len(found)}:\n{those}")

    first = str(len(found)) if found else _others_text(actions, kind)
    sentence = "; ".join([first, *_failed_texts(actions, meets)])
    raise AssertionError(f"{expectation}, {found_text(sentence, reading.calls())}")


def _amount_text(times: int | None, kind: ActionKind) -> str:
    if times is None:
        return f"a {kind.singular}"
    return count_text(times, kind.singular, kind.plural) if times else f"no {kind.plural}"


def _successes_in(actions: Iterable[RegistryAction]) -> list[RegistryAction]:
    return [action for action in actions if action.succeeded]


def _others_text(actions: Sequence[RegistryAction], kind: ActionKind) -> str:
    """Return the names of successful actions, each with its number if there were several."""
    counts = Counter(map(str, _successes_in(actions)))
    if not counts:
        return f"no {kind.singular}"

    names = [name if count == 1 else f"{name} ({count} times)" for name, count in counts.items()]
    noun = f"a {kind.singular}" if counts.total() == 1 else kind.plural
    return f"{noun} of {_list_bounded(names)}"


def _failed_texts(actions: Sequence[RegistryAction], meets: MeetsName) -> list[str]:
    """Return a text for each request for the expected action that did not succeed."""
    failed = [action for action in actions if meets(action) and not action.succeeded]
    texts = [f"1 {_outcome_of(one)} {one.kind.singular} of {one}: {one.exchange}" for one in failed]
    return _first_of(texts)


def _outcome_of(action: RegistryAction) -> str:
    return _OUTCOMES.get(action.exchange.status, "refused")


def _list_bounded(texts: Sequence[str]) -> str:
    return ", ".join(_first_of(texts))


def _first_of(texts: Sequence[str]) -> list[str]:
    """Return the first texts, and the number of the others."""
    shown = list(islice(texts, _MOST_NAMES))
    if len(texts) > len(shown):
        shown.append(f"{len(texts) - len(shown)} more")
    return shown


def _is_success(exchange: Exchange) -> bool:
    """Return whether an answer is no error. A download may be a redirect to its content."""
    return exchange.status is not None and 200 <= exchange.status < 400


def _order_text(reading: Reading, patterns: Sequence[str], met: Sequence[str]) -> str:
    missing = patterns[len(met)]
    found = f"{', '.join(met)} and then no {missing}" if met else f"no {missing}"
    has_logins = any(matches(pattern, name) for pattern in patterns for name in _LOGINS)
    shown = reading if has_logins else reading.calls()
    return f"expected {', '.join(patterns)} in this order, {found_text(found, shown)}"
