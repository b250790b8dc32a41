"""helm: charts. It has no command that copies, attaches or deletes in a registry."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.clients.programs.tools.registry import PASSWORD, TOKEN, ToolRegistry
from tests.clients.programs.tools.tool import Tool, contains, equal

REPOSITORY: Final = "charts/hello"
VERSIONS: Final = ("0.1.0", "0.2.0+build")


def login(helm: Tool, registry: ToolRegistry) -> None:
    arguments = ("registry", "login", registry.host, "--username", TOKEN, "--password-stdin")
    contains("message of a wrong password", helm.fails(*arguments, stdin="wrong"), "401")
    helm(*arguments, stdin=PASSWORD)


def push(helm: Tool, registry: ToolRegistry) -> None:
    for version in VERSIONS:
        write_chart(helm, version)
        helm("package", "hello")
        printed = helm.run("push", f"hello-{version}.tgz", f"oci://{registry.host}/charts", stdin="")
        digest = registry.tags(REPOSITORY).get(version.replace("+", "_"))
        contains("printed", printed.stdout + printed.stderr, f"Digest: {digest}")
    equal("tags", sorted(registry.tags(REPOSITORY)), ["0.1.0", "0.2.0_build"])


def pull(helm: Tool, registry: ToolRegistry) -> None:
    packed = (helm.home / "hello-0.1.0.tgz").read_bytes()
    helm("pull", f"oci://{registry.host}/{REPOSITORY}", "--version", "0.1.0", "--destination", "..")
    pulled = helm.home.parent / "hello-0.1.0.tgz"
    equal("same bytes", pulled.read_bytes() == packed, True)


def show(helm: Tool, registry: ToolRegistry) -> None:
    """Without a version helm lists the tags and takes the newest version that is no prerelease."""
    shown = helm("show", "chart", f"oci://{registry.host}/{REPOSITORY}")
    contains("the newest chart", shown, "version: 0.2.0+build")
    shown = helm("show", "chart", f"oci://{registry.host}/{REPOSITORY}", "--version", "~0.1")
    contains("the chart of a range", shown, "version: 0.1.0")


def template(helm: Tool, registry: ToolRegistry) -> None:
    rendered = helm("template", "greeting", f"oci://{registry.host}/{REPOSITORY}", "--version", "0.1.0")
    contains("rendered", rendered, "name: greeting")


def logout(helm: Tool, registry: ToolRegistry) -> None:
    helm("registry", "logout", registry.host)
    message = helm.fails("show", "chart", f"oci://{registry.host}/{REPOSITORY}", "--version", "0.1.0")
    contains("message after the logout", message, "401")


def write_chart(helm: Tool, version: str) -> None:
    templates = helm.home / "hello/templates"
    templates.mkdir(parents=True, exist_ok=True)
    (templates.parent / "Chart.yaml").write_text(f"apiVersion: v2\nname: hello\nversion: {version}\n")
    settings = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
    (templates / "settings.yaml").write_text(settings)


CHECKS: Final[Mapping[str, Callable[[Tool, ToolRegistry], None]]] = {
    "login": login,
    "push": push,
    "pull": pull,
    "show": show,
    "template": template,
    "logout": logout,
}
