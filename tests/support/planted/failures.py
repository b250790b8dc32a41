"""Planted bugs that failures show: bodies that break off, lost answers, and faults on purpose."""

from typing import Final

from fake_registry import FakeRegistry
from fake_registry.http.faults import Fault
from fake_registry.http.faults.connections import Disconnect
from fake_registry.spec.names import digest_of
from fake_registry.wsgi import ConnectionDropped
from tests.support.http import begin, put_image, send
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import INDEX, A, B, artifact, manifest_target, put_index, read_tag, status_of


def break_off_a_chunk(registry: FakeRegistry) -> object:
    """Send half of a chunk, and return the status and the range of the upload after it."""
    location = begin(registry, A, b"four")
    broken = send(registry, "PATCH", location, b"mo", length="4")
    status = send(registry, "GET", location)
    return broken.status, dict(status.headers).get("Range")


def break_off_a_closing_put(registry: FakeRegistry) -> object:
    location = begin(registry, A, b"four")
    broken = send(registry, "PUT", f"{location}&digest={digest_of(b'fourmore')}", b"mo", length="4")
    return broken.status, status_of(registry, "GET", location)


def break_off_a_push(registry: FakeRegistry) -> object:
    """Send half of a manifest to a tag, and return whether the tag is as it was."""
    digest = put_index(registry, artifact(1), "v1")
    content = artifact(2)
    kind, length = {"Content-Type": INDEX}, str(len(content))
    broken = send(registry, "PUT", manifest_target("v1"), content[:9], kind, length=length)
    return broken.status, read_tag(registry, "v1") == digest


def outcomes_of(registry: FakeRegistry, *targets: str) -> list[int | None]:
    """Return the status of each GET, None where the connection broke."""
    return [_outcome_of(registry, "GET", target) for target in targets]


def _outcome_of(registry: FakeRegistry, method: str, target: str) -> int | None:
    try:
        return status_of(registry, method, target)
    except ConnectionDropped:
        return None


def strike_twice(registry: FakeRegistry) -> object:
    registry.faults.add(Fault("base", Disconnect(), times=2))
    return outcomes_of(registry, *["/v2/"] * 4)


def skip_two(registry: FakeRegistry) -> object:
    registry.faults.add(Fault("base", Disconnect(), skip=2, times=1))
    return outcomes_of(registry, *["/v2/"] * 4)


def strike_one_repository(registry: FakeRegistry) -> object:
    for repository in (A, B):
        put_image(registry, repository, "v1")
    registry.faults.add(Fault("tags.list", Disconnect(), repository=A))
    return outcomes_of(registry, f"/v2/{A}/tags/list", f"/v2/{B}/tags/list")


def break_the_connection_before(registry: FakeRegistry) -> object:
    """Break the connection before a delete, and return whether the manifest is still there."""
    digest = put_index(registry, artifact(1), "v1")
    with registry.faults.add(Fault("manifest.delete", Disconnect(), when="before")):
        broken = _outcome_of(registry, "DELETE", manifest_target(artifact(1)))
    return broken, read_tag(registry, "v1") == digest


def lose_an_answer(registry: FakeRegistry) -> object:
    """Break the connection after a delete, and return whether the manifest is gone."""
    put_index(registry, artifact(1), "v1")
    with registry.faults.add(Fault("manifest.delete", Disconnect(), when="after")):
        broken = _outcome_of(registry, "DELETE", manifest_target(artifact(1)))
    return broken, read_tag(registry, "v1")


FAILURES: Final = (
    PlantedBug(
        name="chunk-that-broke-off-is-kept",
        kind="faults",
        part="fault machine",
        plant=edit(
            "http.request:_read",
            "raise SizeInvalid(reason, expected=length, found=received)",
            "return",
        ),
        witness=break_off_a_chunk,
        right=(400, "0-3"),
    ),
    PlantedBug(
        name="chunk-that-broke-off-takes-the-others-with-it",
        kind="faults",
        part="fault machine",
        plant=edit(
            "core.uploads:Uploads.append",
            "longer = session.append(room.count(content), now=now)",
            """
try:
    longer = session.append(room.count(content), now=now)
except Exception:
    with self._repositories.change(repository) as state:
        state.uploads[upload] = self._new_session(upload, now=session.started)
    raise
""",
        ),
        witness=break_off_a_chunk,
        right=(400, "0-3"),
    ),
    PlantedBug(
        name="upload-ends-with-a-closing-put-that-broke-off",
        kind="faults",
        part="fault machine",
        profile="acr",
        plant=edit("core.uploads:Uploads._close", "except DigestInvalid:", "except Exception:"),
        witness=break_off_a_closing_put,
        right=(400, 204),
    ),
    PlantedBug(
        name="tag-is-removed-by-a-push-that-broke-off",
        kind="faults",
        part="fault machine",
        plant=edit(
            "http.manifests:put_manifest",
            "manifest = _read(backend, call, media_type)",
            """
try:
    manifest = _read(backend, call, media_type)
except SizeInvalid:
    for tag in tags:
        if tag in backend.registry.list_tags(call.repository).items:
            backend.registry.delete_tag(call.repository, tag)
    raise
""",
        ),
        witness=break_off_a_push,
        right=(400, True),
    ),
    PlantedBug(
        name="fault-strikes-once-too-often",
        kind="faults",
        part="fault machine",
        plant=edit(
            "http.faults.plan:FaultPlan._count_hit",
            "counts.struck >= times",
            "counts.struck > times",
        ),
        witness=strike_twice,
        right=[None, None, 200, 200],
    ),
    PlantedBug(
        name="fault-skips-one-call-too-few",
        kind="faults",
        part="fault machine",
        plant=edit(
            "http.faults.plan:FaultPlan._count_call",
            "counts.concerned > fault.skip",
            "counts.concerned >= max(fault.skip, 1)",
        ),
        witness=skip_two,
        right=[200, 200, None, 200],
    ),
    PlantedBug(
        name="fault-of-one-repository-strikes-others",
        kind="faults",
        part="fault machine",
        plant=edit(
            "http.faults.fault:_is_of",
            "and matches(pattern, call.repository)",
            "and bool(pattern)",
        ),
        witness=strike_one_repository,
        right=[None, 200],
    ),
    PlantedBug(
        name="call-is-done-although-its-connection-broke-before",
        kind="faults",
        part="fault machine",
        plant=edit(
            "http.app:RegistryApp._before",
            'self._strike_request("before", passage)',
            """
try:
    self._strike_request("before", passage)
except ConnectionDropped:
    handle(self._backend, passage.matched_call)
    raise
""",
        ),
        witness=break_the_connection_before,
        right=(None, True),
    ),
    PlantedBug(
        name="call-is-undone-when-its-answer-is-lost",
        kind="faults",
        part="fault machine",
        plant=edit(
            "http.app:RegistryApp._handle",
            "passage.answer = handle(self._backend, call)",
            """
memory = self._backend.memory
before = memory.snapshot() if self._faults.active else None
passage.answer = handle(self._backend, call)
if any(one.fault.moment == "after" and one.fault.concerns(call) for one in self._faults):
    memory.restore(before)
""",
        ),
        witness=lose_an_answer,
        right=(None, 404),
    ),
)
