// Roles of principals, and repository-scoped tokens.

import { get, post, remove } from "./api.js";
import { button, element, labelled, table } from "./dom.js";
import { attempt } from "./notices.js";
import { Reading } from "./reading.js";

const ROLES = ["AcrPull", "AcrPush", "AcrDelete", "Reader", "Contributor", "Owner"];
const ACTIONS = ["content/read", "content/write", "content/delete", "metadata/read", "metadata/write"];

export class AccessPart {
  constructor(place) {
    this.reading = new Reading(
      () => Promise.all([get("roles"), get("tokens"), get("health")]), (documents) => this.show(documents));
    this.auth = element("p", { class: "quiet" });
    this.roles = element("div");
    this.tokens = element("div");
    place.append(
      element("h2", { id: "access-title" }, "Access"), this.auth,
      element("h3", {}, "Roles"), this.roles, this.roleForm(),
      element("h3", {}, "Repository-scoped tokens"), this.tokens, this.tokenForm());
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
    return element("form", {
      onsubmit: (event) => {
        event.preventDefault();
        const chosen = [...actions.selectedOptions].map((option) => option.value);
        const body = { name: name.value, scope_map: { [repository.value]: chosen } };
        this.change(() => post("tokens", body),
          (made) => `The token ${made.name} was made. Its passwords: ${made.passwords.join(", ")}`);
      },
    },
    labelled("Name", name), labelled("Repositories", repository), labelled("Actions", actions),
    element("button", { type: "submit" }, "Make the token"));
  }

  refresh() {
    return this.reading.refresh();
  }

  show([{ roles }, { tokens }, { auth }]) {
    this.auth.textContent = auth === "off"
      ? "The registry requires no login: roles and tokens matter once it is served with --auth token."
      : "";
    this.roles.replaceChildren(roles.length === 0
      ? element("p", { class: "empty" }, "No role is granted: roles are ignored. The first one that you grant refuses all other principals.")
      : table(["Principal", "Role", "Repositories", ""], roles.map((one) => [
        one.principal, one.role, one.repository,
        button("Revoke", () => this.change(
          () => remove(`roles/${encodeURIComponent(one.principal)}`), `All roles of ${one.principal} were revoked.`)),
      ])));
    this.tokens.replaceChildren(tokens.length === 0
      ? element("p", { class: "empty" }, "No token yet. Make one to log in with docker login -u NAME.")
      : table(["Name", ""], tokens.map((name) => [name, button("Remove", () => this.change(
        () => remove(`tokens/${encodeURIComponent(name)}`), `The token ${name} was removed.`))])));
  }

  async change(action, done) {
    await attempt(action, done);
    await this.refresh();
  }
}
