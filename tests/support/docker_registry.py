"""CNCF distribution 2 as Debian packages it (docker-registry), started for one test on a free port."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = shutil.which("docker-registry")

USER, PASSWORD = "me", "secret"
_HTPASSWD = "me:$2b$05$X/T1tjXLX.22vnexDzg5o.68qpkFSGOgigA9ICHwovjq6fgN2tyha\n"
"""From `htpasswd -B`; the registry takes no other algorithm than bcrypt."""


@contextmanager
def serve_docker_registry(folder: Path, *, auth: str = "", delete_enabled: bool = True) -> Iterator[str]:
    """Yield the URL of a registry that keeps its content in `folder`.

    `auth` is a section of its configuration.
    """
    if PROGRAM is None:
        pytest.skip("docker-registry is not installed (Debian: apt-get install docker-registry)")
    delete = f"{{enabled: {str(delete_enabled).lower()}}}"
    storage = f"{{filesystem: {{rootdirectory: '{folder}/data'}}, delete: {delete}}}"
    config = folder / "config.yml"
    config.write_text(f"{{version: 0.1, storage: {storage}, http: {{addr: '127.0.0.1:0'}}{auth}}}")

    with subprocess.Popen(
        [PROGRAM, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        # with port 0 only its log has the port
        listening = next(found for line in process.stderr if (found := re.search(r'listening on ([^ "]+)', line)))
        logged = threading.Thread(target=process.stderr.read)  # a full pipe would stop it
        logged.start()
        try:
            yield f"http://{listening[1]}"
        finally:
            process.terminate()
            logged.join()


def htpasswd_auth(folder: Path) -> str:
    """Return the configuration of a registry with Basic authentication (RFC 7617)."""
    users = folder / "htpasswd"
    users.write_text(_HTPASSWD)
    return f", auth: {{htpasswd: {{realm: test, path: '{users}'}}}}"
