"""Wrong uses of public names, which a type checker has to report. This file is not run.

Each line names the error that mypy reports there. A checker that reports nothing there finds an
unused `type: ignore`, and so does a type that has become Any.
"""

from fake_registry import (
    Clock,
    Delay,
    Disconnect,
    FakeRegistry,
    Fault,
    ManualClock,
    RedirectTo,
    Refuse,
    Settings,
)
from pytest_acr import AcrCredential, OciDescriptor, connect, network, sweep
from pytest_acr.aio import ContainerRegistryContentClient
from pytest_acr.harness import Dialect, machine_for
from pytest_acr.strategies import blobs, digests

registry = FakeRegistry()
image = registry.push_image("dev/web:1.0")

# settings and registries
Settings(profile="docker")  # type: ignore[arg-type]
Settings(auht="off")  # type: ignore[call-arg]
Settings("mine")  # type: ignore[arg-type, call-arg]
FakeRegistry("mine")  # type: ignore[arg-type]
FakeRegistry(clock=5)  # type: ignore[arg-type]
registry.push_image("dev/web:1.0", layers=b"layer")  # type: ignore[arg-type]
registry.push_image("dev/web:1.0", tag="2.0")  # type: ignore[call-arg]
registry.push_artifact("dev/web")  # type: ignore[call-arg]
registry.grant("ci@example.com")  # type: ignore[call-arg]
registry.serve(idle=5)  # type: ignore[call-arg]
registry.restore(image)  # type: ignore[arg-type]
registry.tagz("dev/web")  # type: ignore[attr-defined]
size: str = image.size  # type: ignore[assignment]
clock: Clock = registry  # type: ignore[assignment]
ManualClock().advance("1")  # type: ignore[arg-type]

# faults
Fault("manifest.get", Refuse)  # type: ignore[arg-type]
Fault("manifest.get", "refuse")  # type: ignore[arg-type]
Fault("manifest.get", Refuse(), when="later")  # type: ignore[arg-type]
Fault("manifest.get", Refuse(), 3)  # type: ignore[arg-type, call-arg]
Disconnect(how="gently")  # type: ignore[arg-type]
RedirectTo("example.com", status=302)  # type: ignore[arg-type]
Delay()  # type: ignore[call-arg]
registry.faults.add(Refuse())  # type: ignore[arg-type]

# recorded requests
registry.requests.assert_logins(1)  # type: ignore[call-arg]
registry.requests.budget(reqests=1)  # type: ignore[call-arg]
registry.requests.where(stauts=200)  # type: ignore[call-arg]
registry.requests.assert_none(status="200")  # type: ignore[arg-type]
registry.requests.wait_for(endpoint=5)  # type: ignore[arg-type]
status: int = registry.requests[0].status  # type: ignore[assignment]

# clients
connect("https://fake.azurecr.io")  # type: ignore[arg-type]
connect(registry, transport="tcp")  # type: ignore[arg-type]
network("fake")  # type: ignore[arg-type]
sweep(lambda: None)  # type: ignore[arg-type, misc]
AcrCredential()  # type: ignore[call-arg]
OciDescriptor("sha256:00", 3)  # type: ignore[arg-type, call-arg]
with connect(registry) as connection:
    client = connection.content_client("dev/web")
    client.upload_blob("text")  # type: ignore[arg-type]
    client.get_manifest()  # type: ignore[call-arg]
    content: str = client.download_blob_content("sha256:00").content  # type: ignore[assignment]
    aio_client: ContainerRegistryContentClient = client  # type: ignore[assignment]

# harness and strategies
Dialect(ranges="no")  # type: ignore[arg-type]
machine_for(5)  # type: ignore[arg-type]
digests("md5")  # type: ignore[arg-type]
blobs("many")  # type: ignore[arg-type]
