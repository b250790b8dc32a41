"""The content in the console: tags, digests, and the graph of a manifest."""

import json

import pytest
from playwright.sync_api import Page, expect

from fake_registry import FakeRegistry
from fake_registry.spec import media_types
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from fake_registry.spec.words import short_digest
from tests.support.browsers import PATIENCE_MS
from tests.support.console import rows_of, show_part

expect.set_options(timeout=PATIENCE_MS)


def put(registry: FakeRegistry, media_type: str, tag: str, **document: object) -> str:
    """Push a manifest to `dev/web`, and return its digest."""
    content = json.dumps({"schemaVersion": 2, "mediaType": media_type} | document).encode()
    manifest = read_manifest(content, media_type)
    registry.content.put_manifest(RepositoryName("dev/web"), manifest, tags=[Tag(tag)])
    return manifest.digest


def test_graph_of_a_signed_image_of_two_platforms(page: Page, registry: FakeRegistry) -> None:
    index = registry.push_index("dev/web:1.0", platforms=["linux/amd64", "linux/arm64"])
    registry.push_artifact("dev/web", artifact_type="application/vnd.example.signature", subject=index)
    part = show_part(page, "Content")
    rows_of(part).first.click()
    graph = part.get_by_role("list", name="Graph of the manifest")

    root = graph.locator("> li > details")
    expect(root.locator("> summary")).to_contain_text("index 1.0")
    below = root.locator("> ul > li > details > summary")
    expect(below).to_have_count(3)
    expect(below.nth(0)).to_contain_text("manifest image linux/amd64")
    expect(below.nth(1)).to_contain_text("manifest image linux/arm64")
    expect(below.nth(2)).to_contain_text("referrer artifact application/vnd.example.signature")
    first_image = root.locator("> ul > li").first.locator("ul summary")
    expect(first_image).to_have_count(2)
    expect(first_image.nth(0)).to_contain_text("config")
    expect(first_image.nth(1)).to_contain_text("layer")
    expect(part).to_contain_text("no flaws")


def test_tag_that_points_at_a_digest_is_found(page: Page, registry: FakeRegistry) -> None:
    registry.push_image("dev/api:1.0")
    digest = registry.push_image("dev/web:2.0", layers=[b"other"]).digest
    part = show_part(page, "Content")
    expect(rows_of(part)).to_have_count(2)
    part.get_by_label("Filter").fill(digest)

    expect(rows_of(part)).to_have_count(1)
    expect(rows_of(part)).to_contain_text("dev/web 2.0")
    expect(rows_of(part)).to_contain_text(short_digest(digest)[:15])
    part.get_by_label("Filter").fill("nothing")
    expect(part).to_contain_text("Change the filter.")


@pytest.mark.parametrize("prefix", ["http://127.0.0.1:5999/", "left.azurecr.io/", ""])
def test_name_is_found_as_a_client_writes_it(page: Page, registry: FakeRegistry, prefix: str) -> None:
    registry.push_image("dev/api:1.0")
    registry.push_image("dev/web:1.0")
    part = show_part(page, "Content")
    part.get_by_label("Filter").fill(f"{prefix}dev/web:1.0")
    expect(rows_of(part)).to_have_count(1)
    expect(rows_of(part)).to_contain_text("dev/web 1.0")


def test_images_are_found_by_the_digest_of_a_layer(page: Page, registry: FakeRegistry) -> None:
    registry.push_image("dev/api:1.0", layers=[b"other"])
    layer = registry.push_image("dev/web:1.0", layers=[b"common"]).layers[0]
    registry.push_image("dev/web:2.0", layers=[b"common", b"own"])
    part = show_part(page, "Content")
    expect(rows_of(part)).to_have_count(3)
    part.get_by_label("Filter").fill(layer.digest)
    expect(rows_of(part)).to_have_count(2)
    expect(rows_of(part)).to_contain_text(["dev/web 1.0", "dev/web 2.0"])


def test_image_leads_to_its_index_and_back(page: Page, registry: FakeRegistry) -> None:
    index = registry.push_index("dev/web:all", platforms=["linux/amd64", "linux/arm64"])
    part = show_part(page, "Content")
    row = rows_of(part).filter(has_text="linux/arm64")
    expect(row).to_contain_text("no tag")
    row.click()
    article = part.get_by_role("article")
    expect(article).to_contain_text("in 1 manifest and 2 blobs")

    article.get_by_role("button", name=f"index all {short_digest(index.digest)[:19]}").click()
    expect(part.locator("[aria-selected=true]")).to_contain_text("dev/web all")
    expect(article).to_contain_text("in 3 manifests and 4 blobs")
    article.get_by_role("button", name="Show this image").last.click()
    expect(part.locator("[aria-selected=true]")).to_contain_text("linux/arm64")
    expect(part.get_by_role("listbox")).to_be_focused()


def test_size_of_a_referrer_leaves_its_subject_out(page: Page, registry: FakeRegistry) -> None:
    image = registry.push_image("dev/web:1.0")
    registry.push_artifact("dev/web", artifact_type="application/vnd.example.signature", subject=image)
    part = show_part(page, "Content")
    rows_of(part).last.click()
    expect(part.get_by_role("article")).to_contain_text("in 1 manifest and 1 blob")


def test_empty_registry_offers_a_push(page: Page, registry: FakeRegistry) -> None:
    part = show_part(page, "Content")
    part.get_by_role("button", name="Push samples/hello:1.0").click()
    expect(rows_of(part)).to_contain_text("samples/hello 1.0")
    assert registry.repositories() == ("samples/hello",)


def test_image_that_goes_while_it_is_shown(page: Page, registry: FakeRegistry) -> None:
    registry.push_image("dev/web:1.0")
    part = show_part(page, "Content")
    rows_of(part).first.click()
    expect(part.get_by_role("list", name="Graph of the manifest")).to_be_visible()
    registry.reset()  # no request of a client: the page looks by itself

    expect(part).to_contain_text("dev/web:1.0 no longer has sha256:")
    expect(part).to_contain_text("No repository yet.")


def test_new_signature_of_the_shown_image_appears(page: Page, registry: FakeRegistry) -> None:
    image = registry.push_image("dev/web:1.0")
    part = show_part(page, "Content")
    rows_of(part).first.click()
    graph = part.get_by_role("list", name="Graph of the manifest")
    expect(graph).not_to_contain_text("referrer")
    registry.push_artifact("dev/web", artifact_type="application/vnd.example.signature", subject=image)
    expect(graph).to_contain_text("referrer artifact application/vnd.example.signature")


def test_flaws_are_said(page: Page, registry: FakeRegistry) -> None:
    registry.push_image("dev/api:1.0", config=b"{no json")
    subject = {"mediaType": media_types.OCI_MANIFEST, "digest": digest_of(b"never pushed"), "size": 3}
    put(registry, media_types.OCI_INDEX, "1.0", manifests=[], subject=subject)
    put(registry, "application/vnd.example+json", "2.0", manifests="none")
    part = show_part(page, "Content")
    graph = part.get_by_role("article", name="Manifest")

    for place, flaw in enumerate(
        [
            "the config is malformed: ",
            "subject image 3 bytes",
            "the media type is unknown: its references are not read",
        ]
    ):
        rows_of(part).nth(place).click()
        expect(graph).to_contain_text(flaw)
        expect(graph).to_contain_text("1 flaw")


def test_thousand_layers_are_folded(page: Page, registry: FakeRegistry) -> None:
    registry.push_image("dev/web:1.0", layers=[b"%d" % number for number in range(1_000)])
    part = show_part(page, "Content")
    rows_of(part).first.click()
    graph = part.get_by_role("list", name="Graph of the manifest")
    expect(graph).to_contain_text("1,000 layers")
    assert graph.locator("summary").count() < 10

    graph.get_by_text("1,000 layers").click()
    expect(graph.locator("summary")).to_have_count(1_003)


def test_click_counts_while_content_comes(page: Page, registry: FakeRegistry) -> None:
    registry.push_image("dev/web:1.0")
    part = show_part(page, "Content")
    rows_of(part).hover()
    page.mouse.down()
    registry.push_image("dev/zoo:1.0")
    expect(rows_of(part)).to_have_count(2)
    page.mouse.up()
    expect(part.get_by_role("article").get_by_role("heading")).to_have_text("dev/web:1.0")


@pytest.mark.parametrize("link", ["manifests", "subject"])
def test_long_chain_is_drawn_in_pieces(page: Page, registry: FakeRegistry, link: str) -> None:
    """1,500 indexes of which each has the next one, or refers to it."""
    links: dict[str, object] = {}
    for number in range(1_500):
        digest = put(registry, media_types.OCI_INDEX, "last", **{"manifests": [], **links})
        descriptor = {"mediaType": media_types.OCI_INDEX, "digest": digest, "size": 1}
        links = {link: [descriptor] if link == "manifests" else descriptor, "annotations": {"n": f"number {number}"}}
    page.set_viewport_size({"width": 360, "height": 700})
    part = show_part(page, "Content")
    part.get_by_label("Filter").fill("last")
    rows_of(part).first.click()
    article = part.get_by_role("article")
    expect(article).to_contain_text("1,500 nodes")
    names = article.locator("summary")
    expect(names).to_have_count(8)
    assert (names.last.bounding_box() or {"width": 0})["width"] > 80

    expect(article).to_contain_text("1 reference below this index: show it to see more.")
    expect(article).not_to_contain_text("number 1490")
    article.get_by_role("button", name="Show this index").last.click()
    expect(article).to_contain_text("number 1490")


def test_two_thousand_tags_are_few_elements(page: Page, registry: FakeRegistry) -> None:
    image = registry.push_image("dev/web")
    tags = [Tag(f"t{number:04}") for number in range(2_000)]
    registry.content.put_manifest(RepositoryName("dev/web"), image.manifest, tags=tags)
    part = show_part(page, "Content")

    expect(part).to_contain_text("2,000 tags and manifests in 1 repository")
    assert rows_of(part).count() < 60
    part.get_by_role("listbox").focus()
    page.keyboard.press("End")
    expect(part.locator("[aria-selected=true]")).to_contain_text("t1999")
    expect(part.get_by_role("article")).to_contain_text("and 1,900 more tags")
