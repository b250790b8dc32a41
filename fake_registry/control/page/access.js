// Roles of principals, and repository-scoped tokens.

import { get, post, remove } from "./api.js";
import { copyButton } from "./copying.js";
import { button, commandOf, element, labelled, table } from "./dom.js";
import { shellWord } from "./format.js";
import { attempt } from "./notices.js";
import { Question } from "./question.js";
import { Reading } from "./reading.js";

const ROLES = ["AcrPull", "AcrPush", "AcrDelete", "Reader", "Contributor", "Owner"];
const ACTIONS = ["content/read", "content/write", "content/delete", "metadata/read", "metadata/write"];

export class AccessPart {
  constructor(place) {
    this.reading = new Reading(
      () => Promise.all([get("roles"), get("tokens"), get("health")]), (documents) => this.show(documents),
      (text) => this.auth.textContent = text);
    this.made = null; // the token that was made here last: its passwords are known here alone
    this.names = [];
    this.auth = element("p", { class: "quiet" });
    this.roles = element("div");
    this.tokens = element("div");
    this.passwords = element("div");
    place.append(
      element("h2", { id: "access-title" }, "Access"), this.auth,
      element("h3", {}, "Roles"), this.roles, this.roleForm(),
      element("p", { class: "quiet" }, "A principal logs in with a token of Entra, as azure-identity gets it. ",
        "Serve with --service-principal CLIENT_ID:SECRET, and grant the role to CLIENT_ID."),
      element("h3", {}, "Repository-scoped tokens"), this.tokens, this.passwords, this.tokenForm());
  }

  roleForm() {
    const principal = element("input", { required: true, placeholder: "ci@example.com" });
    const role = element("select", {}, ROLES.map((name) => element("option", {}, name)));
    const repository = element("input", { value: "*", required: true });
    return element("form", {
      onsubmit: (event) => {
        event.preventDefault();
        const body = { principal: principal.value, role: role.value, repository: repository.value };
        this.change(() => post("roles", body), `${role.value} was granted to ${principal.value}.`);
      },
    },
    labelled("Principal", principal), labelled("Role", role), labelled("Repositories", repository),
    element("button", { type: "submit" }, "Grant the role"));
  }

  tokenForm() {
    const name = element("input", { required: true, placeholder: "pipeline" });
    const repository = element("input", { value: "samples/*", required: true });
    const actions = element("select", { multiple: true, size: ACTIONS.length },
      ACTIONS.map((action) => element("option", { selected: action === "content/read" }, action)));
    const question = new Question(element("button", { type: "submit" }, "Make the token"));
    return element("form", {
      onsubmit: (event) => {
        event.preventDefault();
        const chosen = [...actions.selectedOptions].map((option) => option.value);
        const body = { name: name.value, scope_map: { [repository.value]: chosen } };
        if (!this.names.includes(body.name)) this.makeToken(body);
        else {
          question.ask(`There is a token ${body.name}: its passwords will be void.`, "Replace the token",
            () => this.makeToken(body));
        }
      },
    },
    labelled("Name", name), labelled("Repositories", repository), labelled("Actions", actions), question.box);
  }

  async makeToken(body) {
    const isKnown = this.names.includes(body.name);
    this.made = await attempt(() => post("tokens", body), ({ name }) => (isKnown
      ? `The token ${name} was replaced: its old passwords are void. The new ones are below the table.`
      : `The token ${name} was made. Its passwords are below the table.`)) ?? this.made;
    await this.reading.redraw();
  }

  refresh() {
    return this.reading.refresh();
  }

  show([{ roles }, { tokens, scope_maps: maps }, { auth }]) {
    this.names = tokens;
    this.auth.textContent = auth === "off"
      ? "The registry requires no login: roles and tokens matter once it is served with --auth token."
      : "";
    this.roles.replaceChildren(roles.length === 0
      ? element("p", { class: "empty" }, "No role is granted: roles are ignored. The first one that you grant refuses all other ",
        "principals of Entra. The admin user and repository-scoped tokens keep their permissions.")
      : table(["Principal", "Role", "Repositories", "Actions"], roles.map((one) => [
        one.principal, one.role, one.repository,
        button("Revoke", () => this.change(
          () => remove(`roles/${encodeURIComponent(one.principal)}`), `All roles of ${one.principal} were revoked.`),
          { "data-key": `role ${JSON.stringify(one)}` }),
      ])));
    this.tokens.replaceChildren(tokens.length === 0
      ? element("p", { class: "empty" }, "No token yet. Make one to log in with docker login -u NAME.")
      : table(["Name", "Repositories and actions", "Actions"], tokens.map((name) => [
        name,
        Object.entries(maps[name] ?? {}).map(([repository, actions]) =>
          element("div", {}, `${repository}: ${actions.join(", ") || "nothing"}`)),
        button("Remove", () => this.change(
          () => remove(`tokens/${encodeURIComponent(name)}`), `The token ${name} was removed.`),
          { "data-key": `token ${name}` }),
      ])));
    const isThere = this.made && tokens.includes(this.made.name);
    this.passwords.replaceChildren(...isThere ? passwordsOf(this.made) : []);
  }

  async change(action, done) {
    await attempt(action, done);
    await this.refresh();
  }
}

// Return the passwords of a token that was just made, and a command with the first one.
function passwordsOf({ name, passwords }) {
  const login = commandOf(
    `docker login -u ${shellWord(name)} -p ${shellWord(passwords[0])} ${location.host}`, "Command of docker");
  return [
    element("p", {}, `Passwords of ${name}, shown once: `,
      passwords.map((password, place) => [place ? " and " : "", element("code", {}, password)])),
    login, ...copyButton("Copy the command", login),
  ];
}
