"""`WatchedTarget`: a target that ends with the time, and remembers what it has pushed."""

from typing import Final

from pytest_acr.harness.check.run_content import RunContent
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget, TargetFailed
from pytest_acr.harness.time_budget import TimeBudget

_PUSHES: Final = ("POST", "PUT")

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

        noted = _PERHAPS_STORED if request.method in _PUSHES else None
        try:
            noted = response = self._target.send(request)
            return response
        finally:  # also if Ctrl-C comes between the response and here
            if noted is not None:
                self._note(request, noted)

    def close(self) -> None:
        """Close the connections of the target."""
        self._target.close()

    def _note(self, request: RawRequest, response: RawResponse) -> None:
        try:
            self._pushed.note(request, response)
        except KeyboardInterrupt:
            self._pushed.note(request, response)  # from the beginning: it may have noted a part
            raise


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
