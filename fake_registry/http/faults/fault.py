"""`Fault`: an effect, the calls that it strikes, and the moment."""

import re
from dataclasses import KW_ONLY, dataclass
from typing import Final

from fake_registry.arguments import check_fields, kind_of
from fake_registry.http.call import Call
from fake_registry.http.faults.effect import (
    Effect,
    RequestEffect,
    ResponseEffect,
    moments_of,
)
from fake_registry.http.faults.effects import EFFECTS
from fake_registry.http.faults.scene import When
from fake_registry.spec.endpoints import check_endpoint_pattern
from fake_registry.spec.errors import NameInvalid
from fake_registry.spec.names import parse_repository_name
from fake_registry.spec.patterns import matches

_PATTERN: Final = re.compile(r"[*?\[]")
"""The characters of patterns, which no name has."""


@dataclass(frozen=True)
class Fault:
    """An effect at an endpoint, given by its name such as `upload.chunk`, or by a pattern such as
    `upload.*` or `*`.

    The first `skip` calls pass, the next `times` are struck; all of them if it is None. `when` is
    the moment: the effect's own default unless it is given. `repository` restricts the fault to
    one.

    Raises TypeError for a value of another type, with the known effects for another object;
    ValueError for an unknown endpoint, with the known ones, for a moment at which the effect cannot
    act, and for impossible counts; NameInvalid for a malformed repository.
    """

    endpoint: str
    effect: Effect
    _: KW_ONLY
    when: When | None = None
    skip: int = 0
    times: int | None = None
    repository: str | None = None

    def __post_init__(self) -> None:
        check_fields(self, without=["effect"])
        check_endpoint_pattern(self.endpoint)
        _check_effect(self.effect)
        self._check_moment()
        self._check_repository()

        if self.skip < 0:
            raise ValueError(f"skip: expected at least 0, found {self.skip}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times: expected at least 1, found {self.times}")

    def _check_repository(self) -> None:
        if self.repository is None:
            return
        if _PATTERN.search(self.repository):
            raise NameInvalid("expected one name, and no pattern", repository=self.repository)
        parse_repository_name(self.repository)

    @property
    def moment(self) -> When:
        """The moment at which it strikes."""
        return self.when or self.effect.default_when

    def concerns(self, call: Call) -> bool:
        """Whether the fault counts this call."""
        of_repository = self.repository in (None, call.repository)
        return of_repository and matches(self.endpoint, call.endpoint.name)

    def _check_moment(self) -> None:
        possible = moments_of(self.effect)
        if self.moment not in possible:
            name, known = type(self.effect).__name__, ", ".join(possible)
            raise ValueError(f"{name} cannot act at {self.moment!r}; it acts at {known}")


def _check_effect(effect: object) -> None:
    """Raise TypeError, with the effects that exist, for any other object."""
    is_instance = not isinstance(effect, type)
    if is_instance and isinstance(effect, RequestEffect | ResponseEffect):
        return

    known = ", ".join(one.__name__ for one in EFFECTS)
    raise TypeError(f"effect: expected an effect such as {known}, found {kind_of(effect)}")
