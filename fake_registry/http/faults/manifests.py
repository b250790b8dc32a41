"""Effects on manifests and on the list of their referrers."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.documents import (
    NoEffect,
    read_body,
    with_content,
)
from fake_registry.http.faults.scene import Scene, When
from fake_registry.http.manifests import is_accepted
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.errors import RegistryError, RouteUnknown
from fake_registry.spec.json_object import decode_object
from fake_registry.spec.media_types import MANIFESTS
from fake_registry.spec.names import algorithm_of, digest_of, is_digest
from fake_registry.wire.json_text import encode_json

_MIB: Final = 1024 * 1024

_READS: Final = (str(EndpointName.MANIFEST_GET), str(EndpointName.MANIFEST_HEAD))

_SUBJECT: Final = "OCI-Subject"


@dataclass(frozen=True)
class AlterManifest:
    """The manifest has one annotation more than the one that was pushed. Its digest shows it.

    The headers stay, but for the length. Unlike a manifest with a damaged byte it is valid JSON.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = (str(EndpointName.MANIFEST_GET),)

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        answer, content = read_body(answer)
        if answer.status != 200:
            scene.note_no_effect(f"the answer has status {answer.status}, and no manifest")
            return answer

        document = dict(decode_object(content))  # the registry stores nothing else
        present = document.get("annotations")
        annotations = present if isinstance(present, dict) else {}
        document["annotations"] = {**annotations, "altered": "by a fault"}
        return with_content(answer, encode_json(document))


@dataclass(frozen=True)
class BigManifest:
    """A manifest ends in blanks up to `size` bytes, beyond the 4 MiB that clients accept.

    Its digest in the headers is that of the longer text, so that a pull by tag is consistent.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = (str(EndpointName.MANIFEST_GET),)

    size: int = 4 * _MIB + 1

    def __post_init__(self) -> None:
        check_fields(self)
        if self.size < 1:
            raise ValueError(f"expected size of at least 1 byte, found {self.size}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        answer, content = read_body(answer)
        try:
            self._check(answer, content)
        except NoEffect as reason:
            scene.note_no_effect(str(reason))
            return answer

        longer, reference = content.ljust(self.size), scene.call.reference
        digest = digest_of(longer, algorithm_of(reference) if is_digest(reference) else "sha256")

        answer = with_content(answer, longer)
        answer = answer.setting("Docker-Content-Digest", digest)
        return answer.setting("ETag", f'"{digest}"')

    def _check(self, answer: Answer, content: bytes) -> None:
        if answer.status != 200:
            raise NoEffect(f"the answer has status {answer.status}, and no manifest")
        if len(content) >= self.size:
            raise NoEffect(f"expected a manifest of less than {self.size} bytes, found {len(content)}")


@dataclass(frozen=True)
class BlindToAccept:
    """The manifest comes in its stored type, whatever Accept says."""

    default_when: ClassVar[When] = "before"
    endpoints: ClassVar[tuple[str, ...]] = _READS

    def on_request(self, scene: Scene) -> Call:
        call = scene.call
        try:
            stored = scene.registry.stat_manifest(call.repository, call.reference)
        except RegistryError as error:
            scene.note_no_effect(f"the registry answers {error.code}")
            return call

        if is_accepted(scene.settings, call, stored.media_type):
            enforced = scene.settings.accept_enforced
            why = f"for this Accept, as for {stored.media_type}" if enforced else "(Settings.accept_enforced)"
            scene.note_no_effect(f"the registry sends the stored type {why}")
            return call

        environ = call.request.environ | {"HTTP_ACCEPT": ", ".join(sorted(MANIFESTS))}
        return replace(call, request=call.request._replace(environ=environ))


@dataclass(frozen=True)
class NoReferrersApi:
    """The registry has no list of referrers: 404, and a push confirms no subject.

    Clients must keep the list in a tag (distribution-spec, Referrers Tag Schema).
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = (
        str(EndpointName.REFERRERS_LIST),
        str(EndpointName.MANIFEST_PUT),
    )

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if scene.call.endpoint.name is EndpointName.REFERRERS_LIST:
            return scene.answer_for(RouteUnknown(path=scene.call.request.path))

        kept = answer.without(_SUBJECT)
        if kept == answer:
            scene.note_no_effect("the push confirms no subject: the manifest has none")
        return kept
