"""docs/reference/swept-clients.md: real clients under a sweep, and what strict mode says of them.

`python -m benchmarks.swept_clients` writes the page, `python -m benchmarks.swept_clients oras` prints
the section of one client. It is no benchmark: it shares the folder of what needs other programs.
"""

import io
import logging
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.spec.words import count_text
from pytest_acr import OciDescriptor, OciImageManifest, SweepReport, SweptRun, connect, sweep

PAGE: Final = Path(__file__).parents[1] / "docs/reference/swept-clients.md"

REPOSITORY: Final = "samples/hello"
LAYER: Final = b"layer" * 100
CONFIG: Final = b"{}"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE: Final = "application/octet-stream"

_MOST_CASES: Final = 4
"""The most cases that are named for one finding."""

_HEAD: Final = """\
# Real clients under a sweep and in strict mode

What a sweep and strict mode find in four clients: each pushes an image of one layer, and pulls it.
How to use both for your own code is in [Sweeping](../how-to/sweeping.md) and
[Strict checks](../how-to/strict-checks.md). A finding is about one version and one sequence
of calls: it does not judge a project, and another program may be right to accept the same outcome.

Written by `python -m benchmarks.swept_clients`; with the name of a client it prints that section alone.
"""


@dataclass(frozen=True, kw_only=True)
class SweptClient:
    """A client, and how it is used."""

    name: str
    title: str
    find_version: Callable[[], str]
    """Raises an exception if the client is not installed."""
    installed_by: str
    use: Callable[[FakeRegistry], object]
    make_registry: Callable[[], FakeRegistry]
    expect: tuple[type[BaseException], ...] | None = None
    remark: str = ""


def acr_registry() -> FakeRegistry:
    """Return an ACR with login."""
    return FakeRegistry(clock=ManualClock())


def open_registry() -> FakeRegistry:
    """Return an OCI registry without login."""
    return FakeRegistry(Settings(profile="oci", auth="off"), clock=ManualClock())


def use_azure_sdk(registry: FakeRegistry) -> None:
    """Push and pull with `ContainerRegistryClient`."""
    with connect(registry) as connection:
        client = connection.client()
        config, _ = client.upload_blob(REPOSITORY, io.BytesIO(CONFIG))
        layer, _ = client.upload_blob(REPOSITORY, io.BytesIO(LAYER))
        pushed = client.set_manifest(REPOSITORY, _manifest_of(config, layer), tag="1")

        assert client.get_manifest(REPOSITORY, "1").digest == pushed
        assert b"".join(client.download_blob(REPOSITORY, layer)) == LAYER


def use_content_client(registry: FakeRegistry) -> None:
    """Push and pull with `ContainerRegistryContentClient`."""
    with connect(registry) as connection:
        client = connection.content_client(REPOSITORY)
        config = client.upload_blob(CONFIG).digest
        layer = client.upload_blob(LAYER).digest
        manifest = OciImageManifest(
            config=OciDescriptor(media_type=CONFIG_TYPE, digest=config, size=len(CONFIG)),
            layers=[OciDescriptor(media_type=LAYER_TYPE, digest=layer, size=len(LAYER))],
        )
        pushed = client.set_manifest(manifest, tag="1").digest

        assert client.get_manifest("1").digest == pushed
        assert client.download_blob_content(layer).content == LAYER


def use_oras(registry: FakeRegistry) -> None:
    """Push and pull a file with oras-py, over a socket."""
    oras: Any = import_module("oras.client")  # Any: it is optional
    logging.disable(logging.CRITICAL)
    with registry.serve() as server, tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "layer.bin"), Path(folder, "out")
        source.write_bytes(LAYER)
        out.mkdir()

        client = oras.OrasClient(hostname=f"127.0.0.1:{server.port}", insecure=True)
        target = f"127.0.0.1:{server.port}/{REPOSITORY}:1"
        client.push(target=target, files=[str(source)], disable_path_validation=True)
        pulled = client.pull(target=target, outdir=str(out))
        assert [Path(path).read_bytes() for path in pulled] == [LAYER]


def use_skopeo(registry: FakeRegistry) -> None:
    """Copy an image to the registry and back with skopeo, over a socket."""
    with registry.serve() as server, tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "source"), Path(folder, "out")
        local = open_registry()
        local.push_image(f"{REPOSITORY}:1", layers=[LAYER])
        local.save_layout(source)

        target = f"docker://127.0.0.1:{server.port}/{REPOSITORY}:1"
        _skopeo(
            "copy", "--all", "--preserve-digests", "--dest-tls-verify=false", f"oci:{source}:{REPOSITORY}:1", target
        )
        _skopeo("copy", "--all", "--preserve-digests", "--src-tls-verify=false", target, f"oci:{out}:{REPOSITORY}:1")
        assert _blobs_in(out) == _blobs_in(source)


def _manifest_of(config: str, layer: str) -> dict[str, object]:
    return {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": CONFIG_TYPE, "digest": config, "size": len(CONFIG)},
        "layers": [{"mediaType": LAYER_TYPE, "digest": layer, "size": len(LAYER)}],
    }


def _skopeo(*arguments: str) -> str:
    command = [_skopeo_path(), "--insecure-policy", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _skopeo_path() -> str:
    path = shutil.which("skopeo")
    if path is None:
        raise FileNotFoundError("skopeo")
    return path


def _blobs_in(layout: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in layout.joinpath("blobs/sha256").iterdir()}


CLIENTS: Final = (
    SweptClient(
        name="azure",
        title="azure-containerregistry",
        find_version=lambda: version("azure-containerregistry"),
        installed_by="pip install azure-containerregistry",
        use=use_azure_sdk,
        make_registry=acr_registry,
    ),
    SweptClient(
        name="content",
        title="ContainerRegistryContentClient of pytest-acr",
        find_version=lambda: version("pytest-acr"),
        installed_by="pip install pytest-acr",
        use=use_content_client,
        make_registry=acr_registry,
    ),
    SweptClient(
        name="oras",
        title="oras-py",
        find_version=lambda: version("oras"),
        installed_by="pip install oras",
        use=use_oras,
        make_registry=open_registry,
        expect=(ValueError, OSError),
        remark="It raises ValueError for a refusal, which is taken for an expected error here.",
    ),
    SweptClient(
        name="skopeo",
        title="skopeo",
        find_version=lambda: _skopeo("--version").split()[2],
        installed_by="apt-get install skopeo",
        use=use_skopeo,
        make_registry=open_registry,
        expect=(subprocess.CalledProcessError,),
        remark="A program of its own: an exit status other than 0 is the expected error.",
    ),
)


def main(names: Sequence[str]) -> None:
    """Print the sections of these clients, or write the page with all. An absent client is an error."""
    known = [client.name for client in CLIENTS]
    unknown = sorted(set(names).difference(known))
    if unknown:
        sys.exit(f"expected {', '.join(known)}, found {', '.join(unknown)}")

    sections = [section_of(client) for client in CLIENTS if not names or client.name in names]
    if names:
        sys.stdout.write("\n".join(sections))
    else:
        PAGE.write_text("\n".join([_HEAD, *sections]), encoding="utf-8")


def section_of(client: SweptClient) -> str:
    """Return the section of a client. SystemExit if it is not installed."""
    try:
        found = client.find_version()
    except Exception:  # noqa: BLE001  of each client
        sys.exit(f"{client.title} is not installed: {client.installed_by}")

    report = sweep(client.use, make_registry=client.make_registry, expect=client.expect)
    remark = f" {client.remark}" if client.remark else ""
    lines = [
        f"## {client.title}\n",
        f"Version {found}, `python -m benchmarks.swept_clients {client.name}`.{remark}\n",
        f"```\n{report.table()}\n```\n",
        *_findings_in(report),
        *_mistakes_of(client),
    ]
    return "\n".join(lines)


def _findings_in(report: SweepReport) -> list[str]:
    """Return a line for each kind of broken run: the calls that have it in common."""
    kinds: dict[str, list[SweptRun]] = {}
    for run in report.broken:
        kinds.setdefault(_kind_of(run), []).append(run)
    return [f"- {_cases_text(runs)}: {kind}" for kind, runs in kinds.items()] + [""] * bool(kinds)


def _mistakes_of(client: SweptClient) -> list[str]:
    """Return what strict mode says of a run without faults."""
    registry = client.make_registry()
    client.use(registry)
    found = Counter(broken.rule for broken in registry.requests.mistakes())
    if not found:
        return ["In strict mode: nothing.", ""]

    lines = [f"- `{rule.name}` ({count_text(count, 'time')}): {rule.sentence}" for rule, count in found.items()]
    return ["In strict mode:", "", *lines, ""]


def _kind_of(run: SweptRun) -> str:
    if run.error == "AssertionError":
        return "the content that came back is not the one that was pushed, and the client reported no error"
    return (run.error if "not expected" in run.reason else run.reason).replace("\n", " ")


def _cases_text(runs: Sequence[SweptRun]) -> str:
    shown = [f"`{run.case}`" for run in runs[:_MOST_CASES]]
    left = len(runs) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


if __name__ == "__main__":
    main(sys.argv[1:])
