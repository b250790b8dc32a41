"""`WatchedTarget`: a target that ends with the time, and remembers what it has pushed."""

from typing import Final

from pytest_acr.harness.check.run_content import RunContent
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget, TargetFailed
from pytest_acr.harness.time_budget import TimeBudget

_PERHAPS_STORED: Final = RawResponse(201, (), b"")
"""Noted for a push without a response: its content may be there."""


class WatchedTarget:
    """Sends requests through another target, whose `close` is left to its owner."""

    def __init__(
        self,
        target: RegistryTarget,
        *,
        budget: TimeBudget,
        pushed: RunContent,
    ) -> None:
        self._target = target
        self._budget = budget
        self._pushed = pushed
        self.requests = 0
        """How many were sent."""

    def send(self, request: RawRequest) -> RawResponse:
        """Return the response. TargetFailed, and TimeIsUp before a request that comes too late."""
        self._budget.check()
        self.requests += 1

        try:
            response = self._target.send(request)
        except (TargetFailed, KeyboardInterrupt):
            if request.method in ("POST", "PUT"):
                self._pushed.note(request, _PERHAPS_STORED)
            raise

        self._pushed.note(request, response)
        return response

    def close(self) -> None:
        """Close the connections of the target."""
        self._target.close()


class TimedTarget:
    """A target for one of several threads, which sends nothing when the time is over."""

    def __init__(
        self,
        target: RegistryTarget,
        *,
        budget: TimeBudget,
        pushed: RunContent,
    ) -> None:
        self._target = target
        self._budget = budget
        self._pushed = pushed

    def send(self, request: RawRequest) -> RawResponse:
        """Return the response. TargetFailed, also after the time: threads end by themselves then."""
        if self._budget.is_over():
            raise TargetFailed("the time was over")

        response = self._target.send(request)
        self._pushed.note(request, response)
        return response

    def close(self) -> None:
        """Close the connections of the target."""
        self._target.close()
