// The page of the hosts that are served with TLS, with their certificates.

import { attempt, hasRole, seesAll } from "./actions.js";
import { read, write } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h } from "./dom.js";
import { checkbox, field, form, textField } from "./forms.js";
import { until } from "./format.js";
import { badge, button, choice, empty, missing, panel, table } from "./parts.js";
import { links } from "./secrets.js";
import { waiting } from "./waiting.js";

const DAY = 86_400_000;

/** The alert for certificates has the same limit. */
const SOON_DAYS = 14;

const pathOf = (host) => `/api/v1/domains/${encodeURIComponent(host)}`;
const permitted = (session) => hasRole(session, "deployer") && seesAll(session);

/** Returns how the certificate of a domain is doing: {tone, text}. */
export function certificateOf({ notAfter, trouble }, now) {
  if (notAfter === null)
    return trouble
      ? { tone: "bad", text: "not issued" }
      : { tone: "coming", text: "being ordered" };
  const left = new Date(notAfter) - new Date(now);
  if (left <= 0) return { tone: "bad", text: "expired" };
  const days = Math.floor(left / DAY);
  const text = `expires in ${days < 1 ? until(notAfter, new Date(now)) : `${days} d`}`;
  return { tone: days < SOON_DAYS ? "warn" : "good", text };
}

async function load(visit) {
  if (!permitted(visit.store.state.session)) return;
  visit.put(await read("/api/v1/domains", { signal: visit.signal }));
}

export const domainsPage = {
  title: () => "Domains",

  enter(visit) {
    visit.put({ source: "acme" });
    visit.poll(10, () => load(visit));
  },

  view(state, visit) {
    if (!permitted(state.session))
      return missing("The page of domains requires the role deployer and a token for all apps.");
    const { domains } = visit.local;
    const admin = hasRole(state.session, "admin");
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Domains"),
      panel(
        "Domains and certificates",
        null,
        !domains
          ? waiting(state)
          : domains.length === 0
            ? empty(
                "No domains yet. A domain is a host that is served with TLS. The routing of an app's spec decides which app answers for the host.",
              )
            : list(domains, state, visit, admin),
      ),
      domains && admin && panel("Add a domain", null, h("div", { class: "body" }, addForm(visit))),
    );
  },
};

function list(domains, state, visit, admin) {
  return table(
    ["Host", "Certificate", "Source", "Apps", "HTTP", ...(admin ? ["Actions"] : [])],
    domains.map((domain) => {
      const { host, source, apps, redirect, hsts, trouble } = domain;
      return [
        host,
        [badge(certificateOf(domain, state.now)), trouble && h("div", { class: "muted" }, trouble)],
        source === "Acme" ? "ordered automatically" : "uploaded",
        apps.length === 0 ? "no app" : links(apps),
        `${redirect ? "redirected to HTTPS" : "served"}${hsts ? ", HSTS" : ""}`,
        ...(admin
          ? [
              button("Remove", () => remove(visit, host), "danger", {
                "aria-label": `Remove ${host}`,
              }),
            ]
          : []),
      ];
    }),
  );
}

function addForm(visit) {
  const { source } = visit.local;
  return form(
    "Add",
    (data) => add(visit, data),
    field(
      "Host",
      textField("host", { required: true, maxlength: 253, placeholder: "shop.example.com" }),
      "A host that exists is changed.",
    ),
    choice(
      "Certificate",
      [
        ["acme", "ordered and renewed automatically"],
        ["uploaded", "uploaded"],
      ],
      source,
      (chosen) => visit.put({ source: chosen }),
      null,
    ),
    source === "uploaded" && [
      field(
        "Certificate in PEM",
        h("textarea", { name: "certificate", rows: 5, required: true, spellcheck: "false" }),
        "The host's certificate first, then those of its issuers.",
      ),
      field(
        "Private key in PEM",
        h("textarea", { name: "key", rows: 5, required: true, spellcheck: "false" }),
        "Unencrypted. It cannot be shown again.",
      ),
    ],
    checkbox("redirect", "Redirect HTTP requests to HTTPS"),
    checkbox("hsts", "Send Strict-Transport-Security for one year"),
  );
}

async function add(visit, data) {
  const host = data.get("host").trim();
  const choices = { redirect: data.has("redirect"), hsts: data.has("hsts") };
  const source = data.has("certificate")
    ? { certificate: data.get("certificate"), key: data.get("key") }
    : { acme: true };
  const domain = await attempt(visit.store, `The domain ${host} is added`, () =>
    write("PUT", pathOf(host), JSON.stringify({ ...source, ...choices })),
  );
  if (domain) visit.put({ source: "acme" }); // as the emptied form has it
  await load(visit).catch(() => {}); // the next poll retries
  return domain !== undefined;
}

async function remove(visit, host) {
  const sure = await confirmed({
    title: `Remove the domain ${host}?`,
    text: "The host is not served with TLS any more, and its certificate is deleted.",
    label: "Remove",
    danger: true,
    typed: host,
  });
  if (!sure) return;
  await attempt(visit.store, `The domain ${host} is removed`, () => write("DELETE", pathOf(host)));
  await load(visit).catch(() => {}); // the next poll retries
}
