"""`Fault`: an effect, the calls that it strikes, and the moment."""

import re
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Final

from fake_registry.arguments import check_fields, kind_of, nearest_first
from fake_registry.http.call import Call
from fake_registry.http.faults.effect import (
    Effect,
    RequestEffect,
    ResponseEffect,
    can_act_at,
    endpoints_of,
    endpoints_struck,
    moments_of,
)
from fake_registry.http.faults.effects import EFFECTS
from fake_registry.http.faults.scene import When
from fake_registry.spec.endpoints import ENDPOINTS, check_endpoint_pattern
from fake_registry.spec.names import parse_repository_name
from fake_registry.spec.patterns import matches

_PATTERN: Final = re.compile(r"[*?\[]")
"""The characters of patterns, which no name has."""

_MAX_PATTERN: Final = 255
"""The most characters of a pattern of repositories or references: no name is longer."""

_REFERENCE_IN_PATH: Final = re.compile(r"\{(?!repository|account)\w+\}")

_WITH_REFERENCE: Final = frozenset(str(row.name) for row in ENDPOINTS if _REFERENCE_IN_PATH.search(row.path))
"""The endpoints whose paths name a tag, a digest or an upload."""


@dataclass(frozen=True)
class Fault:
    """An effect at an endpoint, given by its name such as `upload.chunk`, or by a pattern such as
    `upload.*` or `*`.

    The first `skip` calls pass, the next `times` are struck; all of them if it is None. `when` is
    the moment: the effect's own default unless it is given. Other fields restrict the fault further:
    `repository` to one, or to those that match a pattern such as `samples/*`; `reference` to calls
    whose path names a tag, digest or upload that matches this pattern; `where` to calls for which
    this function returns true. With a `probability`, above 0 and at most 1, each of the calls is
    struck or not by chance; the same `seed` draws the same.

    A test fails if its fault did nothing (`--acr-unused-faults`), unless it is `optional`.

    Raises TypeError for a value of another type, with the known effects for another object;
    ValueError for an unknown endpoint, with the known ones, for a moment or an endpoint at which
    the effect cannot act, and for impossible numbers; NameInvalid for a malformed repository.
    """

    endpoint: str
    effect: Effect
    _: KW_ONLY
    when: When | None = None
    skip: int = 0
    times: int | None = None
    repository: str | None = None
    reference: str | None = None
    where: Callable[[Call], object] | None = None
    probability: float | None = None
    seed: int | None = None
    """One of the test's own by default, which its report shows."""
    optional: bool = False

    def __post_init__(self) -> None:
        check_fields(self, without=["effect"])
        check_endpoint_pattern(self.endpoint)
        _check_effect(self.effect)
        self._check_moment()
        self._check_endpoint()
        self._check_repository()
        self._check_numbers()

    @property
    def moment(self) -> When:
        """The moment at which it strikes."""
        return self.when or self.effect.default_when

    def concerns(self, call: Call) -> bool:
        """Whether the fault counts this call."""
        name = call.endpoint.name
        return (
            matches(self.endpoint, name)
            and can_act_at(self.effect, name)
            and (self.repository is None or _is_of(self.repository, call))
            and (self.reference is None or _names_match(self.reference, call))
            and (self.where is None or bool(self.where(call)))
        )

    def __str__(self) -> str:
        chosen = {"when": self.when, "repository": self.repository, "reference": self.reference}
        texts = [f"{name}={value!r}" for name, value in chosen.items() if value is not None]
        return ", ".join([f"{self.effect!r} at {self.endpoint}", *texts])

    def _check_moment(self) -> None:
        possible = moments_of(self.effect)
        if self.moment not in possible:
            name, known = type(self.effect).__name__, ", ".join(possible)
            raise ValueError(f"{name} cannot act at {self.moment!r}; it acts at {known}")

    def _check_endpoint(self) -> None:
        struck = endpoints_struck(self.endpoint, self.effect)
        if not struck:
            name, known = type(self.effect).__name__, ", ".join(endpoints_of(self.effect))
            raise ValueError(f"{name} cannot act at {self.endpoint!r}; it acts at {known}")

        if self.reference is None:
            return
        _check_length("reference", self.reference)
        if _WITH_REFERENCE.isdisjoint(struck):
            expected = "an endpoint whose path names a tag, a digest or an upload"
            raise ValueError(f"reference: expected {expected}, found {self.endpoint!r}")

    def _check_repository(self) -> None:
        if self.repository is None:
            return
        if _PATTERN.search(self.repository):
            _check_length("repository", self.repository)
        else:
            parse_repository_name(self.repository)

    def _check_numbers(self) -> None:
        if self.skip < 0:
            raise ValueError(f"skip: expected at least 0, found {self.skip}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times: expected at least 1, found {self.times}")
        if self.probability is not None and not 0 < self.probability <= 1:
            expected = "expected more than 0 and at most 1"
            raise ValueError(f"probability: {expected}, found {self.probability}")
        if self.seed is not None and self.probability is None:
            raise ValueError("seed: expected a probability with it, found none")


def _check_effect(effect: object) -> None:
    """Raise TypeError for any other object: with the effects that exist, the nearest first."""
    if isinstance(effect, RequestEffect | ResponseEffect):
        _check_is_instance(effect)
        return

    known = [one.__name__ for one in EFFECTS]
    if isinstance(effect, str):
        known = nearest_first(effect, known)
    raise TypeError(f"effect: expected an effect such as {', '.join(known)}, found {kind_of(effect)}")


def _check_is_instance(effect: object) -> None:
    """Raise TypeError for the class of an effect."""
    if isinstance(effect, type):
        remedy = f"write {effect.__name__}(...)"
        raise TypeError(f"effect: expected an effect such as Refuse(503), found {kind_of(effect)}: {remedy}")


def _check_length(field: str, pattern: str) -> None:
    """Raise ValueError for a pattern that is longer than any name."""
    if len(pattern) > _MAX_PATTERN:
        found = len(pattern)
        raise ValueError(f"{field}: expected at most {_MAX_PATTERN} characters, found {found}")


def _is_of(pattern: str, call: Call) -> bool:
    """Return whether the call has a repository, and its name matches."""
    return bool(call.repository) and matches(pattern, call.repository)


def _names_match(pattern: str, call: Call) -> bool:
    names = (call.reference, call.digest, call.tag, call.upload)
    return any(name and matches(pattern, name) for name in names)
