"""Planted bugs in times: of tags and manifests, and the expiry of tokens, uploads and storage URLs."""

from datetime import timedelta
from typing import Final

from fake_registry import FakeRegistry, ManualClock
from tests.support.http import LAYER, begin, put_image, send
from tests.support.logins import entra_token
from tests.support.planted.bug import PlantedBug, Witness
from tests.support.planted.editing import edit
from tests.support.planted.steps import ACR, A, artifact, blob_target, json_of, put_index, status_of
from tests.support.planted.tokens import WITH_TOKENS, add_tokens, bearer, header_of, post_form, read_token

DAY: Final = 86_400

ACCESS_SECONDS: Final = 4_500
ANONYMOUS_SECONDS: Final = 1_200
REFRESH_SECONDS: Final = 11_700
UPLOAD_SECONDS: Final = 7 * DAY
STORAGE_SECONDS: Final = 20 * 60


def advance(registry: FakeRegistry, seconds: float) -> None:
    """Move the clock of a registry that `registry_of` has made."""
    assert isinstance(registry.clock, ManualClock)
    registry.clock.advance(timedelta(seconds=seconds))


def times_at(registry: FakeRegistry, target: str, level: str) -> tuple[str, str]:
    found = json_of(registry, target)
    document = found[level] if level else found
    return document["createdTime"], document["lastUpdateTime"]


def move_a_tag(registry: FakeRegistry) -> object:
    """Return whether a tag that moves keeps its createdTime, and whether it is updated."""
    put_index(registry, artifact(1), "v1")
    created, updated = times_at(registry, f"{ACR}/_tags/v1", "tag")
    put_index(registry, artifact(2), "v1")
    created_after, updated_after = times_at(registry, f"{ACR}/_tags/v1", "tag")
    return created_after == created, updated_after > updated


def tag_a_manifest_again(registry: FakeRegistry) -> object:
    """Return whether a second tag leaves the times of its manifest as they are."""
    digest = put_index(registry, artifact(1), "v1")
    before = times_at(registry, f"{ACR}/_manifests/{digest}", "manifest")
    put_index(registry, artifact(1), "v2")
    return times_at(registry, f"{ACR}/_manifests/{digest}", "manifest") == before


def use_a_token_after(seconds: float) -> Witness:
    """Return a witness that uses an access token when it was issued, and some seconds later."""

    def witness(registry: FakeRegistry) -> object:
        add_tokens(registry)
        headers = header_of(registry, "puller", f"repository:{A}:pull")
        at_once = status_of(registry, "GET", f"/v2/{A}/tags/list", headers=headers)
        advance(registry, seconds)
        return at_once, status_of(registry, "GET", f"/v2/{A}/tags/list", headers=headers)

    return witness


def use_an_anonymous_token_late(registry: FakeRegistry) -> object:
    headers = bearer(read_token(registry, {}, f"repository:{A}:pull"))
    advance(registry, ANONYMOUS_SECONDS + 5)
    return status_of(registry, "GET", f"/v2/{A}/tags/list", headers=headers)


def use_a_refresh_token_late(registry: FakeRegistry) -> object:
    exchanged = post_form(registry, "/oauth2/exchange", grant_type="access_token", access_token=entra_token(oid="a"))
    advance(registry, REFRESH_SECONDS + 5)
    found = post_form(
        registry,
        "/oauth2/token",
        grant_type="refresh_token",
        refresh_token=exchanged.json["refresh_token"],
        scope=f"repository:{A}:pull",
    )
    return exchanged.status, found.status


def add_to_an_upload_before_it_expires(registry: FakeRegistry) -> object:
    """Add to an upload after six days, and ask for its status after another three."""
    location = begin(registry, A)
    advance(registry, 6 * DAY)
    location = send(registry, "PATCH", location, b"four").header("Location")
    advance(registry, 3 * DAY)
    return status_of(registry, "GET", location)


def add_to_an_upload_after_it_expired(registry: FakeRegistry) -> object:
    location = begin(registry, A, b"four")
    advance(registry, 8 * DAY)
    return status_of(registry, "PATCH", location, b"more")


def leave_an_upload_for_a_day(registry: FakeRegistry) -> object:
    location = begin(registry, A, b"four")
    advance(registry, DAY)
    return status_of(registry, "GET", location)


def use_a_storage_url_late(registry: FakeRegistry) -> object:
    put_image(registry, A, "v1")
    _, _, target = send(registry, "GET", blob_target(LAYER)).header("Location").partition(".data.azurecr.io")
    advance(registry, STORAGE_SECONDS + 60)
    return send(registry, "GET", target, host="fake.eastus.data.azurecr.io").status


TIMES: Final = (
    PlantedBug(
        name="tag-that-moves-is-created-anew",
        kind="times",
        profile="acr",
        plant=edit(
            "core.content:_point",
            "replace(before, digest=digest, updated=now)",
            "replace(before, digest=digest, created=now, updated=now)",
        ),
        witness=move_a_tag,
        right=(True, True),
    ),
    PlantedBug(
        name="another-tag-updates-its-manifest",
        kind="times",
        profile="acr",
        plant=edit("core.content:_store", "updated = before.updated", "updated = now"),
        witness=tag_a_manifest_again,
        right=True,
    ),
    PlantedBug(
        name="tag-that-moves-is-not-updated",
        kind="times",
        profile="acr",
        plant=edit(
            "core.content:_point",
            "replace(before, digest=digest, updated=now)",
            "replace(before, digest=digest)",
        ),
        witness=move_a_tag,
        right=(True, True),
    ),
    PlantedBug(
        name="access-token-is-good-for-a-second-after-its-expiry",
        kind="expiry",
        part="time machine",
        plant=edit(
            "auth.tokens:check_expiry",
            "now >= expiry * SECOND_NS",
            "now // SECOND_NS > expiry",
        ),
        witness=use_a_token_after(ACCESS_SECONDS),
        right=(404, 401),
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="access-token-does-not-expire",
        kind="expiry",
        part="time machine",
        plant=edit(
            "auth.tokens:Issuer.verify",
            'check_expiry(claims["exp"], now=now)',
            'check_expiry(claims["exp"], now=now if claims["grant_type"] == "refresh_token" else 0)',
        ),
        witness=use_a_token_after(2 * DAY),
        right=(404, 401),
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="refresh-token-does-not-expire",
        kind="expiry",
        part="time machine",
        plant=edit(
            "auth.tokens:Issuer.verify",
            'check_expiry(claims["exp"], now=now)',
            'check_expiry(claims["exp"], now=0 if claims["grant_type"] == "refresh_token" else now)',
        ),
        witness=use_a_refresh_token_late,
        right=(200, 401),
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="anonymous-token-lives-as-long-as-that-of-a-user",
        kind="expiry",
        part="time machine",
        plant=edit(
            "auth.tokens:Issuer.mint_anonymous_token",
            "self._settings.anonymous_token_lifetime",
            "self._settings.access_token_lifetime",
        ),
        witness=use_an_anonymous_token_late,
        right=401,
        settings={"auth": "anonymous-pull", "tag_list_scope": "pull"},
    ),
    PlantedBug(
        name="upload-expires-by-its-start",
        kind="expiry",
        part="time machine",
        plant=edit("core.blobs:UploadSession.append", "touched=now", "touched=self.touched"),
        witness=add_to_an_upload_before_it_expires,
        right=204,
    ),
    PlantedBug(
        name="upload-with-content-does-not-expire",
        kind="expiry",
        part="time machine",
        plant=edit(
            "core.uploads:Uploads.drop_expired", "if session is not None and", "if session and not session.offset and"
        ),
        witness=add_to_an_upload_after_it_expired,
        right=404,
    ),
    PlantedBug(
        name="upload-expires-after-an-eighth-of-its-time",
        kind="expiry",
        part="time machine",
        plant=edit(
            "core.unfinished:Unfinished.__init__",
            "self._lifetime_ns = lifetime_ns",
            "self._lifetime_ns = lifetime_ns // 8",
        ),
        witness=leave_an_upload_for_a_day,
        right=204,
    ),
    PlantedBug(
        name="storage-url-does-not-expire",
        kind="storage permits",
        part="time machine",
        profile="acr",
        plant=edit("http.storage:_check_signature", "if end < now:", "if end < 0:"),
        witness=use_a_storage_url_late,
        right=403,
    ),
)
