"""The scopes that a call requires of the caller's token, and how the token changes the call."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from fake_registry.auth.authority import Authority, Grant
from fake_registry.auth.scopes import Scope, grants
from fake_registry.http.blobs import mount_of
from fake_registry.http.call import Call
from fake_registry.settings import Settings
from fake_registry.spec.endpoints import TAG_LIST, EndpointName
from fake_registry.spec.errors import DigestInvalid, NameInvalid
from fake_registry.spec.names import RepositoryName

_TAG_LIST_ALONE: Final = (TAG_LIST,)
_PULL_ANYWHERE: Final = (Scope("repository", "*", ("pull",)),)


def authorize(call: Call, authority: Authority, settings: Settings, *, now: int) -> Grant:
    """Return the caller of a call if it holds the scopes that the call requires. Unauthorized."""
    return authority.authorize(
        call.request.header("Authorization"),
        scopes_of(call, settings),
        service=call.request.host,
        now=now,
    )


def scopes_of(call: Call, settings: Settings) -> tuple[Scope, ...]:
    """Return the scopes that the caller's token must hold (acr-behaviour 3.2).

    They are for the repository in the path, and for the source of a mount.
    """
    needs = call.endpoint.needs
    if not needs:
        return ()
    if call.endpoint.resource == "catalog":
        return (Scope("registry", "catalog", needs),)

    actions = (settings.tag_list_scope,) if needs == _TAG_LIST_ALONE else needs
    target = Scope("repository", call.repository, actions)
    source = _mount_source_of(call) if _is_mount(call) else None
    return (target,) if source is None else (target, Scope("repository", source, ("pull",)))


def call_granted(call: Call, grant: Grant) -> Call:
    """Return the call with `reads_all` set, which only a mount without a source needs.

    Such a mount may read any repository that has the blob. No challenge asks for that scope, so
    the mount is offered to callers that may pull from every repository.
    """
    if not _is_mount(call):
        return call
    return replace(call, reads_all=grants(grant.access, _PULL_ANYWHERE))


def _is_mount(call: Call) -> bool:
    return call.endpoint.name is EndpointName.UPLOAD_START and "mount" in call.query


def _mount_source_of(call: Call) -> RepositoryName | None:
    # The token is checked first: a malformed digest or name is for the handler to refuse.
    with suppress(DigestInvalid, NameInvalid):
        return mount_of(call)[1]
    return None
