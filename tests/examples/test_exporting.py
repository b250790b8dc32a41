import json
from pathlib import Path

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry


def test_requests_for_the_network_panel_of_a_browser(
    acr: FakeRegistry, acr_client: ContainerRegistryClient, tmp_path: Path
) -> None:
    with pytest.raises(ResourceNotFoundError):
        acr_client.get_manifest_properties("samples/hello", "1.0")

    path = acr.requests.to_har(tmp_path / "requests.har")

    *_, entry = json.loads(path.read_text(encoding="utf-8"))["log"]["entries"]
    assert entry["request"]["url"].startswith("https://fake.azurecr.io/acr/v1/samples/hello/_tags/1.0")
    assert entry["response"]["status"] == 404
    assert entry["_failure"] == "repository samples/hello has no tag 1.0"


def test_refused_requests_as_json_lines(acr: FakeRegistry, acr_client: ContainerRegistryClient, tmp_path: Path) -> None:
    with pytest.raises(ResourceNotFoundError):
        acr_client.get_manifest_properties("samples/hello", "1.0")

    path = acr.requests.where(status=404).to_json_lines(tmp_path / "requests.jsonl")

    [line] = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["errors"] == ["TAG_UNKNOWN"]
