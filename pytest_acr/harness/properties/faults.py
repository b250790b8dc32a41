"""What failures leave behind: lost connections, refusals, bodies that break off."""

from functools import partial
from typing import Final

from pytest_acr.harness.properties.property import new_property

_CONTROL: Final = "docs/how-to/control-api.md, Faults"
_EFFECTS: Final = "docs/reference/effects.md"
_INCOMPLETE: Final = "RFC 9112 §6.3 and §8"


_property: Final = partial(new_property, area="faults")


# calls that a fault strikes

KEPT: Final = _property(
    "fault-kept",
    "effect",
    "MUST",
    "distribution-spec v1.1.1, Push",
    "What was acknowledged before a failure, and is not concerned by it, is kept.",
)
NOT_DONE: Final = _property(
    "fault-not-done",
    "effect",
    "ACR",
    _EFFECTS,
    "A call that is struck at the door, or before it is done, changes nothing at all.",
)
DONE: Final = _property(
    "fault-done",
    "effect",
    "ACR",
    _EFFECTS,
    "A call whose answer is lost afterwards is done wholly.",
)
AGAIN: Final = _property(
    "fault-again",
    "effect",
    "MUST",
    "distribution-spec v1.1.1, Push",
    "A call that a failure has kept from being done succeeds when it is sent again.",
)
STRUCK: Final = _property(
    "fault-struck",
    "effect",
    "ACR",
    _EFFECTS,
    "A struck call is answered as its effect says: with a status, or with no answer.",
)
UNSTRUCK: Final = _property(
    "fault-unstruck",
    "effect",
    "ACR",
    _EFFECTS,
    "A call on which an effect has nothing to act is answered as usual.",
)

# counting

TIMES: Final = _property(
    "fault-times",
    "effect",
    "ACR",
    _CONTROL,
    "A fault strikes as many calls as `times` says, and no more.",
)
SKIP: Final = _property(
    "fault-skip",
    "effect",
    "ACR",
    _CONTROL,
    "A fault lets as many calls pass first as `skip` says.",
)
REPOSITORY: Final = _property(
    "fault-repository",
    "effect",
    "ACR",
    _CONTROL,
    "A fault of one repository strikes no call of another one, and does not count it.",
)
HITS: Final = _property(
    "fault-hits",
    "wording",
    "ACR",
    _CONTROL,
    "`hits` is the number of calls that were struck, `idle_hits` of those without an effect.",
)
ENDED: Final = _property(
    "fault-ended",
    "effect",
    "ACR",
    _CONTROL,
    "A fault that was removed strikes no call.",
)

# requests that break off

BROKEN_OFF: Final = _property(
    "broken-off-refused",
    "effect",
    "MUST",
    _INCOMPLETE,
    "A request whose body ends before its Content-Length is not answered with success.",
)
BROKEN_OFF_CHUNK: Final = _property(
    "broken-off-chunk",
    "effect",
    "MUST",
    _INCOMPLETE,
    "An upload is as it was after a chunk, or its end, that broke off.",
)
BROKEN_OFF_PUSH: Final = _property(
    "broken-off-push",
    "effect",
    "MUST",
    _INCOMPLETE,
    "A blob or manifest whose push broke off is absent, and a tag is as it was.",
)

FAULTS: Final = (
    *(KEPT, NOT_DONE, DONE, AGAIN, STRUCK, UNSTRUCK, TIMES, SKIP, REPOSITORY, HITS, ENDED),
    *(BROKEN_OFF, BROKEN_OFF_CHUNK, BROKEN_OFF_PUSH),
)
