"""Actions: the pushes, pulls, uploads, mounts, deletions and logins that exchanges were for.

A request without credentials that was answered 401 is no action: many clients, the Azure SDK among
them, send each request so at first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import parse_qs

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_probe
from fake_registry.journal.text import name_text
from fake_registry.spec.endpoints import EndpointName


class ActionKind(Enum):
    """The kinds of actions, by the noun for one of them and the noun for several."""

    PUSH = ("push", "pushes")
    """A manifest that was stored."""
    PULL = ("pull", "pulls")
    """A manifest that was downloaded. HEAD, and an answer 304, transfer no manifest."""
    UPLOAD = ("upload", "uploads")
    """A blob that was uploaded."""
    MOUNT = ("mount", "mounts")
    """A blob that was mounted from another repository."""
    DELETION = ("deletion", "deletions")
    """A repository, tag, manifest or blob that was deleted."""
    LOGIN = ("login", "logins")
    """An access token that was issued."""

    @property
    def singular(self) -> str:
        """The noun for one action."""
        return self.value[0]

    @property
    def plural(self) -> str:
        """The noun for several actions."""
        return self.value[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistryAction:
    """A request in registry terms, whether or not it succeeded."""

    kind: ActionKind
    exchange: Exchange
    tags: tuple[str, ...] = ()
    """The tag in the path, or the tags that a push by digest has set."""
    digest: str | None = None
    """The manifest or blob; None where neither request nor answer has its digest."""
    source: str | None = None
    """The repository that a mount names in `from`."""

    @property
    def repository(self) -> str | None:
        """The repository; None for a login."""
        return self.exchange.repository

    @property
    def succeeded(self) -> bool:
        """Whether the answer says that it was done."""
        status = self.exchange.status
        if self.kind is ActionKind.DELETION:
            return status is not None and 200 <= status < 300
        return status == _STATUS_OF_SUCCESS[self.kind]

    def __str__(self) -> str:
        references = self.tags or (self.digest,)
        names = [name_text(self.repository, reference) for reference in references]
        return ", ".join(names) or self.exchange.host


def actions_in(exchanges: Iterable[Exchange], *kinds: ActionKind) -> list[RegistryAction]:
    """Return the actions of these kinds, or of all, in the order of the exchanges."""
    actions = [action for action in map(action_of, exchanges) if action is not None]
    return [action for action in actions if not kinds or action.kind in kinds]


def action_of(exchange: Exchange) -> RegistryAction | None:
    """Return the action that a request was for; None for any other request."""
    if is_probe(exchange):
        return None

    parse = _PARSERS.get(exchange.endpoint or "")
    return None if parse is None else parse(exchange)


def _manifest_action_of(exchange: Exchange, kind: ActionKind) -> RegistryAction:
    tags, digest = _reference_of(exchange)
    return RegistryAction(
        kind=kind,
        exchange=exchange,
        tags=tags or _confirmed_tags_of(exchange),
        digest=digest or _digest_in_answer_of(exchange),
    )


def _push_of(exchange: Exchange) -> RegistryAction:
    return _manifest_action_of(exchange, ActionKind.PUSH)


def _pull_of(exchange: Exchange) -> RegistryAction:
    return _manifest_action_of(exchange, ActionKind.PULL)


def _deletion_of(exchange: Exchange) -> RegistryAction:
    tags, digest = _reference_of(exchange)
    return RegistryAction(kind=ActionKind.DELETION, exchange=exchange, tags=tags, digest=digest)


def _upload_of(exchange: Exchange) -> RegistryAction:
    digest = _digest_in_answer_of(exchange) or _parameter_of(exchange, "digest")
    return RegistryAction(kind=ActionKind.UPLOAD, exchange=exchange, digest=digest)


def _mount_or_upload_of(exchange: Exchange) -> RegistryAction | None:
    """None for the start of an upload: it ends with another request."""
    mounted = _parameter_of(exchange, "mount")
    if mounted is not None:
        return RegistryAction(
            kind=ActionKind.MOUNT,
            exchange=exchange,
            digest=mounted,
            source=_parameter_of(exchange, "from"),
        )

    is_monolithic = _parameter_of(exchange, "digest") is not None
    return _upload_of(exchange) if is_monolithic else None


def _login_of(exchange: Exchange) -> RegistryAction:
    return RegistryAction(kind=ActionKind.LOGIN, exchange=exchange)


def _reference_of(exchange: Exchange) -> tuple[tuple[str, ...], str | None]:
    """Return the tag in the path, if any, and the digest in the path, if any."""
    reference = exchange.reference
    if reference is None:
        return (), None
    if ":" in reference:
        return (), reference
    return (reference,), None


def _confirmed_tags_of(exchange: Exchange) -> tuple[str, ...]:
    """Return the tags that a push by digest has set: a registry confirms each (OCI-Tag).

    The parameters of the request are not enough: a registry may not know them.
    """
    confirmed = [value for name, value in exchange.response_headers if name.lower() == "oci-tag"]
    return tuple([tag.strip() for value in confirmed for tag in value.split(",")])


def _digest_in_answer_of(exchange: Exchange) -> str | None:
    return exchange.response_header("Docker-Content-Digest")


def _parameter_of(exchange: Exchange, name: str) -> str | None:
    values = parse_qs(exchange.query, keep_blank_values=True).get(name)
    return values[0] if values else None


_PARSERS: Final[dict[str, Callable[[Exchange], RegistryAction | None]]] = {
    EndpointName.MANIFEST_PUT: _push_of,
    EndpointName.MANIFEST_GET: _pull_of,
    EndpointName.UPLOAD_START: _mount_or_upload_of,
    EndpointName.UPLOAD_FINISH: _upload_of,
    EndpointName.MANIFEST_DELETE: _deletion_of,
    EndpointName.BLOB_DELETE: _deletion_of,
    EndpointName.ACR_TAG_DELETE: _deletion_of,
    EndpointName.ACR_REPOSITORY_DELETE: _deletion_of,
    EndpointName.OAUTH_TOKEN: _login_of,
}
"""The function that reads the action from an exchange, by endpoint."""

_STATUS_OF_SUCCESS: Final = {
    ActionKind.PUSH: 201,
    ActionKind.PULL: 200,
    ActionKind.UPLOAD: 201,
    ActionKind.MOUNT: 201,
    ActionKind.LOGIN: 200,
}
"""The one status that says that the action was done. Deletions have several."""
