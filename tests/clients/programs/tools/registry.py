"""The registry as its control API shows it, which is compared after each command of a tool."""

import base64
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

TOKEN: Final = "pipeline"
PASSWORD: Final = "pipeline-s3cret"
PULLER: Final = "puller"
SECONDS: Final = 30


@dataclass(frozen=True)
class ToolRegistry:
    """A registry where a repository-scoped token may do everything."""

    url: str

    @property
    def host(self) -> str:
        return self.url.removeprefix("https://")

    def tags(self, repository: str) -> dict[str, str]:
        """Return the tags of a repository with their digests; none if there is no such repository."""
        found: dict[str, str] = self._repository(repository).get("tags", {})
        return found

    def digests(self, repository: str) -> list[str]:
        """Return the digests of all manifests of a repository, in order."""
        return sorted(each["digest"] for each in self._repository(repository).get("manifests", []))

    def referrers(self, repository: str, tag: str) -> dict[str, str]:
        """Return the digests of the referrers of a tag, each with its artifact type."""
        path = f"/v2/{repository}/referrers/{self.tags(repository)[tag]}"
        header = {"Authorization": f"Bearer {self._access_token(repository)}"}
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, headers=header), timeout=SECONDS
        ) as response:
            manifests = json.load(response)["manifests"]
        return {each["digest"]: each.get("artifactType", "") for each in manifests}

    def push_image(self, name: str, **members: object) -> str:
        """Push an image over the control API and return its digest."""
        digest: str = self.control("POST", "images", {"name": name, **members})["digest"]
        return digest

    def control(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Send a request to the control API and return the document of the answer, if any."""
        request = urllib.request.Request(
            f"{self.url}/_fake/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: status {error.code}: {error.read().decode()}") from error
        return json.loads(content) if content else None

    def _access_token(self, repository: str) -> str:
        url = f"{self.url}/oauth2/token?service={self.host}&scope=repository:{repository}:pull"
        basic = base64.b64encode(f"{TOKEN}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(url, headers={"Authorization": f"Basic {basic}"})
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            token: str = json.load(response)["access_token"]
        return token

    def _repository(self, name: str) -> Mapping[str, Any]:
        repositories = self.control("GET", "state")["repositories"]
        return next((each for each in repositories if each["name"] == name), {})


def make_tokens() -> ToolRegistry:
    """Return the registry that the environment names, with a token that may do everything and one that may pull."""
    registry = ToolRegistry(os.environ["REGISTRY_URL"])
    for name, scope_map in ((TOKEN, "_repositories_admin"), (PULLER, "_repositories_pull")):
        registry.control("POST", "tokens", {"name": name, "scope_map": scope_map, "password": PASSWORD})
    return registry
