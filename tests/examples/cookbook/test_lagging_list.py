from collections.abc import Callable
from io import BytesIO

from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Fault, Lag, ManualClock


def wait_for_tag(client: ContainerRegistryClient, repository: str, tag: str, sleep: Callable[[float], None]) -> None:
    """The code under test: it looks every 5 s for a minute. In production `sleep` is time.sleep."""
    for _ in range(12):
        if tag in [found.name for found in client.list_tag_properties(repository)]:
            return
        sleep(5)
    raise TimeoutError(f"{repository}:{tag} is not listed after a minute")


def test_pushed_tag_is_awaited(acr: FakeRegistry, acr_client: ContainerRegistryClient, acr_clock: ManualClock) -> None:
    image = acr.push_image("samples/hello:1.0")
    acr.faults.add(Fault("acr.tags.list", Lag(seconds=12)))
    acr_client.set_manifest("samples/hello", BytesIO(image.content), tag="2.0")

    wait_for_tag(acr_client, "samples/hello", "2.0", sleep=acr_clock.advance)

    acr.requests.assert_count(4, endpoint="acr.tags.list", status=200)
