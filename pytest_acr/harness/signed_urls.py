"""Signed URLs of a registry's storage: acr-behaviour 8.3."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.properties import authorization as p
from pytest_acr.harness.trial import Trial


@dataclass(frozen=True)
class SignedUrl:
    """The host, the path and the parameters of a URL."""

    host: str
    path: str
    parameters: dict[str, str]

    def with_parameter(self, name: str, value: str) -> "SignedUrl":
        """Return this URL with another parameter."""
        return replace(self, parameters={**self.parameters, name: value})

    def request(self, method: str = "GET", authorization: str | None = None) -> RawRequest:
        """Return a request to the URL, which is sent to the registry's address."""
        target = f"{self.path}?{urlencode(self.parameters)}"
        own = [] if authorization is None else [("Authorization", authorization)]
        headers = (("Host", self.host), *own)
        return RawRequest(method, target, headers, login=False, redirects=False)


def signed_url_of(trial: Trial, repository: int, digest: str) -> SignedUrl:
    """Return the URL to which the registry redirects the download of a blob."""
    path = f"/v2/{trial.models[repository].name}/blobs/{digest}"
    request = RawRequest("GET", path, redirects=False)
    response = trial.judge(request, trial.exchange(request))
    location = response.header("location")
    is_redirect = response.status == 307 and location is not None

    trial.require(is_redirect, p.STORAGE_CONTENT, "status 307 with a Location")
    return parse_signed_url(location or "")


def parse_signed_url(location: str) -> SignedUrl:
    """Return the URL in a Location."""
    url = urlsplit(location)
    return SignedUrl(url.netloc, url.path, dict(parse_qsl(url.query)))


def is_served(response: RawResponse, content: bytes) -> bool:
    """Return whether storage has answered with a content."""
    return response.status == 200 and response.body == content
