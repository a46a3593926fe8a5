// The page that searches the newest log lines of all apps.

import { matches } from "./actions.js";
import { appPath, read } from "./api.js";
import { plain } from "./app-logs.js";
import { h } from "./dom.js";
import { form, listOf, textField } from "./forms.js";
import { count } from "./format.js";
import { address, requery } from "./page.js";
import { empty, panel, time } from "./parts.js";
import { waiting } from "./waiting.js";

const TAIL = 500; // lines of each instance
const KEPT = 500;

function wish() {
  const { query } = address();
  return { text: query.get("q") ?? "", apps: query.get("apps") ?? "" };
}

export const logsPage = {
  title: () => "Logs",

  enter: (visit) => visit.put({ found: null }),

  view(state, visit) {
    const { text, apps } = wish();
    const { found } = visit.local;
    // The address may come from a colleague, so what it asks for is searched at once.
    if (state.apps && text && found === null) search(visit);
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Logs"),
      panel(
        "Search",
        null,
        state.apps ? h("div", { class: "body" }, searchForm(visit, text, apps)) : waiting(state),
      ),
      found && results(found, state.now),
    );
  },
};

function searchForm(visit, text, apps) {
  const send = async (data) => {
    requery({ q: data.get("q").trim(), apps: data.get("apps").trim() });
    await search(visit);
    return false; // the fields keep what was searched
  };
  return form(
    "Search",
    send,
    h(
      "div",
      { class: "row" },
      textField("q", {
        type: "search",
        required: true,
        value: text,
        class: "search",
        "aria-label": "Text in the line",
        placeholder: "Text in the line",
      }),
      textField("apps", {
        value: apps,
        class: "search",
        "aria-label": "Apps",
        placeholder: "All apps, or shop-*",
      }),
    ),
  );
}

/** Returns the names that match one of the patterns; all names without patterns. */
function chosenApps(names, patterns) {
  return patterns.length === 0
    ? names
    : names.filter((name) => patterns.some((pattern) => matches(pattern, name)));
}

/** Reads the logs of one app after the other, so that the search burdens no controller. */
async function search(visit) {
  visit.local.stop?.abort();
  const stop = new AbortController();
  const signal = AbortSignal.any([visit.signal, stop.signal]);
  const { text, apps } = wish();
  const names = chosenApps([...visit.store.state.apps.keys()].sort(), listOf(apps));
  const wanted = text.toLowerCase();
  let found = { text, lines: [], searched: 0, total: names.length, failed: [] };
  visit.put({ stop, found });
  for (const name of names) {
    let { lines, failed } = found;
    try {
      const answer = await read(`${appPath(name)}/logs?tail=${TAIL}`, { signal });
      const hits = answer.lines.map(plain).filter((it) => it.text.toLowerCase().includes(wanted));
      lines = [...lines, ...hits.map((it) => ({ ...it, app: name }))].sort(newestFirst);
    } catch {
      failed = [...failed, name];
    }
    if (signal.aborted) return;
    found = { ...found, lines: lines.slice(0, KEPT), failed, searched: found.searched + 1 };
    visit.put({ found });
  }
}

function newestFirst(one, other) {
  return one.at < other.at ? 1 : one.at > other.at ? -1 : 0;
}

function results({ text, lines, searched, total, failed }, now) {
  const progress =
    searched < total
      ? `${searched} of ${count(total, "app")} searched`
      : `${count(lines.length, "line")} in the newest ${TAIL} of each instance`;
  return panel(
    "Lines",
    h("span", { class: "muted", role: "status" }, progress),
    failed.length > 0 &&
      h("p", { class: "empty" }, `The logs of these apps cannot be read: ${failed.join(", ")}.`),
    lines.length === 0
      ? searched === total && empty("No line has this text.")
      : h(
          "ol",
          { class: "log found", tabindex: "0", "aria-label": "Lines" },
          lines.map((line) => row(line, text, now)),
        ),
  );
}

function row({ at, app, instance, text }, searched, now) {
  return h(
    "li",
    null,
    time(at, now),
    h("a", { class: "who", href: `#/apps/${app}/logs?instance=${instance}` }, instance),
    h("span", { class: "text" }, marked(text, searched)),
  );
}

/** Returns the text with each place that has the searched text as a `mark`. */
function marked(text, searched) {
  const [lower, wanted] = [text.toLowerCase(), searched.toLowerCase()];
  const parts = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0 && wanted; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), h("mark", null, text.slice(at, at + wanted.length)));
    from = at + wanted.length;
  }
  return [...parts, text.slice(from)];
}
