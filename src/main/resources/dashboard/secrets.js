// The page of secrets. Their values can be set, but never read.

import { attempt, hasRole } from "./actions.js";
import { read, write } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h } from "./dom.js";
import { checkbox, field, form, listOf, textField } from "./forms.js";
import { button, empty, missing, panel, since, table } from "./parts.js";
import { waiting } from "./waiting.js";

const pathOf = (name) => `/api/v1/secrets/${encodeURIComponent(name)}`;

async function load(visit) {
  if (!hasRole(visit.store.state.session, "deployer")) return;
  visit.put(await read("/api/v1/secrets", { signal: visit.signal }));
}

export const secretsPage = {
  title: () => "Secrets",

  enter: (visit) => visit.poll(10, () => load(visit)),

  view(state, visit) {
    if (!hasRole(state.session, "deployer"))
      return missing("The page of secrets requires the role deployer.");
    const { secrets } = visit.local;
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Secrets"),
      panel(
        "Secrets",
        null,
        !secrets
          ? waiting(state)
          : secrets.length === 0
            ? empty(
                "No secrets yet. A secret is a value such as a password that an app receives, without the value being in its spec. Set one below, then name it in the app's spec.",
              )
            : list(secrets, state, visit),
      ),
      secrets && panel("Set a secret", null, h("div", { class: "body" }, setForm(visit))),
    );
  },
};

function list(secrets, state, visit) {
  return table(
    ["Secret", "Version", "Set", "Used by", "May be used by", "Actions"],
    secrets.map(({ name, version, actor, changedAt, apps, allowed }) => [
      name,
      String(version),
      [since(changedAt, state.now), ` ago by ${actor}`],
      apps.length === 0 ? "no app" : links(apps),
      allowed.join(", "),
      button("Delete", () => remove(visit, name), "danger", { "aria-label": `Delete ${name}` }),
    ]),
  );
}

/** Links to apps, with commas between them. */
export function links(apps) {
  return apps.map((app, index) => [index > 0 && ", ", h("a", { href: `#/apps/${app}` }, app)]);
}

function setForm(visit) {
  return form(
    "Set",
    (data) => set(visit, data),
    field(
      "Name",
      textField("name", {
        required: true,
        maxlength: 255,
        pattern: "[A-Za-z0-9][A-Za-z0-9_.\\-]*",
      }),
      "A name that exists gets a new version. Letters, digits, '_', '.' and '-'.",
    ),
    field(
      "Value",
      // A password field would remove line breaks, which keys and certificates have.
      h("textarea", { name: "value", rows: 2, required: true, spellcheck: "false" }),
      "It cannot be shown again.",
    ),
    field(
      "Apps that may use it",
      textField("apps", { placeholder: "shop-*, blog" }),
      "Empty: the apps of your token, or the same as before.",
    ),
    checkbox("restart", "Restart the apps that use it, so that they receive the new value"),
  );
}

async function set(visit, data) {
  const name = data.get("name").trim();
  const query = new URLSearchParams();
  const apps = listOf(data.get("apps"));
  if (apps.length > 0) query.set("apps", apps.join(","));
  if (data.has("restart")) query.set("restart", "true");
  const secret = await attempt(visit.store, `The secret ${name} is set`, () =>
    write(
      "PUT",
      `${pathOf(name)}?${query}`,
      data.get("value").replaceAll("\r\n", "\n"), // browsers differ in how they end lines
      "text/plain",
    ),
  );
  await load(visit).catch(() => {}); // the next poll retries
  return secret !== undefined;
}

async function remove(visit, name) {
  const sure = await confirmed({
    title: `Delete the secret ${name}?`,
    text: "Its value is lost. A secret that an app uses cannot be deleted.",
    label: "Delete",
    danger: true,
    typed: name,
  });
  if (!sure) return;
  await attempt(visit.store, `The secret ${name} is deleted`, () => write("DELETE", pathOf(name)));
  await load(visit).catch(() => {}); // the next poll retries
}
