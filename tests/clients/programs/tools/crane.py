"""crane, of go-containerregistry."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tests.clients.programs.tools.layout import write_image, write_tar
from tests.clients.programs.tools.registry import PASSWORD, TOKEN, ToolRegistry
from tests.clients.programs.tools.tool import Tool, contains, equal


def login(crane: Tool, registry: ToolRegistry) -> None:
    # `auth login` writes a file and asks no registry: only the next command is refused.
    crane("auth", "login", registry.host, "--username", TOKEN, "--password", "wrong")
    contains("message of a wrong password", crane.fails("ls", f"{registry.host}/tools/crane"), "UNAUTHORIZED")
    crane("auth", "login", registry.host, "--username", TOKEN, "--password-stdin", stdin=PASSWORD)


def push(crane: Tool, registry: ToolRegistry) -> None:
    digest = write_image(crane.home / "image")
    printed = crane("push", "image", f"{registry.host}/tools/crane:1.0")
    equal("printed", printed, f"{registry.host}/tools/crane@{digest}")
    equal("tags", registry.tags("tools/crane"), {"1.0": digest})
    equal("digest by crane", crane("digest", f"{registry.host}/tools/crane:1.0"), digest)


def pull(crane: Tool, registry: ToolRegistry) -> None:
    crane("pull", "--format", "oci", f"{registry.host}/tools/crane:1.0", "pulled")
    index = json.loads((crane.home / "pulled/index.json").read_text())
    equal("digest", index["manifests"][0]["digest"], registry.tags("tools/crane")["1.0"])


def private_redirect(crane: Tool, registry: ToolRegistry) -> None:
    """At localhost the storage is at 127.0.0.1, and crane follows no redirect from a name to such an address."""
    name = registry.host.replace("127.0.0.1", "localhost")
    crane("auth", "login", name, "--username", TOKEN, "--password-stdin", stdin=PASSWORD)
    message = crane.fails("export", f"{name}/tools/crane:1.0", "files.tar")
    contains("message", message, "SSRF protection: redirect")


def append(crane: Tool, registry: ToolRegistry) -> None:
    write_tar(crane.home / "layer.tar", "a-file")
    name = f"{registry.host}/tools/crane"
    crane("append", "--base", f"{name}:1.0", "--new_layer", "layer.tar", "--new_tag", f"{name}:1.1")
    equal("tags", sorted(registry.tags("tools/crane")), ["1.0", "1.1"])
    equal("files", crane("export", f"{name}:1.1", "files.tar"), "")
    contains("the new file", (crane.home / "files.tar").read_bytes().decode("latin-1"), "a-file")


def push_index(crane: Tool, registry: ToolRegistry) -> None:
    name = f"{registry.host}/tools/crane"
    crane("index", "append", "-m", f"{name}:1.0", "-m", f"{name}:1.1", "-t", f"{name}:index")
    tags = registry.tags("tools/crane")
    index = crane("manifest", f"{name}:index")
    contains("the index", index, tags["1.0"])
    contains("the index", index, tags["1.1"])


def copy(crane: Tool, registry: ToolRegistry) -> None:
    crane("copy", f"{registry.host}/tools/crane:index", f"{registry.host}/tools/crane-copy:2.0")
    equal("tags", registry.tags("tools/crane-copy"), {"2.0": registry.tags("tools/crane")["index"]})
    equal("digests", registry.digests("tools/crane-copy"), registry.digests("tools/crane"))


def tag(crane: Tool, registry: ToolRegistry) -> None:
    crane("tag", f"{registry.host}/tools/crane:1.0", "stable")
    tags = registry.tags("tools/crane")
    equal("the new tag", tags["stable"], tags["1.0"])


def list_tags(crane: Tool, registry: ToolRegistry) -> None:
    found = crane("ls", f"{registry.host}/tools/crane").splitlines()
    equal("tags", found, ["1.0", "1.1", "index", "stable"])
    equal("tags in the registry", sorted(registry.tags("tools/crane")), found)


def catalog(crane: Tool, registry: ToolRegistry) -> None:
    found = crane("catalog", registry.host).splitlines()
    equal("repositories", [name for name in found if "crane" in name], ["tools/crane", "tools/crane-copy"])


def delete(crane: Tool, registry: ToolRegistry) -> None:
    name = f"{registry.host}/tools/crane"
    digest = registry.tags("tools/crane")["1.1"]
    crane("delete", f"{name}@{digest}")
    equal("tags", sorted(registry.tags("tools/crane")), ["1.0", "index", "stable"])
    contains("message after the deletion", crane.fails("manifest", f"{name}:1.1"), "MANIFEST_UNKNOWN")


CHECKS: Final[Mapping[str, Callable[[Tool, ToolRegistry], None]]] = {
    "login": login,
    "push": push,
    "pull": pull,
    "private-redirect": private_redirect,
    "append": append,
    "push-index": push_index,
    "copy": copy,
    "tag": tag,
    "list": list_tags,
    "catalog": catalog,
    "delete": delete,
}
