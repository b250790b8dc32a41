"""skopeo: copies between a layout and the registry."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tests.clients.programs.tools.layout import write_image, write_index
from tests.clients.programs.tools.registry import PASSWORD, PULLER, TOKEN, ToolRegistry
from tests.clients.programs.tools.tool import Tool, contains, equal


def login(skopeo: Tool, registry: ToolRegistry) -> None:
    message = skopeo.fails("login", "--username", TOKEN, "--password-stdin", registry.host, stdin="wrong")
    contains("message of a wrong password", message, "invalid username/password")
    skopeo("login", "--username", TOKEN, "--password-stdin", registry.host, stdin=PASSWORD)
    equal("the name that is logged in", skopeo("login", "--get-login", registry.host), TOKEN)


def push(skopeo: Tool, registry: ToolRegistry) -> None:
    digest = write_image(skopeo.home / "image")
    skopeo("copy", "oci:image:1.0", f"docker://{registry.host}/tools/skopeo:1.0")
    equal("tags", registry.tags("tools/skopeo"), {"1.0": digest})


def push_refused(skopeo: Tool, registry: ToolRegistry) -> None:
    """The second token may pull alone."""
    name = f"docker://{registry.host}/tools/skopeo"
    credentials = f"{PULLER}:{PASSWORD}"
    skopeo("inspect", "--no-tags", "--creds", credentials, f"{name}:1.0")
    message = skopeo.fails("copy", "--dest-creds", credentials, "oci:image:1.0", f"{name}:refused")
    contains("message", message, "authentication required")
    equal("tags", [*registry.tags("tools/skopeo")], ["1.0"])


def push_index(skopeo: Tool, registry: ToolRegistry) -> None:
    digest = write_index(skopeo.home / "index")
    skopeo("copy", "--all", "oci:index:1.0", f"docker://{registry.host}/tools/skopeo-index:1.0")
    equal("tags", registry.tags("tools/skopeo-index"), {"1.0": digest})
    equal("number of manifests", len(registry.digests("tools/skopeo-index")), 3)


def pull(skopeo: Tool, registry: ToolRegistry) -> None:
    skopeo("copy", f"docker://{registry.host}/tools/skopeo:1.0", "oci:pulled:1.0")
    index = json.loads((skopeo.home / "pulled/index.json").read_text())
    equal("digest", index["manifests"][0]["digest"], registry.tags("tools/skopeo")["1.0"])


def inspect(skopeo: Tool, registry: ToolRegistry) -> None:
    found = json.loads(skopeo("inspect", f"docker://{registry.host}/tools/skopeo:1.0"))
    equal("digest", found["Digest"], registry.tags("tools/skopeo")["1.0"])
    equal("tags", found["RepoTags"], ["1.0"])


def copy(skopeo: Tool, registry: ToolRegistry) -> None:
    repository = f"docker://{registry.host}/tools/skopeo"
    skopeo("copy", "--all", f"{repository}-index:1.0", f"{repository}-copy:2.0")
    equal("digests", registry.digests("tools/skopeo-copy"), registry.digests("tools/skopeo-index"))
    equal("tags of the copy", registry.tags("tools/skopeo-copy"), {"2.0": registry.tags("tools/skopeo-index")["1.0"]})


def list_tags(skopeo: Tool, registry: ToolRegistry) -> None:
    repository = f"docker://{registry.host}/tools/skopeo"
    skopeo("copy", f"{repository}:1.0", f"{repository}:0.9")
    equal("tags", json.loads(skopeo("list-tags", repository))["Tags"], ["0.9", "1.0"])
    equal("tags in the registry", sorted(registry.tags("tools/skopeo")), ["0.9", "1.0"])


def delete(skopeo: Tool, registry: ToolRegistry) -> None:
    repository = f"docker://{registry.host}/tools/skopeo"
    skopeo("delete", f"{repository}:1.0")
    equal("manifests", registry.digests("tools/skopeo"), [])
    equal("tags", registry.tags("tools/skopeo"), {})
    contains("message after the deletion", skopeo.fails("inspect", f"{repository}:1.0"), "manifest unknown")


CHECKS: Final[Mapping[str, Callable[[Tool, ToolRegistry], None]]] = {
    "login": login,
    "push": push,
    "push-refused": push_refused,
    "push-index": push_index,
    "pull": pull,
    "inspect": inspect,
    "copy": copy,
    "list": list_tags,
    "delete": delete,
}
