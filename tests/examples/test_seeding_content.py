from collections.abc import Callable
from pathlib import Path

import pytest

from fake_registry import FakeRegistry


def test_content_of_every_kind(acr: FakeRegistry) -> None:
    image = acr.push_image("dev/web:1.0", layers=[b"layer"], annotations={"team": "web"})
    index = acr.push_index("dev/web:multi", platforms=["linux/amd64", "linux/arm64"])
    sbom = acr.push_artifact("dev/web", artifact_type="application/spdx+json", subject=image)

    assert [child.tag for child in index.children] == [None, None]
    assert sbom.descriptor.artifact_type == "application/spdx+json"


def test_content_of_another_registry(acr: FakeRegistry, make_acr: Callable[..., FakeRegistry]) -> None:
    upstream = make_acr()
    upstream.push_image("library/base:1.0")

    acr.import_image(upstream, "library/base:1.0", image="mirror/base:1.0")
    assert acr.repositories() == ("mirror/base",)


def test_content_of_a_layout(acr: FakeRegistry, tmp_path: Path) -> None:
    acr.push_image("dev/web:1.0")
    layout = acr.save_layout(tmp_path / "layout")
    acr.reset()

    [image] = acr.load_layout(layout)
    assert acr.image("dev/web:1.0") == image


@pytest.mark.acr_image("dev/web:1.0", "dev/api:1.0")
def test_state_is_restored(acr: FakeRegistry) -> None:
    before = acr.snapshot()
    acr.push_image("dev/web:2.0")

    acr.restore(before)
    assert acr.tags("dev/web") == ("1.0",)
