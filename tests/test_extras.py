"""Without an extra, the code that needs it says so in one sentence with its `pip install` line; code that
needs none runs. Each in a process in which the package cannot be imported."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from fake_registry import FakeRegistry, Settings

Process = subprocess.Popen[str]

HANG_SECONDS: Final = 60
BLOCK: Final = "import sys\nfor name in {names!r}: sys.modules[name] = None\n"
"""The beginning of a program: an import of these modules is a ModuleNotFoundError."""

AIO_CLIENT: Final = """
from pytest_acr.aio import ContainerRegistryContentClient

ContainerRegistryContentClient("fake.azurecr.io", "samples/hello")
"""

AIO_IN_MEMORY: Final = """
import asyncio
from fake_registry import FakeRegistry
from pytest_acr import connect

async def push(connection):
    async with connection.aio_content_client("samples/hello") as client:
        return (await client.upload_blob(b"hello")).size_in_bytes

with connect(FakeRegistry()) as connection:
    print(asyncio.run(push(connection)))
"""


def start(program: str, *arguments: str, without: tuple[str, ...], stderr: int = subprocess.PIPE) -> Process:
    """Start a program that cannot import the packages `without`."""
    return subprocess.Popen(
        [sys.executable, "-c", BLOCK.format(names=without) + program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    )


def test_async_client_without_aio() -> None:
    _, errors = start(AIO_CLIENT, without=("aiohttp",)).communicate(timeout=HANG_SECONDS)

    assert errors.splitlines()[-1] == (
        "ImportError: the async client requires aiohttp or a transport: "
        'pip install "pytest-acr[aio]", or transport=azure.core.pipeline.transport.AsyncioRequestsTransport()'
    )


def test_async_client_in_memory_needs_no_extra() -> None:
    output, errors = start(AIO_IN_MEMORY, without=("aiohttp",)).communicate(timeout=HANG_SECONDS)

    assert (output, errors) == ("5\n", "")


def test_live_run_without_live(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(acr_client): acr_client.close()")
    run = "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    with FakeRegistry().serve() as server:
        arguments = ("-q", "-p", "no:cacheprovider", f"--acr-live-endpoint={server.url}", str(tmp_path))
        output, _ = start(run, *arguments, without=("azure.identity",)).communicate(timeout=HANG_SECONDS)

    sentence = "a credential for an ACR requires azure-identity: "
    assert f'{sentence}pip install "pytest-acr[live]", or override the fixture acr_live_credential' in output


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is of Unix")
def test_registry_check_without_check() -> None:
    ours, its = os.openpty()
    program = "from pytest_acr.harness.check.entry import main; main()"
    with FakeRegistry(Settings(auth="off")).serve() as server:
        arguments = (server.url, "--only", "tags", "--examples", "1")
        check = start(program, *arguments, without=("tqdm",), stderr=its)
        os.close(its)
        first_line = b""
        while b"\n" not in first_line:
            first_line += os.read(ours, 1_000)
        check.kill()
        check.communicate()
    os.close(ours)

    assert first_line.startswith(b'registry-check: pip install "pytest-acr[check]" adds a progress bar\r\n')


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of Unix")
def test_server_needs_neither_pytest_nor_hypothesis() -> None:
    packages = ("pytest", "_pytest", "hypothesis", "pytest_acr", "azure", "aiohttp", "tqdm")
    program = "from fake_registry.cli import main; sys.exit(main())"
    serve = start(program, "serve", "--port", "0", "--tls", "--auth", "token", without=packages)
    assert serve.stdout is not None
    ready = serve.stdout.readline()

    serve.send_signal(signal.SIGTERM)
    _, errors = serve.communicate(timeout=HANG_SECONDS)

    assert ready.startswith("fake-registry ready url=https://127.0.0.1:"), errors
    assert serve.returncode == 0
