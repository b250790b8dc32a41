"""The length of a body, for effects that need a number of bytes to act on.

Each function notes on the scene that the effect had no effect, where the body is too short.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.scene import Scene


def is_short_response(scene: Scene, answer: Answer, needed: int) -> bool:
    """Return whether the response is known to have fewer bytes than `needed`."""
    endpoint = scene.call.endpoint
    if scene.call.request.method == "HEAD":
        get = endpoint.name.replace(".head", ".get")
        scene.note_no_effect(f"the answer to HEAD has no body; the body is in {get}")
        return True

    if answer.status in (204, 304):
        scene.note_no_effect(f"an answer of status {answer.status} has no body")
        return True

    length = answer.header("Content-Length")
    if length is None or int(length) >= needed:
        return False
    note_short(scene, "response", int(length), needed)
    return True


def is_short_request(scene: Scene, needed: int) -> bool:
    """Return whether the request is known to have fewer bytes than `needed`."""
    length = scene.call.body.length
    if length is None or length >= needed:
        return False

    if length:
        note_short(scene, "request", length, needed)
    else:
        method = scene.call.request.method
        remedy = "with when='after' the fault acts on the response"
        scene.note_no_effect(f"the body of this {method} is empty; {remedy}")
    return True


def alter_request(
    scene: Scene,
    change: Callable[[Iterable[bytes]], Iterator[bytes]],
) -> Call:
    """Return the call with the pieces of its body that `change` yields.

    The effect has none, unless `change` calls `Scene.note_effect`: a registry that refuses a call
    may not read its body.
    """
    scene.await_effect("the registry has not read so much of the request's body")
    return replace(scene.call, body=scene.call.body.alter(change))


def note_short(scene: Scene, message: str, found: int, needed: int) -> None:
    """Note that a request or a response has `found` bytes, fewer than `needed`."""
    scene.note_no_effect(f"the body of the {message} has {found} bytes, and {needed} are needed")
