// Repositories, their tags and manifests; and one manifest as a graph.

import { escapePath, get, post } from "./api.js";
import { button, element, keepFocus, labelled, showBelow } from "./dom.js";
import { bytesText, countText, shortDigest } from "./format.js";
import { showGraph } from "./graph.js";
import { attempt } from "./notices.js";
import { Reading } from "./reading.js";
import { VirtualList } from "./virtual_list.js";

export class ContentPart {
  constructor(place) {
    this.rows = [];
    this.chosen = null;
    this.drawn = ""; // the graph that is shown, as JSON
    this.layers = null; // the layers of each image, once a filter needs them
    this.reading = new Reading(() => get("state"), (state) => this.show(state),
      (text) => this.empty.textContent = text);
    this.text = element("input", {
      type: "search", size: 36, placeholder: "repository, tag, digest, digest of a layer", oninput: () => this.filter(),
    });
    this.count = element("p", { class: "quiet", role: "status" });
    this.empty = element("div", { class: "empty" });
    this.graph = element("article", { "aria-label": "Manifest" },
      element("p", { class: "quiet" }, "Choose a tag or a manifest to see its parts, and what refers to it."));
    this.list = new VirtualList("Tags and manifests", {
      rowHeight: 50, render: rowOf, onChoose: (row, isClick) => this.open(row, isClick),
    });
    place.append(
      element("h2", { id: "content-title" }, "Content"),
      element("div", { class: "bar" },
        labelled("Filter", this.text), button("Read again", () => this.refresh()), this.count),
      this.empty,
      element("div", { class: "split" }, this.list.box, this.graph));
  }

  refresh() {
    return this.reading.refresh();
  }

  show(state) {
    this.repositories = state.repositories.length;
    const known = new Map(this.rows.map((row) => [JSON.stringify(row), row]));
    // a row that has not changed stays the same object, and the list keeps its element
    this.rows = state.repositories.flatMap(rowsOf).map((row) => known.get(JSON.stringify(row)) ?? row);
    this.layers = null;
    this.filter();
    const isGone = this.chosen && !this.rows.some((row) => isSame(row, this.chosen));
    if (isGone) this.showGone();
    else if (this.chosen) this.open(this.chosen); // it may have a new referrer
  }

  filter() {
    const wanted = withoutHost(this.text.value.trim().toLowerCase());
    let items = this.rows.filter((row) => row.words.includes(wanted));
    if (items.length === 0 && /sha256:[0-9a-f]{6}/.test(wanted)) {
      items = this.rows.filter((row) => this.layers?.get(nameOf(row))?.includes(wanted));
      if (this.layers === null) this.readLayers();
    }
    this.list.setItems(items, { keepChoice: this.chosen && ((row) => isSame(row, this.chosen)) });
    const repositories = countText(this.repositories ?? 0, "repository", "repositories");
    const text = `${countText(items.length, "tag or manifest", "tags and manifests")} in ${repositories}`;
    if (this.count.textContent !== text) this.count.textContent = text;
    this.showEmpty(items.length);
  }

  // The state has no layers: they are read when a digest is none of a manifest.
  async readLayers() {
    this.layers = new Map(); // being read
    const found = await attempt(() => get("images"));
    if (!found) return;
    this.layers = new Map(found.images.map(({ repository, digest, layers }) =>
      [`${repository}@${digest}`, layers.map((layer) => layer.digest).join(" ")]));
    this.filter();
  }

  showEmpty(shown) {
    this.empty.hidden = shown > 0;
    if (shown > 0) return;
    this.empty.replaceChildren(this.rows.length > 0
      ? element("p", {}, "Nothing has this text in its repository, tag or digest. Change the filter.")
      : element("p", {}, `No repository yet. Push with a client, such as docker push ${location.host}/samples/hello:1.0, `,
        "or make a small image here: ", button("Push samples/hello:1.0", () => this.pushSample())));
  }

  async pushSample() {
    await attempt(() => post("images", { name: "samples/hello:1.0" }), "samples/hello:1.0 was pushed.");
    await this.refresh();
  }

  // Show another manifest of the repository, and choose its row if the filter shows it.
  openNode(repository, { digest, tags }) {
    const isWanted = (row) => row.repository === repository && row.digest === digest;
    const place = this.list.items.findIndex(isWanted);
    if (place >= 0) this.list.choose(place);
    else this.open(this.rows.find(isWanted) ?? rowFor(repository, tags[0] ?? null, digest));
    this.list.box.focus();
  }

  async open(row, isClick = false) {
    this.chosen = row;
    const name = nameOf(row);
    try {
      const graph = await get(`graph/${escapePath(name)}`);
      // another row may have been chosen since, and its answer may have come first
      if (this.chosen !== row) return;
      this.draw(row, graph);
      if (isClick) showBelow(this.graph);
    } catch (error) {
      if (this.chosen !== row) return;
      this.drawn = "";
      this.graph.replaceChildren(
        element("h3", {}, row.tag ? `${row.repository}:${row.tag}` : name),
        element("p", { class: "bad" }, error.message));
    }
  }

  // What has not changed is not drawn again: what the user has folded stays so.
  draw(row, graph) {
    const text = JSON.stringify([row.tag, graph]);
    if (text === this.drawn) return;
    this.drawn = text;
    keepFocus(() => showGraph(this.graph, graph, row.tag, (node) => this.openNode(row.repository, node)));
  }

  showGone() {
    this.drawn = "";
    const { repository, tag, digest } = this.chosen;
    this.chosen = null;
    this.graph.replaceChildren(element("p", { class: "bad" },
      `${repository}${tag ? `:${tag}` : ""} no longer has ${shortDigest(digest)}: it was deleted, moved or reset.`));
  }
}

const nameOf = ({ repository, digest }) => `${repository}@${digest}`;

// A name as clients write it has the host of the registry before that of the repository.
function withoutHost(text) {
  const name = text.replace(/^https?:\/\//, "");
  const [first] = name.split("/", 1);
  const isHost = first === location.host || /:\d+$|\.azurecr\.[a-z]+$/.test(first);
  return isHost && first !== name ? name.slice(first.length + 1) : text;
}

const isSame = (one, other) =>
  one.repository === other.repository && one.tag === other.tag && one.digest === other.digest;

// Return a row for each tag, and for each manifest without a tag.
function rowsOf({ name, manifests, tags }) {
  const known = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const tagged = Object.entries(tags).map(([tag, digest]) => rowFor(name, tag, digest, known.get(digest)));
  const others = manifests.filter((manifest) => manifest.tags.length === 0);
  return [...tagged, ...others.map((manifest) => rowFor(name, null, manifest.digest, manifest))];
}

function rowFor(repository, tag, digest, manifest) {
  const words = `${repository}${tag === null ? "" : `:${tag}`} ${repository}@${digest}`.toLowerCase();
  return { repository, tag, digest, manifest, words };
}

function rowOf({ repository, tag, digest, manifest }) {
  const kind = manifest
    ? [manifest.platform, bytesText(manifest.image_size), manifest.media_type].filter(Boolean).join(" · ")
    : "its manifest is absent";
  return [
    element("div", {}, `${repository} `,
      tag === null ? element("span", { class: "quiet" }, "no tag") : element("span", { class: "tag" }, tag)),
    element("div", { class: "quiet mono" }, `${shortDigest(digest)} · ${kind}`),
  ];
}
