// The page of tokens. The text of a new token is shown once.

import { attempt, mayAdminister } from "./actions.js";
import { read, write } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h } from "./dom.js";
import { field, form, listOf, textField } from "./forms.js";
import { clock } from "./format.js";
import { badge, button, empty, missing, panel, since, table } from "./parts.js";
import { waiting } from "./waiting.js";

async function load(visit) {
  if (!mayAdminister(visit.store.state.session)) return;
  visit.put(await read("/api/v1/tokens", { signal: visit.signal }));
}

export const tokensPage = {
  title: () => "Tokens",

  enter: (visit) => visit.poll(10, () => load(visit)),

  view(state, visit) {
    if (!mayAdminister(state.session))
      return missing("The page of tokens requires the role admin.");
    const { tokens, created } = visit.local;
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Tokens"),
      created && newToken(created, visit),
      panel(
        "Tokens",
        null,
        !tokens
          ? waiting(state)
          : tokens.length === 0
            ? empty("No tokens yet. A person or a program needs one once authentication is on.")
            : list(tokens, state, visit),
      ),
      tokens && panel("Create a token", null, h("div", { class: "body" }, createForm(visit))),
    );
  },
};

function newToken({ name, token }, visit) {
  const copy = () =>
    navigator.clipboard
      .writeText(token)
      .then(() => visit.store.notice("good", "The token is in the clipboard"))
      .catch(() => visit.store.notice("bad", "The browser refused. Select the text and copy it."));
  return panel(
    `The new token of ${name}`,
    h(
      "div",
      { class: "row" },
      navigator.clipboard && button("Copy", copy), // missing on pages without TLS
      button("Done", () => visit.put({ created: null })),
    ),
    h(
      "div",
      { class: "body stack" },
      h("p", null, "Copy it now. It is not stored and cannot be shown again."),
      h("code", { class: "token" }, token),
    ),
  );
}

function list(tokens, state, visit) {
  return table(
    ["Token", "Role", "Apps", "Hosts", "Quota", "Created", "Expires", "Actions"],
    tokens.map(({ name, role, apps, domains, quota, used, createdBy, createdAt, ...token }) => [
      name,
      role,
      apps.join(", "),
      domains.join(", "),
      quota ? quotaOf(quota, used) : "none",
      [since(createdAt, state.now), ` ago by ${createdBy}`],
      token.expired
        ? badge({ tone: "bad", text: "expired" })
        : token.expiresAt
          ? clock(token.expiresAt, state.now)
          : "never",
      button("Revoke", () => revoke(visit, name), "danger", { "aria-label": `Revoke ${name}` }),
    ]),
  );
}

/** Returns what the token's apps use of its quota, such as "3 of 10 instances, 1Gi of 2Gi memory". */
function quotaOf(quota, used) {
  return ["instances", "memory", "cpu"]
    .filter((name) => quota[name] !== null)
    .map((name) => `${used?.[name] ?? "?"} of ${quota[name]} ${name}`)
    .join(", ");
}

function createForm(visit) {
  return form(
    "Create",
    (data) => create(visit, data),
    field(
      "Name",
      textField("name", {
        required: true,
        maxlength: 64,
        pattern: "[A-Za-z0-9][A-Za-z0-9._@\\-]*",
      }),
      "The person or program that holds the token. Events show this name.",
    ),
    field(
      "Role",
      h(
        "select",
        { name: "role" },
        h("option", { value: "viewer" }, "viewer: reads"),
        h("option", { value: "deployer" }, "deployer: also changes apps"),
        h("option", { value: "admin" }, "admin: also manages tokens and domains"),
      ),
    ),
    field("Apps", textField("apps", { placeholder: "shop-*, blog" }), "Empty: all apps."),
    field(
      "Hosts that it may give to apps",
      textField("domains", { placeholder: "*.example.com" }),
      "Empty: all hosts.",
    ),
    field(
      "Expires",
      h("input", { type: "date", name: "expires" }),
      "At the end of the day in UTC. Empty: never.",
    ),
  );
}

async function create(visit, data) {
  const name = data.get("name").trim();
  const apps = listOf(data.get("apps"));
  const domains = listOf(data.get("domains"));
  const expires = data.get("expires");
  const wish = {
    name,
    role: data.get("role"),
    ...(apps.length > 0 && { apps }),
    ...(domains.length > 0 && { domains }),
    ...(expires && { expiresAt: `${expires}T23:59:59Z` }),
  };
  const created = await attempt(visit.store, `The token of ${name} is created`, () =>
    write("POST", "/api/v1/tokens", JSON.stringify(wish)),
  );
  if (created) {
    visit.put({ created });
    // On a phone, the form is below the screen on which the token is shown.
    requestAnimationFrame(() =>
      document.querySelector(".token")?.scrollIntoView({ block: "center" }),
    );
  }
  await load(visit).catch(() => {}); // the next poll retries
  return created !== undefined;
}

async function revoke(visit, name) {
  const sure = await confirmed({
    title: `Revoke the token of ${name}?`,
    text: "Requests with the token are refused at once, and its streams and sessions end.",
    label: "Revoke",
    danger: true,
    typed: name,
  });
  if (!sure) return;
  await attempt(visit.store, `The token of ${name} is revoked`, () =>
    write("DELETE", `/api/v1/tokens/${encodeURIComponent(name)}`),
  );
  await load(visit).catch(() => {}); // the next poll retries
}
