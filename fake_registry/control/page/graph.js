// A manifest with all that it leads to and what refers to it, as a tree. Content that several
// manifests share is drawn once; elsewhere a line names it.

import { button, element, facts } from "./dom.js";
import { bytesText, countText, shortDigest } from "./format.js";

const MOST_TOGETHER = 20; // more layers than that are folded, and drawn when they are unfolded
const MOST_LEVELS = 8; // each is narrower than the one above, and a client can push thousands

// `onOpen` gets a manifest that the user wants to see as the root.
export function showGraph(place, graph, tag, onOpen) {
  const drawing = new Drawing(graph, onOpen);
  const { flaws } = drawing;
  place.replaceChildren(
    element("h3", {}, tag ? `${graph.repository}:${tag}` : `${graph.repository}@${shortDigest(graph.root)}`),
    element("p", { class: flaws ? "bad" : "quiet" },
      `${countText(graph.nodes.length, "node")}, ${flaws ? countText(flaws, "flaw") : "no flaws"}`,
      graph.left_out ? `; ${countText(graph.left_out, "reference")} more are not shown` : ""),
    facts([["Size in all", totalOf(graph)], ["Referred to by", parentsOf(graph, onOpen)]]),
    element("ul", { class: "graph", "aria-label": "Graph of the manifest" }, drawing.nodeOf(graph.root, "", 1)));
}

// Return the size of a manifest with all that it leads to, each part once.
function totalOf({ root, nodes, edges, left_out: leftOut }) {
  const known = new Map(nodes.map((node) => [node.digest, node]));
  const below = new Map();
  for (const { source, target, role } of edges) {
    if (role === "subject") continue;
    if (!below.has(source)) below.set(source, []);
    below.get(source).push(target);
  }
  const found = new Set([root]);
  for (const digest of found) { // which grows meanwhile
    for (const target of below.get(digest) ?? []) found.add(target);
  }

  const parts = [...found].map((digest) => known.get(digest));
  const blobs = parts.filter(({ kind }) => ["config", "layer", "blob"].includes(kind)).length;
  const size = bytesText(parts.reduce((sum, node) => sum + (node.size ?? 0), 0));
  return `${leftOut ? "at least " : ""}${size} in ${countText(parts.length - blobs, "manifest")} and ${countText(blobs, "blob")}`;
}

function parentsOf({ parents, more_parents: more }, onOpen) {
  if (parents.length === 0) return null;
  return element("span", {}, parents.map((node) => [
    button([node.kind, ...node.tags, shortDigest(node.digest)].join(" "), () => onOpen(node)), " "]),
  more ? `and ${countText(more, "more index", "more indexes")}` : "");
}

class Drawing {
  constructor({ root, nodes, edges }, onOpen) {
    this.root = root;
    this.onOpen = onOpen;
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

  nodeOf(digest, role, level) {
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
      detailsOf(node), this.linkOf(node), links.length ? this.listOf(node, links, level) : null));
  }

  // A manifest is shown as the root by a button, which stands beside the summary and not in it.
  linkOf(node) {
    const isManifest = ["index", "image", "artifact", "manifest"].includes(node.kind);
    if (!isManifest || node.digest === this.root || node.flaw.includes("absent")) return null;
    return button(`Show this ${node.kind}`, () => this.onOpen(node));
  }

  listOf(node, links, level) {
    if (level === MOST_LEVELS) {
      return element("p", { class: "quiet" },
        `${countText(links.length, "reference")} below this ${node.kind}: show it to see more.`);
    }
    const draw = (link) => this.nodeOf(link.digest, link.role, level + 1);
    const layers = links.filter((link) => link.role === "layer");
    const others = links.filter((link) => link.role !== "layer").map(draw);
    const drawn = layers.length <= MOST_TOGETHER ? layers.map(draw) : [this.foldedOf(layers, draw)];
    return element("ul", {}, ...others, ...drawn);
  }

  foldedOf(layers, draw) {
    const list = element("ul");
    const flaws = layers.filter((link) => this.nodes.get(link.digest).flaw).length;
    const details = element("details", {
      ontoggle: () => {
        if (list.childElementCount === 0) list.append(...layers.map(draw));
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
