"""regctl, of regclient."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tests.clients.programs.tools.layout import write_image, write_index
from tests.clients.programs.tools.registry import PASSWORD, TOKEN, ToolRegistry
from tests.clients.programs.tools.tool import Tool, contains, equal

REPOSITORY: Final = "tools/regctl"
SBOM: Final = "application/vnd.example.sbom"


def login(regctl: Tool, registry: ToolRegistry) -> None:
    # Without it regctl speaks plain HTTP to localhost.
    regctl("registry", "set", "--tls", "enabled", "--skip-check", registry.host)
    arguments = ("registry", "login", registry.host, "--user", TOKEN, "--pass-stdin")
    contains("message of a wrong password", regctl.fails(*arguments, stdin="wrong"), "unauthorized")
    regctl(*arguments, stdin=PASSWORD)


def push(regctl: Tool, registry: ToolRegistry) -> None:
    digest = write_image(regctl.home / "image")
    regctl("image", "copy", "ocidir://image:1.0", f"{registry.host}/{REPOSITORY}:1.0")
    equal("tags", registry.tags(REPOSITORY), {"1.0": digest})
    equal("digest by regctl", regctl("image", "digest", f"{registry.host}/{REPOSITORY}:1.0"), digest)


def push_index(regctl: Tool, registry: ToolRegistry) -> None:
    digest = write_index(regctl.home / "index")
    regctl("image", "copy", "ocidir://index:1.0", f"{registry.host}/{REPOSITORY}-index:1.0")
    equal("tags", registry.tags(f"{REPOSITORY}-index"), {"1.0": digest})
    equal("number of manifests", len(registry.digests(f"{REPOSITORY}-index")), 3)


def push_chunks(regctl: Tool, registry: ToolRegistry) -> None:
    (regctl.home / "large").write_bytes(bytes(5000))
    (regctl.home / "got").mkdir()
    regctl("registry", "set", "--blob-max", "1000", "--blob-chunk", "2000", "--skip-check", registry.host)
    name = f"{registry.host}/{REPOSITORY}:large"
    registry.control("DELETE", "requests")
    regctl("artifact", "put", "--artifact-type", "application/vnd.example", "--file-title", "--file", "large", name)
    equal("number of chunks", registry.control("GET", "requests/count?endpoint=upload.chunk&status=202")["count"], 3)
    regctl("artifact", "get", "--output", "got", name)
    equal("same bytes", (regctl.home / "got/large").read_bytes() == bytes(5000), True)


def attach(regctl: Tool, registry: ToolRegistry) -> None:
    name = f"{registry.host}/{REPOSITORY}:1.0"
    regctl("artifact", "put", "--artifact-type", SBOM, "--subject", name, stdin="{}")
    equal("types of the referrers", [*registry.referrers(REPOSITORY, "1.0").values()], [SBOM])


def list_referrers(regctl: Tool, registry: ToolRegistry) -> None:
    name = f"{registry.host}/{REPOSITORY}:1.0"
    found = json.loads(regctl("artifact", "list", name, "--format", "{{json .Descriptors}}"))
    expected = registry.referrers(REPOSITORY, "1.0")
    equal("referrers", {each["digest"]: each["artifactType"] for each in found}, expected)


def copy(regctl: Tool, registry: ToolRegistry) -> None:
    regctl(
        "image", "copy", "--referrers", f"{registry.host}/{REPOSITORY}:1.0", f"{registry.host}/{REPOSITORY}-copy:2.0"
    )
    equal("tags", registry.tags(f"{REPOSITORY}-copy"), {"2.0": registry.tags(REPOSITORY)["1.0"]})
    copied = registry.referrers(f"{REPOSITORY}-copy", "2.0")
    equal("referrers of the copy", copied, registry.referrers(REPOSITORY, "1.0"))


def list_tags(regctl: Tool, registry: ToolRegistry) -> None:
    found = regctl("tag", "list", f"{registry.host}/{REPOSITORY}").splitlines()
    equal("tags", found, ["1.0", "large"])
    equal("tags in the registry", sorted(registry.tags(REPOSITORY)), found)


def catalog(regctl: Tool, registry: ToolRegistry) -> None:
    found = [name for name in regctl("repo", "list", registry.host).splitlines() if "regctl" in name]
    equal("repositories", found, [REPOSITORY, f"{REPOSITORY}-copy", f"{REPOSITORY}-index"])


def delete_tag(regctl: Tool, registry: ToolRegistry) -> None:
    before = registry.digests(REPOSITORY)
    regctl("tag", "delete", f"{registry.host}/{REPOSITORY}:large")
    equal("tags", [*registry.tags(REPOSITORY)], ["1.0"])
    equal("digests", registry.digests(REPOSITORY), before)


def delete(regctl: Tool, registry: ToolRegistry) -> None:
    digest = registry.tags(REPOSITORY)["1.0"]
    name = f"{registry.host}/{REPOSITORY}@{digest}"
    regctl("manifest", "delete", name)
    equal("tags", registry.tags(REPOSITORY), {})
    contains("message after the deletion", regctl.fails("manifest", "get", name), "not found")


CHECKS: Final[Mapping[str, Callable[[Tool, ToolRegistry], None]]] = {
    "login": login,
    "push": push,
    "push-index": push_index,
    "push-chunks": push_chunks,
    "attach": attach,
    "referrers": list_referrers,
    "copy": copy,
    "list": list_tags,
    "catalog": catalog,
    "delete-tag": delete_tag,
    "delete": delete,
}
