"""A client's request to an endpoint, and the registry's response, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin

from fake_registry.spec.endpoints import Endpoint


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """A request to an endpoint, without the registry's URL and the Authorization header."""

    endpoint: Endpoint
    path: str
    """A quoted path, or the URL from a Location or a Link."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    scope: str = ""
    """The scope that a token usually needs for it. The registry's challenge may name another."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The repository, digest, tag or upload that it concerns: facts for an error."""

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.endpoint.method

    def url(self, registry: str) -> str:
        """Return the absolute URL at `registry`. The query in `path` is not quoted again."""
        url = urljoin(registry, self.path)
        if not self.query:
            return url

        separator = "&" if "?" in url else "?"
        return f"{url}{separator}{urlencode(self.query, safe=':/')}"


@dataclass(frozen=True, kw_only=True)
class CallResponse:
    """A registry's response to a `CallRequest`."""

    status: int
    url: str
    """The URL that responded, after redirects: a relative Location refers to it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return a header's value, None if it is absent. The name's case does not matter."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    @property
    def location(self) -> str | None:
        """The absolute URL in Location (RFC 9110 §10.2.2), None if it is absent."""
        target = self.header("Location")
        return None if target is None else urljoin(self.url, target.strip())
