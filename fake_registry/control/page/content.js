// Repositories, their tags and manifests; and one manifest as a graph.

import { escapePath, get, post } from "./api.js";
import { button, element, labelled } from "./dom.js";
import { bytesText, countText, shortDigest } from "./format.js";
import { showGraph } from "./graph.js";
import { attempt } from "./notices.js";
import { Reading } from "./reading.js";
import { VirtualList } from "./virtual_list.js";

export class ContentPart {
  constructor(place) {
    this.rows = [];
    this.chosen = null;
    this.reading = new Reading(() => get("state"), (state) => this.show(state),
      (text) => this.empty.textContent = text);
    this.text = element("input", {
      type: "search", size: 30, placeholder: "repository, tag or digest", oninput: () => this.filter(),
    });
    this.count = element("p", { class: "quiet", role: "status" });
    this.empty = element("div", { class: "empty" });
    this.graph = element("article", { "aria-label": "Manifest" });
    this.list = new VirtualList("Tags and manifests", {
      rowHeight: 50, render: rowOf, onChoose: (row) => this.open(row),
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
    this.rows = state.repositories.flatMap(rowsOf);
    this.filter();
    const isGone = this.chosen && !this.rows.some((row) => isSame(row, this.chosen));
    if (isGone) this.showGone();
  }

  filter() {
    const wanted = this.text.value.trim().toLowerCase();
    const items = this.rows.filter((row) => row.words.includes(wanted));
    this.list.setItems(items, { keepChoice: this.chosen && ((row) => isSame(row, this.chosen)) });
    const repositories = countText(this.repositories ?? 0, "repository", "repositories");
    const text = `${countText(items.length, "tag or manifest", "tags and manifests")} in ${repositories}`;
    if (this.count.textContent !== text) this.count.textContent = text;
    this.showEmpty(items.length);
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

  async open(row) {
    this.chosen = row;
    const name = `${row.repository}@${row.digest}`;
    try {
      const graph = await get(`graph/${escapePath(name)}`);
      // another row may have been chosen since, and its answer may have come first
      if (this.chosen === row) showGraph(this.graph, graph, row.tag);
    } catch (error) {
      if (this.chosen !== row) return;
      this.graph.replaceChildren(
        element("h3", {}, row.tag ? `${row.repository}:${row.tag}` : name),
        element("p", { class: "bad" }, error.message));
    }
  }

  showGone() {
    const { repository, tag, digest } = this.chosen;
    this.chosen = null;
    this.graph.replaceChildren(element("p", { class: "bad" },
      `${repository}${tag ? `:${tag}` : ""} no longer has ${shortDigest(digest)}: it was deleted, moved or reset.`));
  }
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
  const kind = manifest ? `${manifest.media_type} · ${bytesText(manifest.size)}` : "its manifest is absent";
  return [
    element("div", {}, `${repository} `,
      tag === null ? element("span", { class: "quiet" }, "no tag") : element("span", { class: "tag" }, tag)),
    element("div", { class: "quiet mono" }, `${shortDigest(digest)} · ${kind}`),
  ];
}
