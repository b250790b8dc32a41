"""`Trial`: one example of a property run, in repositories of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pytest_acr.harness.capabilities import Capabilities
from pytest_acr.harness.control_api import ControlApi
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Finding, Findings, RawExchange, TakenStep
from pytest_acr.harness.locations import query_suffix, upload_path_of
from pytest_acr.harness.locks import RefusedByLock, lock_against, may_begin
from pytest_acr.harness.messages import (
    NO_RESPONSE,
    RawRequest,
    RawResponse,
    RegistryGone,
    RegistryTarget,
    SentTo,
    TargetFailed,
)
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties.acr_locks import LOCKS
from pytest_acr.harness.properties.protocol import ANSWERED
from pytest_acr.harness.protocol import protocol_breaches

REPOSITORIES: Final = ("a", "b.c_d__e--f/g")
"""The ends of the names of an example's repositories: most steps concern the first one."""

NO_HEADERS: Final[Mapping[str, str]] = {}

ABSENT: Final = "no such header"
"""Stands for the value of a header that a response lacks."""

MAX_KEPT_BYTES: Final = 65_536
"""Of a response's body, in a transcript."""

_REFUSED: Final = {
    401: "the registry does not accept this user any more",
    429: "the registry limits the number of requests",
}
"""Statuses that say nothing about a step, if the base of the API is answered with them too."""

_BASE_REQUEST: Final = RawRequest("GET", "/v2/")


@dataclass(frozen=True, kw_only=True)
class RegistryUnderTest:
    """The registry under test, its capabilities, and the dialect for it."""

    target: RegistryTarget
    dialect: Dialect
    capabilities: Capabilities
    prefix: str
    """The first part of all repository names of the run."""
    repositories: tuple[str, ...] = REPOSITORIES
    """The ends of the names of an example's repositories."""


@dataclass
class OpenUpload:
    """An upload that the registry has begun: the exchange whose response has its present Location."""

    repository: int
    exchange: int
    location: str
    algorithm: str = "sha256"


@dataclass
class Trial:
    """Sends requests for one example, keeps its transcript and a model of what the registry holds."""

    registry: RegistryUnderTest
    findings: Findings
    number: int
    """The number of the example in its run; the repositories are named after it."""
    steps: list[TakenStep] = field(default_factory=list)
    transcript: list[RawExchange] = field(default_factory=list)
    uploads: dict[int, OpenUpload] = field(default_factory=dict)
    """Unfinished uploads by the number that the model has for them."""
    models: list[RepositoryModel] = field(init=False)
    state: object = None
    """The state of machines that need more than the models of repositories."""

    def __post_init__(self) -> None:
        ends = self.registry.repositories
        self.models = [RepositoryModel(f"{self.name}{end}") for end in ends]

    @property
    def name(self) -> str:
        """The start of the names of the example's repositories and accounts."""
        return f"{self.registry.prefix}/{self.number}"

    @property
    def dialect(self) -> Dialect:
        """The switches for properties that are no MUST."""
        return self.registry.dialect

    @property
    def capabilities(self) -> Capabilities:
        """What the registry offers."""
        return self.registry.capabilities

    @property
    def control(self) -> ControlApi:
        """The control API of the registry. Its requests are in the transcript."""
        return ControlApi(self.exchange)

    # requests

    def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes = b"",
        *,
        sent_to: SentTo | None = None,
    ) -> RawResponse:
        """Send a request and check what holds for each response. Returns the response.

        RefusedByLock if an attribute forbids it, and the registry has refused it.
        """
        request = RawRequest(method, path, tuple(headers.items()), body, sent_to)
        return self.judge(request, self.exchange(request))

    def judge(self, request: RawRequest, response: RawResponse) -> RawResponse:
        """Check what holds for each response of a registry. Returns the response."""
        if response.status == NO_RESPONSE:
            self._report(ANSWERED, "a whole HTTP response", summary_of(response))
        for broken, expected in protocol_breaches(request, response, self.dialect):
            self._report(broken, expected, summary_of(response))
        self._check_lock(request, response)
        return response

    def exchange(self, request: RawRequest) -> RawResponse:
        """Send a request and note it in the transcript. The response is not checked.

        Its status is NO_RESPONSE if the connection has ended early.
        """
        response = self._send(request)
        self.transcript.append(RawExchange(request, _cut(response)))
        return response

    def _send(self, request: RawRequest) -> RawResponse:
        """Return the response, or one with the status NO_RESPONSE. RegistryGone."""
        try:
            response = self.registry.target.send(request)
        except TargetFailed as failure:
            response = RawResponse(NO_RESPONSE, (), str(failure).encode())

        if response.status == NO_RESPONSE or _may_end_the_run(request, response):
            self._check_reachable()
        return response

    def _check_reachable(self) -> None:
        """Raise RegistryGone if the registry serves this user no more, as it did at the beginning."""
        try:
            response = self.registry.target.send(_BASE_REQUEST)
        except TargetFailed as failure:
            raise RegistryGone(str(failure)) from None

        if response.status in _REFUSED:
            raise RegistryGone(f"{_REFUSED[response.status]} ({response.status})")

    def _check_lock(self, request: RawRequest, response: RawResponse) -> None:
        lock = lock_against(self.models, request) if self.capabilities.acr else None
        if lock is None:
            return
        is_refused = 400 <= response.status < 500
        if not is_refused and may_begin(request):
            return
        self.require(is_refused, LOCKS[lock], "a refusal (405)")
        raise RefusedByLock(lock, response)

    def call_upload(
        self,
        method: str,
        upload: OpenUpload,
        *,
        query: str = "",
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes = b"",
    ) -> RawResponse:
        """Send a request to an upload's Location, with `query` added to it."""
        added = query_suffix(upload.location, query)
        path = upload.location + added
        return self.call(method, path, headers, body, sent_to=SentTo(upload.exchange, added))

    def note_location(self, repository: int, response: RawResponse) -> OpenUpload | None:
        """Return the upload at the Location of the last response; None if there is none."""
        path = upload_path_of(response.header("location"), self.models[repository].name)
        if path is None:
            return None
        return OpenUpload(repository, len(self.transcript) - 1, path)

    def forget_upload(self, number: int) -> None:
        """Drop an upload that has ended."""
        upload = self.uploads.pop(number)
        del self.models[upload.repository].uploads[number]

    # judgement

    def require(self, holds: bool, wanted: Property, expected: str, found: str = "") -> None:  # noqa: FBT001
        """Report a property that does not hold, for the last exchange.

        PropertyBroken if it is new, StartOver if it is a known wrong effect.
        """
        self.findings.checks[wanted.id] += 1
        if not holds:
            self._report(wanted, expected, found or summary_of(self.transcript[-1].response))

    def require_status(self, response: RawResponse, wanted: Property, *statuses: int) -> None:
        """Report a property unless the response has one of these statuses.

        Another status of the same class, such as 204 for 202, is wrong wording: what the property
        is about has happened.
        """
        expected = f"status {' or '.join(map(str, statuses))}"
        is_of_class = response.status // 100 in {status // 100 for status in statuses}
        judged = wanted.with_exact_status() if is_of_class else wanted
        self.require(response.status in statuses, judged, expected)

    def require_exactly(self, response: RawResponse, wanted: Property, *statuses: int) -> None:
        """Report a property unless the response has one of these statuses.

        For statuses of which each has its own effect: 401 is a refusal, 404 lets the caller in.
        """
        expected = f"status {' or '.join(map(str, statuses))}"
        self.require(response.status in statuses, wanted, expected)

    def note_effect(self) -> None:
        """Count that the present step did what it is for."""
        self.findings.effects[self.steps[-1].name] += 1

    def _report(self, wanted: Property, expected: str, found: str) -> None:
        self.findings.report(
            Finding(
                property=wanted,
                expected=expected,
                found=found,
                transcript=tuple(self.transcript),
                steps=tuple(self.steps),
                repositories=tuple(model.name for model in self.models),
            )
        )


def _may_end_the_run(request: RawRequest, response: RawResponse) -> bool:
    """Return whether a refusal may concern all requests. Some steps log in by themselves."""
    own_login = any(name.lower() == "authorization" for name, _ in request.headers)
    return response.status in _REFUSED and request.login and not own_login


def _cut(response: RawResponse) -> RawResponse:
    """Return a response with the start of its body: a transcript must not fill the memory."""
    if len(response.body) <= MAX_KEPT_BYTES:
        return response
    return replace(response, body=response.body[:MAX_KEPT_BYTES])


def summary_of(response: RawResponse) -> str:
    """Return the status of a response and the start of its body; its reason where there is none."""
    if response.status == NO_RESPONSE:
        return response.body.decode()
    text = response.body[:200].decode("utf-8", "replace").strip()
    rest = "" if len(response.body) <= 200 else f"... ({len(response.body)} bytes)"
    return f"status {response.status}" + (f", {text}{rest}" if text else "")
