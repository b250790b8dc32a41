from collections.abc import Iterator

import pytest
import requests
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

CONTROL = {"Authorization": "Bearer control"}


@pytest.fixture(scope="session")
def registry_url() -> Iterator[str]:
    container = (
        DockerContainer("fake-registry")
        .with_env("FAKE_REGISTRY_CONTROL_TOKEN", "control")
        .with_exposed_ports(5000)
        .waiting_for(HttpWaitStrategy(5000, "/_fake/ready").for_status_code(200))
    )
    with container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(5000)}"


def test_image_is_listed(registry_url: str) -> None:
    image = {"name": "samples/hello:1.0"}
    requests.post(f"{registry_url}/_fake/images", json=image, headers=CONTROL).raise_for_status()

    tags = requests.get(f"{registry_url}/v2/samples/hello/tags/list").json()
    assert tags == {"name": "samples/hello", "tags": ["1.0"]}
