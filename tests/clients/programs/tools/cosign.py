"""cosign: signatures, as a tag (`sha256-D.sig`) and as a referrer, with a key pair and without any service."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tests.clients.programs.tools.registry import PASSWORD, TOKEN, ToolRegistry
from tests.clients.programs.tools.tool import Tool, contains, equal

REPOSITORY: Final = "tools/cosign"
SBOM_TYPE: Final = "application/vnd.dev.cosign.artifact.sbom.v1+json"


def login(cosign: Tool, registry: ToolRegistry) -> None:
    # `login` writes a file and asks no registry: only the next command is refused.
    cosign("login", registry.host, "--username", TOKEN, "--password", "wrong")
    digest = registry.push_image(f"{REPOSITORY}:1.0")
    message = cosign.fails("tree", f"{registry.host}/{REPOSITORY}@{digest}")
    contains("message of a wrong password", message, "UNAUTHORIZED")
    cosign("login", registry.host, "--username", TOKEN, "--password", PASSWORD)


def sign(cosign: Tool, registry: ToolRegistry) -> None:
    cosign("generate-key-pair")
    digest = registry.tags(REPOSITORY)["1.0"]
    cosign("sign", "--key", "cosign.key", "--tlog-upload=false", "--yes", f"{registry.host}/{REPOSITORY}@{digest}")
    equal("tags", sorted(registry.tags(REPOSITORY)), ["1.0", signature_tag(digest)])


def verify(cosign: Tool, registry: ToolRegistry) -> None:
    options = ("--key", "cosign.pub", "--insecure-ignore-tlog=true")
    printed = cosign("verify", *options, f"{registry.host}/{REPOSITORY}:1.0")
    signed = json.loads(printed)[0]["critical"]["image"]["docker-manifest-digest"]
    equal("the digest that is signed", signed, registry.tags(REPOSITORY)["1.0"])
    registry.push_image(f"{REPOSITORY}:unsigned", layers=["dW5zaWduZWQ="])
    message = cosign.fails("verify", *options, f"{registry.host}/{REPOSITORY}:unsigned")
    contains("message without a signature", message, "no signatures found")


def copy(cosign: Tool, registry: ToolRegistry) -> None:
    cosign("copy", f"{registry.host}/{REPOSITORY}:1.0", f"{registry.host}/{REPOSITORY}-copy:2.0")
    digest = registry.tags(REPOSITORY)["1.0"]
    copied = registry.tags(f"{REPOSITORY}-copy")
    signature = signature_tag(digest)
    # The third tag is one of cosign's own.
    equal("tags of the copy", sorted(copied), ["2.0", signature.removesuffix(".sig"), signature])
    equal("digest of the copy", copied["2.0"], digest)


def tree(cosign: Tool, registry: ToolRegistry) -> None:
    digest = registry.tags(REPOSITORY)["1.0"]
    printed = cosign("tree", f"{registry.host}/{REPOSITORY}:1.0")
    contains("printed", printed, signature_tag(digest))


def clean(cosign: Tool, registry: ToolRegistry) -> None:
    """cosign deletes by tag and takes 400 alone as a request to do so by digest; ACR answers 405."""
    before = registry.tags(REPOSITORY)
    ended = cosign.run("clean", "--force", "--type", "signature", f"{registry.host}/{REPOSITORY}:1.0", stdin="")
    contains("message", ended.stderr, "A manifest can only be deleted by digest.")
    equal("tags", registry.tags(REPOSITORY), before)


def attach(cosign: Tool, registry: ToolRegistry) -> None:
    (cosign.home / "sbom.json").write_text("{}\n")
    name = f"{registry.host}/{REPOSITORY}@{registry.tags(REPOSITORY)['1.0']}"
    options = ("--sbom", "sbom.json", "--type", "spdx", "--input-format", "json")
    cosign("attach", "sbom", *options, "--registry-referrers-mode=oci-1-1", name)
    equal("types of the referrers", [*registry.referrers(REPOSITORY, "1.0").values()], [SBOM_TYPE])


def sign_as_referrer(cosign: Tool, registry: ToolRegistry) -> None:
    name = f"{registry.host}/{REPOSITORY}@{registry.tags(REPOSITORY)['unsigned']}"
    options = ("--key", "cosign.key", "--tlog-upload=false", "--yes", "--registry-referrers-mode=oci-1-1")
    before = sorted(registry.tags(REPOSITORY))
    cosign("sign", *options, name)
    equal("tags", sorted(registry.tags(REPOSITORY)), before)
    equal("number of referrers", len(registry.referrers(REPOSITORY, "unsigned")), 1)
    cosign("verify", "--key", "cosign.pub", "--insecure-ignore-tlog=true", "--experimental-oci11", name)


def signature_tag(digest: str) -> str:
    return f"{digest.replace(':', '-')}.sig"


CHECKS: Final[Mapping[str, Callable[[Tool, ToolRegistry], None]]] = {
    "login": login,
    "sign": sign,
    "verify": verify,
    "copy": copy,
    "tree": tree,
    "clean": clean,
    "attach": attach,
    "sign-as-referrer": sign_as_referrer,
}
