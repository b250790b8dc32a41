"""A hint about manifests that were pulled, and pushed with other bytes.

It is one of the hints in `hints`.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

from fake_registry.journal.actions import ActionKind, RegistryAction, actions_in
from fake_registry.journal.evidence import Evidence
from fake_registry.spec.names import RepositoryName

_DIGEST: Final = re.compile(r"[a-z0-9]+:[a-f0-9]{64,128}")


def rewritten_copy(evidence: Evidence) -> str | None:
    """A manifest was pulled, and its JSON was pushed with other bytes: the test compares digests."""
    actions = _compared_actions(evidence)
    pushes = [action for action in actions if action.kind is ActionKind.PUSH]
    pulls = [action for action in actions if action.kind is ActionKind.PULL]

    for push in reversed(pushes):
        for pull in pulls:
            if _is_rewritten(evidence, pull, push):
                return _text_of(pull, push)
    return None


def _compared_actions(evidence: Evidence) -> list[RegistryAction]:
    """Return the pulls and pushes whose digests are in the failure, the first of each digest."""
    compared = frozenset(_DIGEST.findall(evidence.failure))
    found: dict[tuple[ActionKind, str], RegistryAction] = {}

    for action in actions_in(evidence.exchanges, ActionKind.PULL, ActionKind.PUSH):
        if action.succeeded and action.digest in compared:
            found.setdefault((action.kind, action.digest or ""), action)
    return list(found.values())


def _is_rewritten(evidence: Evidence, pull: RegistryAction, push: RegistryAction) -> bool:
    is_copy = pull.exchange.number < push.exchange.number and pull.digest != push.digest
    if not is_copy:
        return False

    pulled = next(_documents(evidence, pull), None)
    return pulled is not None and pulled == next(_documents(evidence, push), None)


def _documents(evidence: Evidence, action: RegistryAction) -> Iterator[object]:
    """Yield the JSON of the manifest, unless it is gone."""
    for manifest in evidence.content.manifests(RepositoryName(action.repository or "")):
        if manifest.digest == action.digest:
            yield json.loads(manifest.content)


def _text_of(pull: RegistryAction, push: RegistryAction) -> str:
    copy = f"#{push.exchange.number} pushed the JSON of #{pull.exchange.number} with other bytes"
    return f"{copy}, so {push} has another digest. Push the bytes that were pulled, not a dict of them."
