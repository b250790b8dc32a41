"""Two registries for a program: one where every client logs in, one with anonymous pull."""

import json
import re
import select
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

READY: Final = re.compile(r"fake-registry ready url=\S+:(?P<port>\d+) .* entra=(?P<entra>\S+) tenant=(?P<tenant>\S+)\n")
APP: Final = ("app", "app-s3cret")
READER: Final = ("reader", "reader-s3cret")
START_SECONDS: Final = 60
STOP_SECONDS: Final = 30


@dataclass(frozen=True)
class ServedRegistry:
    """A registry with its own Entra, over TLS."""

    port: str
    entra: str
    tenant: str
    ca_file: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def grant(self, principal: str, role: str) -> None:
        """Assign a role over the control API, for all repositories."""
        request = urllib.request.Request(
            f"{self.url}/_fake/roles",
            data=json.dumps({"principal": principal, "role": role}).encode(),
            headers={"Content-Type": "application/json"},
        )
        context = ssl.create_default_context(cafile=self.ca_file)
        with urllib.request.urlopen(request, context=context, timeout=START_SECONDS):
            pass


@contextmanager
def program_environment(folder: Path) -> Iterator[dict[str, str]]:
    """Serve both registries and yield the variables of a program. `folder` is for files and logs."""
    with serve(folder, "token") as registry, serve(folder, "anonymous-pull") as other:
        ca_file = folder / "ca.pem"
        ca_file.write_text(registry.ca_file.read_text() + other.ca_file.read_text())
        for each in (registry, other):
            each.grant(APP[0], "Owner")
            each.grant(READER[0], "AcrPull")
        yield variables_of(registry, other, ca_file)


@contextmanager
def serve(folder: Path, auth: str) -> Iterator[ServedRegistry]:
    """Run `fake-registry serve` on a free port until the end of the block."""
    ca_file = folder / f"{auth}.ca.pem"
    principals = (f"--service-principal={client}:{secret}" for client, secret in (APP, READER))
    options = ["--port=0", "--tls", f"--write-ca={ca_file}", f"--auth={auth}", "--clock=manual", *principals]
    with (
        (folder / f"{auth}.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "fake_registry", "serve", *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            ready = wait_until_ready(process)
            yield ServedRegistry(ready["port"], ready["entra"], ready["tenant"], ca_file)
        finally:
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Let the server finish. TimeoutExpired if it does not; then it is killed."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def wait_until_ready(process: subprocess.Popen[str]) -> re.Match[str]:
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], START_SECONDS)[0], "the registry is not ready in time"
    line = process.stdout.readline()
    ready = READY.fullmatch(line)
    assert ready is not None, f"the registry did not start: {line!r}"
    return ready


def variables_of(registry: ServedRegistry, other: ServedRegistry, ca_file: Path) -> dict[str, str]:
    """Return the variables of a program: those of azure-identity, of TLS libraries, and our own."""
    authorities = dict.fromkeys(("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"), str(ca_file))
    return authorities | {
        "REGISTRY_URL": registry.url,
        "OPEN_REGISTRY_URL": other.url,
        "CA_FILE": str(ca_file),
        "AZURE_AUTHORITY_HOST": registry.entra,
        "AZURE_TENANT_ID": registry.tenant,
        "AZURE_CLIENT_ID": APP[0],
        "AZURE_CLIENT_SECRET": APP[1],
        "OPEN_AUTHORITY_HOST": other.entra,
        "OPEN_TENANT_ID": other.tenant,
        "READER_CLIENT_ID": READER[0],
        "READER_CLIENT_SECRET": READER[1],
    }
