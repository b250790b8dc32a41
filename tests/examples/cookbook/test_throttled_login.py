import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError

from fake_registry import FakeRegistry, Fault, ManualClock, Refuse


def repositories(client: ContainerRegistryClient) -> list[str]:
    """The code under test: `retry_total` limits the retries of the call, and so the logins."""
    return list(client.list_repository_names(retry_total=1))


def test_client_waits_as_long_as_the_login_asks(
    acr: FakeRegistry, acr_client: ContainerRegistryClient, acr_clock: ManualClock
) -> None:
    start = acr_clock.now_utc()
    acr.faults.add(Fault("oauth.exchange", Refuse(429, retry_after=30), times=2))

    assert repositories(acr_client) == []
    assert (acr_clock.now_utc() - start).total_seconds() == pytest.approx(60, abs=1)


def test_few_logins_are_tried_while_all_are_refused(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("oauth.exchange", Refuse(429, retry_after=30)))

    with pytest.raises(HttpResponseError) as caught:
        repositories(acr_client)

    assert caught.value.status_code == 429
    acr.requests.assert_count(8, endpoint="oauth.exchange")  # 16 with the default of three retries
