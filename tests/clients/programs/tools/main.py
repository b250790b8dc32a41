"""Runs the checks of each tool that is on the PATH, and prints `ok NAME` after each."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.clients.programs.tools import cosign, crane, helm, oras, regctl, skopeo
from tests.clients.programs.tools.registry import ToolRegistry, make_tokens
from tests.clients.programs.tools.tool import Tool

Check = Callable[[Tool, ToolRegistry], None]
CHECKS: Final[Mapping[str, Mapping[str, Check]]] = {
    "skopeo": skopeo.CHECKS,
    "crane": crane.CHECKS,
    "oras": oras.CHECKS,
    "regctl": regctl.CHECKS,
    "helm": helm.CHECKS,
    "cosign": cosign.CHECKS,
}

FAILURES: Final = (AssertionError, LookupError, OSError, ValueError, subprocess.SubprocessError)
LOOPBACK: Final = ("crane",)
"""Tools for which the registry is 127.0.0.1, whose storage is at localhost: they follow no redirect from a name to a
private IP address (go-containerregistry v0.22.1, checkRedirectSSRF)."""


def main() -> int:
    registry = make_tokens()
    loopback = replace(registry, url=registry.url.replace("localhost", "127.0.0.1"))
    passed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, checks in CHECKS.items():
            if shutil.which(name) is None:
                continue
            home = Path(scratch) / name
            home.mkdir()
            tool = Tool(name, home)
            for check, function in checks.items():
                try:
                    function(tool, loopback if name in LOOPBACK else registry)
                except FAILURES as error:
                    print(f"{error}\nFAILED {name}-{check}")
                    return 1
                print(f"ok {name}-{check}", flush=True)
                passed += 1
    print(f"{passed} checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
