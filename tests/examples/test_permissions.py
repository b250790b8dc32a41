import pytest
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError

from fake_registry import FakeRegistry
from pytest_acr import DEFAULT_PRINCIPAL


@pytest.mark.acr_image("samples/hello:1.0")
def test_reader_may_not_delete(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.grant(DEFAULT_PRINCIPAL, "AcrPull", repository="samples/*")  # other principals are now refused

    assert acr_client.get_manifest_properties("samples/hello", "1.0").tags == ["1.0"]
    with pytest.raises(ClientAuthenticationError):
        acr_client.delete_tag("samples/hello", "1.0")


@pytest.mark.acr_image("samples/hello:1.0")
def test_token_of_a_pipeline_may_pull_and_not_push(
    acr: FakeRegistry, acr_session: requests.Session, acr_endpoint: str, acr_login_server: str
) -> None:
    acr.add_token("pipeline", {"samples/*": ["content/read"]}, password="secret")

    asked = {"service": acr_login_server, "scope": "repository:samples/hello:pull,push"}
    login = acr_session.get(f"{acr_endpoint}/oauth2/token", params=asked, auth=("pipeline", "secret"))
    token = {"Authorization": f"Bearer {login.json()['access_token']}"}
    accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    pull = acr_session.get(f"{acr_endpoint}/v2/samples/hello/manifests/1.0", headers=token | accept)
    push = acr_session.post(f"{acr_endpoint}/v2/samples/hello/blobs/uploads/", headers=token)
    assert (pull.status_code, push.status_code) == (200, 401)
    assert acr.requests[-1].failure == "the token is good for repository:samples/hello:pull"
