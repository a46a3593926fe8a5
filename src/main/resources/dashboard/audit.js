// The page of the audit: who did what from which address, and what was refused.

import { mayAdminister } from "./actions.js";
import { read } from "./api.js";
import { h } from "./dom.js";
import { entry } from "./events.js";
import { words } from "./format.js";
import { address, requery } from "./page.js";
import { badge, choice, empty, missing, panel, table, time } from "./parts.js";
import { waiting } from "./waiting.js";

const SHOWN = 300;
const FILTERS = ["app", "actor", "outcome"];

function wish() {
  const { query } = address();
  return new URLSearchParams(
    FILTERS.map((name) => [name, query.get(name) ?? ""]).filter(([, value]) => value),
  );
}

async function load(visit) {
  if (!mayAdminister(visit.store.state.session)) return;
  const filter = wish();
  const path = `/api/v1/audit?limit=${SHOWN}${filter.size > 0 ? `&${filter}` : ""}`;
  const { entries } = await read(path, { signal: visit.signal });
  // This answer is outdated if the user chose another filter meanwhile.
  if (String(filter) === String(wish())) visit.put({ entries });
}

export const auditPage = {
  title: () => "Audit",

  enter: (visit) => visit.poll(10, () => load(visit)),

  view(state, visit) {
    if (!mayAdminister(state.session))
      return missing("The page of the audit requires the role admin.");
    const { entries } = visit.local;
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Audit"),
      panel(
        "Newest entries",
        tools(state, visit, wish()),
        !entries
          ? waiting(state)
          : entries.length === 0
            ? empty("No entry matches.")
            : list(entries, state.now),
      ),
    );
  },
};

function tools(state, visit, filter) {
  const change = (query) => {
    requery(query);
    visit.put({});
    load(visit).catch(() => {}); // the next poll retries
  };
  const actors = [...new Set(visit.local.entries?.map(({ actor }) => actor))].filter(Boolean);
  return h(
    "div",
    { class: "row" },
    entry("App", [...(state.apps?.keys() ?? [])].sort(), filter.get("app") ?? "", (app) =>
      change({ app }),
    ),
    entry("By", actors.sort(), filter.get("actor") ?? "", (actor) => change({ actor })),
    choice(
      "Outcome",
      [
        ["allowed", "allowed"],
        ["refused", "refused"],
      ],
      filter.get("outcome") ?? "",
      (outcome) => change({ outcome }),
    ),
  );
}

function list(entries, now) {
  return table(
    ["Time", "By", "From", "Action", "App", "Outcome", "Reason"],
    entries
      .toReversed()
      .map(({ at, actor, address: from, action, app, outcome, reason, times }) => [
        time(at, now),
        actor ?? "no valid token",
        from ?? "this machine",
        words(action),
        app ? h("a", { href: `#/apps/${app}` }, app) : "–",
        badge({
          tone: outcome === "refused" ? "bad" : "good",
          text: times > 1 ? `${outcome}, ${times} times` : outcome,
        }),
        reason,
      ]),
  );
}
