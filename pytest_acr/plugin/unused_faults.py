"""Finds the faults that did nothing in a test: one at the wrong endpoint would go unnoticed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from pytest_acr.plugin.options import UNUSED_FAULTS, value_of
from pytest_acr.usage import known_fakes

if TYPE_CHECKING:
    from fake_registry import ActiveFault, Exchanges, FaultPlan

_ADVICE: Final = "optional=True, or --acr-unused-faults=ignore, if it need not act"


class UnusedFaultWarning(pytest.PytestWarning):
    """A fault of a test did nothing."""


@dataclass(frozen=True)
class UnusedFault:
    """A fault that did nothing."""

    active: "ActiveFault"
    requests: "Exchanges"
    """Those of its registry."""

    def __str__(self) -> str:
        problem, requests = self.active.problem(), self.requests
        return f"{problem}{_endpoints_text(requests)}{_refusals_text(self.active, requests)}"


UNUSED: Final = pytest.StashKey[Sequence[str]]()
"""The texts of the faults that did nothing in a test: the faults would keep its registry alive."""


def take_unused_faults() -> Sequence[UnusedFault]:
    """Return the faults that did nothing until now, each once."""
    found = []
    for fake in known_fakes():
        plan: FaultPlan | None = getattr(fake, "faults", None)
        if plan is not None and plan.may_have_unused:
            requests: Exchanges = getattr(fake, "requests")  # noqa: B009  a registry, as it has faults
            found += [UnusedFault(active, requests) for active in plan.take_unused()]
    return found


def report_unused_faults(item: pytest.Item, unused: Sequence[UnusedFault]) -> None:
    """Fail the test, or warn, as the option says."""
    __tracebackhide__ = True
    mode = value_of(item.config, UNUSED_FAULTS)
    if not unused or mode == "ignore":
        return

    lines = "\n".join(f"  {one}" for one in unused)
    text = f"a fault of this test did nothing ({_ADVICE}):\n{lines}"
    if mode == "fail":
        pytest.fail(text, pytrace=False)
    item.warn(UnusedFaultWarning(text))


def _endpoints_text(requests: "Exchanges") -> str:
    """Return the endpoints that were called, the most frequent first."""
    counts = Counter(one.endpoint or one.target for one in requests)
    if not counts:
        return "; the registry received no request"
    listed = ", ".join(f"{name} ({count})" for name, count in counts.most_common(8))
    return f"; the requests were {listed}"


def _refusals_text(active: "ActiveFault", requests: "Exchanges") -> str:
    """Return that the login refused each call that the fault was meant for, if it did."""
    if active.hits or active.fault.moment == "door":
        return ""

    called = requests.where(endpoint=active.fault.endpoint)
    if not called or any(one.status != 401 for one in called):
        return ""
    return "; the login refused each call there (401) before the fault could act: see when='door'"
