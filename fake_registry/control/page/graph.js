// A manifest with all that it leads to and what refers to it, as a tree. Content that several
// manifests share is drawn once; elsewhere a line names it.

import { element, facts } from "./dom.js";
import { bytesText, countText, shortDigest } from "./format.js";

const MOST_TOGETHER = 20; // more layers than that are folded, and drawn when they are unfolded

export function showGraph(place, graph, tag) {
  const drawing = new Drawing(graph);
  const { flaws } = drawing;
  place.replaceChildren(
    element("h3", {}, tag ? `${graph.repository}:${tag}` : `${graph.repository}@${shortDigest(graph.root)}`),
    element("p", { class: flaws ? "bad" : "quiet" },
      `${countText(graph.nodes.length, "node")}, ${flaws ? countText(flaws, "flaw") : "no flaws"}`,
      graph.left_out ? `; ${countText(graph.left_out, "reference")} more are not shown` : ""),
    element("ul", { class: "graph", "aria-label": "Graph of the manifest" }, drawing.nodeOf(graph.root, "")));
}

class Drawing {
  constructor({ nodes, edges }) {
    this.nodes = new Map(nodes.map((node) => [node.digest, node]));
    this.flaws = nodes.filter((node) => node.flaw).length;
    this.drawn = new Set();
    this.below = new Map(nodes.map((node) => [node.digest, []]));
    for (const { source, target, role } of edges) {
      this.below.get(source).push({ digest: target, role });
      // a referrer is drawn below its subject
      if (role === "subject") this.below.get(target).push({ digest: source, role: "referrer" });
    }
  }

  nodeOf(digest, role) {
    const node = this.nodes.get(digest);
    const name = element("summary", {},
      role && role !== node.kind ? [element("span", { class: "role" }, role), " "] : null, ...titleOf(node));
    if (this.drawn.has(digest)) {
      return element("li", {}, element("span", { class: "role" }, role), ` ${node.kind} ${shortDigest(digest)}, shown above`);
    }
    this.drawn.add(digest);

    // a subject and its referrer are linked both ways: the way back to where the drawing came from
    // says nothing new
    const links = this.below.get(digest).filter(({ role: link, digest: other }) =>
      !((link === "subject" || link === "referrer") && this.drawn.has(other)));
    const isOpen = links.length > 0 || node.flaw !== "";
    return element("li", {}, element("details", { open: isOpen }, name,
      detailsOf(node), links.length ? this.listOf(links) : null));
  }

  listOf(links) {
    const layers = links.filter((link) => link.role === "layer");
    const others = links.filter((link) => link.role !== "layer").map((link) => this.nodeOf(link.digest, link.role));
    const drawn = layers.length <= MOST_TOGETHER
      ? layers.map((link) => this.nodeOf(link.digest, link.role))
      : [this.foldedOf(layers)];
    return element("ul", {}, ...others, ...drawn);
  }

  foldedOf(layers) {
    const list = element("ul");
    const flaws = layers.filter((link) => this.nodes.get(link.digest).flaw).length;
    const details = element("details", {
      ontoggle: () => {
        if (list.childElementCount === 0) list.append(...layers.map((link) => this.nodeOf(link.digest, link.role)));
      },
    }, element("summary", {}, countText(layers.length, "layer"),
      flaws ? element("span", { class: "bad" }, ` ${countText(flaws, "flaw")}`) : ""), list);
    return element("li", {}, details);
  }
}

function titleOf(node) {
  const size = bytesText(node.size);
  return [
    element("strong", {}, node.kind), " ",
    ...node.tags.map((tag) => [element("span", { class: "tag" }, tag), " "]),
    node.more_tags ? `and ${countText(node.more_tags, "more tag")} ` : "",
    [node.platform, node.kind === "artifact" ? node.artifact_type : "", size].filter(Boolean).join(" · "), " ",
    element("span", { class: "mono quiet" }, shortDigest(node.digest)),
    node.flaw ? element("span", { class: "bad" }, ` ${node.flaw}`) : "",
  ];
}

function detailsOf(node) {
  return facts([
    ["Digest", element("span", { class: "mono" }, node.digest)],
    ["Media type", node.media_type],
    ["Artifact type", node.artifact_type],
    ...Object.entries(node.annotations).map(([name, value]) => [name, value || "(empty)"]),
    ["More annotations", node.more_annotations || null],
  ]);
}
