"""The content client needs azure-core alone: it can be used, and released, without the rest of this project."""

import subprocess
import sys

import pytest

BLOCKED = ("pytest", "hypothesis", "werkzeug", "azure.containerregistry", "trustme", "jwt", "cryptography")

ALLOWED = (
    "fake_registry.arguments",
    "fake_registry.class_help",
    "fake_registry.client",
    "fake_registry.lazy_names",
    "fake_registry.sessions",
    "fake_registry.settings",
    "fake_registry.spec",
    "fake_registry.version",
    "fake_registry.wire",
)
"""The packages of fake_registry that the content client stands on; `wire` imports the settings.

`lazy_names` loads the public names of a package, `class_help` shows the settings in `help`.
`sessions` needs requests, which azure-core needs as well.
"""

LOADED = f"""
ours = [name for name in sys.modules if name.startswith("fake_registry.")]
print(sorted(name for name in ours if not name.startswith({ALLOWED!r})))
"""

_PROBE = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name in {blocked!r}:
            raise ImportError(f"{{name}} is blocked")

sys.meta_path.insert(0, Blocker())
{imports}
"""


def _run(imports: str) -> subprocess.CompletedProcess[str]:
    source = _PROBE.format(blocked=BLOCKED, imports=imports)
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)


def test_content_client_needs_nothing_but_azure_core() -> None:
    found = _run(
        "from pytest_acr import ContainerRegistryContentClient as Client\n"
        "from pytest_acr.aio import ContainerRegistryContentClient as AioClient\n"
        "Client('https://fake.azurecr.io', 'samples/hello')\n"
        "print(Client.__module__, AioClient.__module__)\n"
        f"{LOADED}"
    )

    expected = "pytest_acr.content.client pytest_acr.content.aio_client\n[]\n"
    assert (found.stdout, found.stderr) == (expected, "")


def test_other_package_that_is_loaded_is_found() -> None:
    found = _run(f"import importlib\nimportlib.import_module('fake_registry.core.registry')\n{LOADED}")

    assert "'fake_registry.core'" in found.stdout


@pytest.mark.parametrize("name", BLOCKED)
def test_blocked_package_cannot_be_imported(name: str) -> None:
    assert f"ImportError: {name} is blocked" in _run(f"import {name}").stderr
