"""Effects that send clients to other hosts."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Final, Literal
from urllib.parse import quote

from fake_registry.arguments import check_fields
from fake_registry.clock import SECOND_NS
from fake_registry.http.answers import Answer, redirect
from fake_registry.http.call import Call
from fake_registry.http.faults.header_text import check_host
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.errors import RegistryError

_LONGEST_S: Final = 30 * 24 * 60 * 60

_SAFE: Final = "/:@!$&'()*+,;=-._~"
"""The characters of a path that are not encoded (RFC 3986 §3.3)."""


@dataclass(frozen=True)
class RedirectTo:
    """The client is redirected to `host`: for a blob to signed storage there, else to the same path.

    Nothing else is done. `host` may have a port. The URL for a `blob.get` expires after `expires`
    seconds of the registry's clock: 20 minutes by default; with 0 it has expired already. Storage
    refuses an Authorization header, which a client must not send there. A request for a blob that
    is not there is refused as usual. Any other request is sent to its own path and query.
    """

    default_when: ClassVar[When] = "before"

    host: str
    expires: float | None = None
    _: KW_ONLY
    status: Literal[307, 308] = 307

    def __post_init__(self) -> None:
        check_fields(self)
        check_host("host", self.host)
        if self.expires is not None and not 0 <= self.expires <= _LONGEST_S:
            expected = f"expected expires from 0 to {_LONGEST_S} seconds"
            raise ValueError(f"{expected}, found {self.expires}")

    def on_request(self, scene: Scene) -> Call | Answer:
        call = scene.call
        if call.endpoint.name is not EndpointName.BLOB_GET:
            return redirect(self._url_of(call), status=self.status)

        try:
            scene.registry.stat_blob(call.repository, call.digest)
        except RegistryError as error:
            scene.note_no_effect(f"the registry refuses the request: {error.code}")
            return call

        lifetime_ns = None if self.expires is None else round(self.expires * SECOND_NS)
        url = scene.storage_url(self.host, lifetime_ns=lifetime_ns)
        return redirect(url, {"Docker-Content-Digest": call.digest}, status=self.status)

    def _url_of(self, call: Call) -> str:
        request = call.request
        query = f"?{request.query}" if request.query else ""
        return f"{request.scheme}://{self.host}{quote(request.path, safe=_SAFE)}{query}"
