"""Sixteen clients push under random faults: no acknowledged write is lost, and no thread is left."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from fake_registry import FakeRegistry, Fault, MoveTag, Settings, VanishManifest
from fake_registry.http.faults import EFFECTS
from fake_registry.http.faults.effect import endpoints_of
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from pytest_acr import ContainerRegistryContentClient, DigestValidationError, OciDescriptor, OciImageManifest, connect
from tests.support.effect_arguments import arguments_of

CLIENTS = 16
SECONDS = 30.0
PROBABILITY = 0.01
"""That of each of the effects: about every tenth request is struck."""

READ_TIMEOUT = 0.5

LOSING = (MoveTag, VanishManifest)
"""The effects that remove what was acknowledged."""

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"


@dataclass
class Pushed:
    """What the registry has acknowledged to one client: the content of each blob and manifest."""

    repository: str
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, str] = field(default_factory=dict)
    """Tag -> digest."""
    failures: int = 0


class ReadTimeout(SansIOHTTPPolicy[Any, Any]):  # Any: the requests of the pipeline
    """Sets the read timeout of each request, also of logins."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context.options["read_timeout"] = READ_TIMEOUT


def push_one(client: ContainerRegistryContentClient, pushed: Pushed, number: int) -> None:
    """Push an image of its own content; note what was acknowledged."""
    content = f"{pushed.repository} {number} ".encode() * 50
    blob = client.upload_blob(content)
    pushed.blobs[blob.digest] = content

    config = OciDescriptor(digest=blob.digest, size=blob.size_in_bytes, media_type=CONFIG_TYPE)
    layer = OciDescriptor(digest=blob.digest, size=blob.size_in_bytes, media_type=LAYER_TYPE)
    manifest = OciImageManifest(config=config, layers=[layer], others={"number": number})
    found = client.set_manifest(manifest, tag=f"v{number}")
    pushed.manifests[f"v{number}"] = found.digest


def push_until(end: float, client: ContainerRegistryContentClient, pushed: Pushed) -> Pushed:
    number = 0
    while monotonic() < end:
        number += 1
        try:
            push_one(client, pushed, number)
        except (AzureError, DigestValidationError):
            pushed.failures += 1
    return pushed


def add_faults(registry: FakeRegistry) -> None:
    """Put each effect in force, at all endpoints at which it acts."""
    for seed, kind in enumerate(EFFECTS):
        if kind not in LOSING:
            effect = kind(**arguments_of(kind))
            for endpoint in endpoints_of(kind):
                registry.faults.add(Fault(endpoint, effect, probability=PROBABILITY, seed=seed, optional=True))


def missing_in(registry: FakeRegistry, pushed: Pushed) -> list[str]:
    """Return what was acknowledged and is not there, or has other content."""
    name = RepositoryName(pushed.repository)
    lost = []
    for digest, content in pushed.blobs.items():
        if digest_of(registry.blob(pushed.repository, digest)) != digest_of(content):
            lost.append(digest)
    for tag, digest in pushed.manifests.items():
        if registry.content.get_manifest(name, Tag(tag)).digest != digest:
            lost.append(tag)
    return lost


@pytest.mark.exhaustive
def test_no_acknowledged_write_is_lost_under_random_faults() -> None:
    threads = set(threading.enumerate())
    registry = FakeRegistry(Settings())
    end = monotonic() + SECONDS

    with connect(registry, transport="http") as connection, ThreadPoolExecutor(CLIENTS) as pool:
        add_faults(registry)
        runs = []
        for number in range(CLIENTS):
            repository = f"strain/client{number}"
            client = connection.content_client(repository, retry_total=0, per_retry_policies=[ReadTimeout()])
            runs.append(pool.submit(push_until, end, client, Pushed(repository)))
        everything = [run.result() for run in runs]

        struck = {type(active.fault.effect) for active in registry.faults if active.hits}
        registry.faults.clear()
        lost = [one for pushed in everything for one in missing_in(registry, pushed)]
        connection.content_client("strain/after").upload_blob(b"served on")

    assert lost == []
    assert sum(len(pushed.manifests) for pushed in everything) > CLIENTS
    assert sum(pushed.failures for pushed in everything) > CLIENTS
    assert len(struck) > len(EFFECTS) // 3
    assert set(threading.enumerate()) <= threads
