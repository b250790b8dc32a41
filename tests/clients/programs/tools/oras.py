"""oras: artifacts with referrers."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tests.clients.programs.tools.layout import write_image
from tests.clients.programs.tools.registry import PASSWORD, TOKEN, ToolRegistry
from tests.clients.programs.tools.tool import Tool, contains, equal

SBOM: Final = "application/vnd.example.sbom"
# Without the option oras speaks plain HTTP to localhost.
TLS: Final = "--plain-http=false"
REPOSITORY: Final = "tools/oras"


def login(oras: Tool, registry: ToolRegistry) -> None:
    arguments = ("login", TLS, "--username", TOKEN, "--password-stdin", registry.host)
    contains("message of a wrong password", oras.fails(*arguments, stdin="wrong"), "unauthorized")
    contains("message of the right password", oras(*arguments, stdin=PASSWORD), "Login Succeeded")


def push(oras: Tool, registry: ToolRegistry) -> None:
    (oras.home / "notes.txt").write_text("notes\n")
    name = f"{registry.host}/{REPOSITORY}:1.0"
    printed = oras("push", TLS, "--format", "json", "--artifact-type", "application/vnd.example", name, "notes.txt")
    equal("tags", registry.tags(REPOSITORY), {"1.0": json.loads(printed)["digest"]})


def pull(oras: Tool, registry: ToolRegistry) -> None:
    oras("pull", TLS, "--output", "pulled", f"{registry.host}/{REPOSITORY}:1.0")
    equal("content", (oras.home / "pulled/notes.txt").read_text(), "notes\n")


def copy_layout(oras: Tool, registry: ToolRegistry) -> None:
    digest = write_image(oras.home / "image")
    oras("cp", "--to-plain-http=false", "--from-oci-layout", "image:1.0", f"{registry.host}/{REPOSITORY}:image")
    equal("the new tag", registry.tags(REPOSITORY)["image"], digest)


def attach(oras: Tool, registry: ToolRegistry) -> None:
    (oras.home / "sbom.json").write_text("{}\n")
    name = f"{registry.host}/{REPOSITORY}:image"
    printed = oras("attach", TLS, "--format", "json", "--artifact-type", SBOM, name, "sbom.json")
    equal("referrers", registry.referrers(REPOSITORY, "image"), {json.loads(printed)["digest"]: SBOM})


def discover(oras: Tool, registry: ToolRegistry) -> None:
    name = f"{registry.host}/{REPOSITORY}:image"
    for arguments, expected in (((), 1), (("--artifact-type", SBOM), 1), (("--artifact-type", "other"), 0)):
        found = json.loads(oras("discover", TLS, "--format", "json", *arguments, name))
        equal(f"referrers with {arguments}", len(found.get("referrers") or []), expected)


def copy(oras: Tool, registry: ToolRegistry) -> None:
    target = f"{registry.host}/{REPOSITORY}-copy:2.0"
    options = ("--recursive", "--from-plain-http=false", "--to-plain-http=false")
    oras("cp", *options, f"{registry.host}/{REPOSITORY}:image", target)
    equal("tags", registry.tags(f"{REPOSITORY}-copy"), {"2.0": registry.tags(REPOSITORY)["image"]})
    copied = registry.referrers(f"{REPOSITORY}-copy", "2.0")
    equal("referrers of the copy", copied, registry.referrers(REPOSITORY, "image"))


def tag(oras: Tool, registry: ToolRegistry) -> None:
    oras("tag", TLS, f"{registry.host}/{REPOSITORY}:1.0", "stable", "latest")
    tags = registry.tags(REPOSITORY)
    equal("the new tags", [tags["stable"], tags["latest"]], [tags["1.0"]] * 2)


def list_tags(oras: Tool, registry: ToolRegistry) -> None:
    found = oras("repo", "tags", TLS, f"{registry.host}/{REPOSITORY}").splitlines()
    equal("tags", found, ["1.0", "image", "latest", "stable"])
    equal("tags in the registry", sorted(registry.tags(REPOSITORY)), found)


def catalog(oras: Tool, registry: ToolRegistry) -> None:
    found = oras("repo", "ls", TLS, registry.host).splitlines()
    equal("repositories", [name for name in found if "oras" in name], [REPOSITORY, f"{REPOSITORY}-copy"])


def delete_blob(oras: Tool, registry: ToolRegistry) -> None:
    (oras.home / "blob").write_text("a blob\n")
    name = f"{registry.host}/{REPOSITORY}"
    pushed = json.loads(oras("blob", "push", TLS, "--descriptor", name, "blob"))
    blob = f"{name}@{pushed['digest']}"
    equal("size", json.loads(oras("blob", "fetch", TLS, "--descriptor", blob))["size"], 7)
    oras("blob", "delete", TLS, "--force", blob)
    contains("message after the deletion", oras.fails("blob", "fetch", TLS, "--descriptor", blob), "not found")


def delete(oras: Tool, registry: ToolRegistry) -> None:
    name = f"{registry.host}/{REPOSITORY}:image"
    oras("manifest", "delete", TLS, "--force", name)
    equal("tags", sorted(registry.tags(REPOSITORY)), ["1.0", "latest", "stable"])
    contains("message after the deletion", oras.fails("manifest", "fetch", TLS, name), "not found")
    equal("digests: the referrer is deleted as well", len(registry.digests(REPOSITORY)), 1)


CHECKS: Final[Mapping[str, Callable[[Tool, ToolRegistry], None]]] = {
    "login": login,
    "push": push,
    "pull": pull,
    "copy-layout": copy_layout,
    "attach": attach,
    "discover": discover,
    "copy": copy,
    "tag": tag,
    "list": list_tags,
    "catalog": catalog,
    "delete-blob": delete_blob,
    "delete": delete,
}
