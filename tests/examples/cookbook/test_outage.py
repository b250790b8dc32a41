from collections.abc import Callable

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from fake_registry import FakeRegistry


def wait_for_registry(client: ContainerRegistryClient, sleep: Callable[[float], None]) -> None:
    """The code under test: it waits 1, 2, 4, ... seconds, up to ten times."""
    for number in range(10):
        try:
            next(iter(client.list_repository_names(retry_total=0)), None)
        except (ServiceRequestError, ServiceResponseError):
            sleep(2**number)
        else:
            return
    raise TimeoutError("the registry did not come back")


def test_job_goes_on_after_an_outage(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            acr.up()

    acr.down()
    wait_for_registry(acr_client, sleep)

    assert waits == [1, 2, 4]
    acr.requests.assert_count(3, status=None)


def test_endless_outage_is_reported(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    waits: list[float] = []
    acr.down()

    with pytest.raises(TimeoutError):
        wait_for_registry(acr_client, waits.append)
    assert len(waits) == 10
