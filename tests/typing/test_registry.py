"""A registry, its settings and clock, and the looks at its content."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import assert_type

import pytest

from fake_registry import (
    ChangedAttribute,
    Clock,
    Descriptor,
    FakeRegistry,
    ImageRef,
    ManualClock,
    MovedTag,
    RegistryDiff,
    RegistryError,
    RegistryServer,
    RegistryTree,
    Settings,
    Snapshot,
    SystemClock,
)


def new_registry(clock: Clock | None = None) -> FakeRegistry:
    settings = Settings(profile="oci", auth="off", default_page_size=10, upload_lifetime=timedelta(hours=1))
    return FakeRegistry(settings.evolve(name="mine"), clock=clock)


def test_settings_have_the_types_of_their_fields() -> None:
    settings = new_registry().settings

    assert_type(settings, Settings)
    assert_type(settings.name, str)
    assert_type(settings.default_page_size, int | None)
    assert_type(settings.upload_lifetime, timedelta)
    assert_type(settings.blob_redirect, bool)
    assert settings.login_server == "mine.azurecr.io"


def test_clocks_are_of_the_protocol() -> None:
    manual, system = ManualClock(0), SystemClock()
    clocks: list[Clock] = [manual, system]

    manual.advance(timedelta(minutes=1))
    manual.advance(0.5)

    assert assert_type(manual.now_utc(), datetime) < assert_type(system.now_utc(), datetime)
    assert [assert_type(clock.now(), int) > 0 for clock in clocks] == [True, True]
    assert assert_type(new_registry(manual).clock, Clock) is manual


def test_pushed_image_has_typed_parts() -> None:
    registry = new_registry()

    image = registry.push_image("dev/web:1.0", layers=[b"layer"], config={"os": "linux"}, annotations={"a": "b"})
    index = registry.push_index("dev/web:multi", manifests=[image])
    artifact = registry.push_artifact("dev/web", artifact_type="application/x", subject=image, blobs=[b"sbom"])
    references: list[ImageRef] = [image, index, artifact]

    assert_type(image.descriptor, Descriptor)
    assert_type(index.children, tuple[ImageRef, ...])
    assert index.children == (image,)
    assert [assert_type(one.size, int) > 0 for one in references] == [True, True, True]
    assert assert_type(image.content, bytes)
    assert assert_type(image.media_type, str) == image.descriptor.media_type
    as_text: str = image.digest
    assert as_text.startswith("sha256:")


def test_content_is_read_by_name() -> None:
    registry = new_registry()
    image = registry.push_image("dev/web:1.0")

    assert assert_type(registry.repositories(), tuple[str, ...]) == ("dev/web",)
    assert assert_type(registry.tags("dev/web"), tuple[str, ...]) == ("1.0",)
    assert assert_type(registry.digests("dev/web"), tuple[str, ...]) == (image.digest,)
    assert assert_type(registry.image("dev/web:1.0"), ImageRef) == image
    assert assert_type("dev/web:1.0" in registry, bool)
    assert_type(registry.tree(limit=3), RegistryTree)
    assert assert_type(registry.tree().lines, tuple[str, ...])
    assert assert_type(registry.tree().left_out, int) == 0


def test_changes_since_a_snapshot_are_typed() -> None:
    registry = new_registry()
    registry.push_image("dev/web:1.0", layers=[b"old"])
    snapshot = registry.snapshot()

    registry.push_image("dev/web:1.0", layers=[b"new"])
    changes = registry.diff(snapshot)

    assert_type(snapshot, Snapshot)
    assert_type(changes, RegistryDiff)
    assert_type(changes.attributes_changed, tuple[ChangedAttribute, ...])
    [moved] = assert_type(changes.tags_moved, tuple[MovedTag, ...])
    assert assert_type(moved.tag, str) == "dev/web:1.0"
    registry.restore(snapshot)
    assert not registry.diff(snapshot)


def test_changed_attribute_is_a_tuple_of_four() -> None:
    item, attribute, before, after = ChangedAttribute("dev/web", "writeEnabled", before=True, after=False)

    assert (assert_type(item, str), assert_type(attribute, str)) == ("dev/web", "writeEnabled")
    assert (assert_type(before, object), assert_type(after, object)) == (True, False)


def test_error_of_a_registry_has_a_code_and_facts() -> None:
    with pytest.raises(RegistryError) as caught:
        new_registry().image("absent:1.0")

    assert assert_type(caught.value.code, str) == "NAME_UNKNOWN"
    assert assert_type(caught.value.reason, str)


def test_permissions_have_typed_methods() -> None:
    registry = FakeRegistry()

    registry.grant("ci@example.com", "AcrPull", repository="samples/*")
    token = registry.add_token("pipeline", {"samples/*": ["content/read"]}, password="secret")

    assert assert_type(token.passwords, tuple[str, ...]) == ("secret",)
    assert [assert_type(one.role, str) for one in registry.roles] == ["AcrPull"]
    registry.revoke("ci@example.com")
    registry.remove_token("pipeline")


def test_layout_is_saved_and_loaded(tmp_path: Path) -> None:
    registry = new_registry()
    registry.push_image("dev/web:1.0")

    folder = assert_type(registry.save_layout(tmp_path / "layout"), Path)

    [loaded] = assert_type(new_registry().load_layout(folder), tuple[ImageRef, ...])
    assert loaded.repository == "dev/web"


def test_server_has_an_address() -> None:
    with assert_type(new_registry().serve(idle_seconds=5), RegistryServer) as server:
        assert assert_type(server.url, str) == f"http://127.0.0.1:{assert_type(server.port, int)}"
        assert assert_type(server.ca_file, Path | None) is None


def test_trust_ends_by_a_function() -> None:
    end_trust = assert_type(new_registry().trust(None), Callable[[], None])
    end_trust()
