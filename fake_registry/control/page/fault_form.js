// The form of a new fault. Its fields are made from the JSON schema of faults, which lists each
// effect with its parameters.

import { get } from "./api.js";
import { element, labelled } from "./dom.js";

const PATTERNS = ["upload.*", "upload.start", "upload.finish", "manifest.*", "manifest.put", "manifest.get",
  "blob.*", "blob.get", "tags.*", "oauth.*", "*"];

export class FaultForm {
  constructor(onSubmit) {
    this.schema = null;
    this.effect = element("select", { onchange: () => this.showParameters() });
    this.endpoint = element("input", { value: "upload.*", required: true, list: "endpoints", size: 16 });
    this.times = element("input", { type: "number", min: 1, value: 1, placeholder: "all" });
    this.skip = element("input", { type: "number", min: 0, value: 0 });
    this.repository = element("input", { placeholder: "any", size: 16 });
    this.parameters = element("div", { class: "bar" });
    // until the schema has come: there is no effect to choose before
    this.submit = element("button", { type: "submit", disabled: true }, "Make the fault");
    this.box = element("form", {
      onsubmit: (event) => {
        event.preventDefault();
        onSubmit(this.fault());
      },
    },
    labelled("Endpoint", this.endpoint), labelled("Effect", this.effect),
    labelled("Times (empty: all)", this.times), labelled("Calls that pass first", this.skip),
    labelled("Repository", this.repository),
    element("datalist", { id: "endpoints" }, PATTERNS.map((value) => element("option", { value }))),
    this.parameters, this.submit);
  }

  async load() {
    if (this.schema !== null) return;
    const document = await get("faults/schema");
    this.schema = document.$defs;
    this.effect.replaceChildren(...groupsOf(this.schema));
    this.showParameters();
    this.submit.disabled = false;
  }

  showParameters() {
    const { description, properties, required } = this.schema[this.effect.value];
    this.fields = Object.entries(properties).filter(([name]) => name !== "name")
      .map(([name, schema]) => new Parameter(name, schema, required.includes(name)));
    this.parameters.replaceChildren(
      element("p", { class: "quiet" }, withCode(description)), ...this.fields.map((field) => field.label));
  }

  fault() {
    const effect = { name: this.effect.value };
    for (const field of this.fields) {
      const value = field.value();
      if (value !== undefined) effect[field.name] = value;
    }
    return {
      endpoint: this.endpoint.value,
      effect,
      times: this.times.value === "" ? null : Number(this.times.value),
      skip: Number(this.skip.value),
      repository: this.repository.value || null,
    };
  }
}

// Return the effects by what they strike, in the order of the schema.
function groupsOf(schema) {
  const groups = new Map();
  for (const [name, { "x-group": group }] of Object.entries(schema)) {
    if (name === "Fault") continue;
    if (!groups.has(group)) groups.set(group, element("optgroup", { label: group }));
    groups.get(group).append(element("option", {}, name));
  }
  return groups.values();
}

// A text of the documentation, in which backticks enclose names.
const withCode = (text) => text.split("`").map((part, place) => (place % 2 ? element("code", {}, part) : part));

class Parameter {
  constructor(name, schema, isRequired) {
    this.name = name;
    const options = (schema.anyOf ?? [schema]).filter((option) => option.type !== "null");
    const [{ type, enum: choices }] = options;
    this.type = type;
    const absent = isRequired || "default" in schema === false ? "" : defaultText(schema.default);
    this.field = choices
      ? element("select", {}, isRequired ? null : element("option", { value: "" }, absent || "default"),
        choices.map((choice) => element("option", {}, choice)))
      : element("input", {
        type: type === "integer" || type === "number" ? "number" : "text",
        step: type === "number" ? "any" : null, placeholder: absent, required: isRequired, size: 12,
      });
    if (name === "status" && isRequired) this.field.value = "503";
    this.label = labelled(name.replaceAll("_", " "), this.field);
  }

  // Return what was given; undefined for the default. Lists and objects are written as JSON.
  value() {
    const text = this.field.value;
    if (text === "") return undefined;
    if (this.field.type === "number") return Number(text);
    if (this.type === "boolean" || this.type === "array" || this.type === "object") return parsed(text);
    return text;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text; // the server refuses it, and says what it expects
  }
}

const defaultText = (value) => (value === null ? "" : String(value));
