from typing import Literal

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceResponseError

from fake_registry import Disconnect, FakeRegistry, Fault


@pytest.mark.acr_image("samples/hello:1.0")
@pytest.mark.parametrize(
    ("when", "logins", "tags_afterwards"),
    [("door", 0, ("1.0",)), ("before", 1, ("1.0",)), ("after", 1, ())],
)
def test_connection_breaks_during_a_deletion(
    acr: FakeRegistry,
    acr_client: ContainerRegistryClient,
    when: Literal["door", "before", "after"],
    logins: int,
    tags_afterwards: tuple[str, ...],
) -> None:
    acr.faults.add(Fault("acr.tag.delete", Disconnect(), when=when))

    with pytest.raises(ServiceResponseError):
        acr_client.delete_tag("samples/hello", "1.0", retry_total=0)

    acr.requests.assert_count(logins, endpoint="oauth.token", status=200)
    assert acr.tags("samples/hello") == tags_afterwards
