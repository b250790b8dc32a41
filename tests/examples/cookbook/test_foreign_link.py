from urllib.parse import urlsplit

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.credentials import TokenCredential
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import HttpRequest, HttpResponse, HttpTransport

from fake_registry import FakeRegistry, Fault, ForeignLink


class ForeignHostError(Exception):
    """The client was about to send a request to another host."""


class OneHost(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """The code under test: a policy that stops requests, and so tokens, to any other host."""

    def __init__(self, endpoint: str) -> None:
        self._host = urlsplit(endpoint).netloc

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        host = urlsplit(request.http_request.url).netloc
        if host != self._host:
            raise ForeignHostError(f"expected {self._host}, found {host}")


@pytest.mark.acr_image("samples/hello:1.0")
def test_foreign_link_is_not_followed(
    acr: FakeRegistry,
    acr_endpoint: str,
    acr_credential: TokenCredential,
    acr_transport: HttpTransport[HttpRequest, HttpResponse],
) -> None:
    client = ContainerRegistryClient(
        acr_endpoint,
        acr_credential,
        transport=acr_transport,
        per_call_policies=[OneHost(acr_endpoint)],
    )
    acr.faults.add(Fault("acr.catalog", ForeignLink("mirror.example")))

    with pytest.raises(ForeignHostError, match=r"found mirror\.example"):
        list(client.list_repository_names())
    acr.requests.assert_count(1, endpoint="acr.catalog", status=200)
