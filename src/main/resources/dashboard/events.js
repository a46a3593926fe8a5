// Everything that happens, as it happens, or only what is of an app or a type.

import { read } from "./api.js";
import { h } from "./dom.js";
import { words } from "./format.js";
import { empty, eventList, panel } from "./parts.js";

const SHOWN = 300;

export const eventsPage = {
  title: () => "Events",

  /** The newest of all are in the store; of a filter there may be older ones. */
  enter(visit, { query }) {
    const filter = wanted(query);
    if (filter.app || filter.type) older(visit, filter).catch(() => {}); // what the store has is shown all the same
  },

  view(state, visit, { query }) {
    const filter = wanted(query);
    const events = merged(visit.local.older ?? [], state.events)
      .filter((event) => (!filter.app || event.app === filter.app) && (!filter.type || event.type === filter.type))
      .slice(-SHOWN)
      .reverse();
    return h(
      "div",
      { class: "page" },
      h("h1", { class: "unseen" }, "Events"),
      panel("Events", tools(state, filter), events.length === 0 ? empty("Nothing yet.") : eventList(events, state.now, true)),
    );
  },
};

function wanted(query) {
  return { app: query.get("app") ?? "", type: query.get("type") ?? "" };
}

async function older(visit, filter) {
  const query = new URLSearchParams({ limit: String(SHOWN) });
  for (const name in filter) if (filter[name]) query.set(name, filter[name]);
  const past = await read(`/api/v1/events?${query}`, { signal: visit.signal });
  visit.put({ older: past.events });
}

/** Each once, by its seq. */
export function merged(older, newer) {
  const first = newer[0]?.seq ?? Infinity;
  return [...older.filter((event) => event.seq < first), ...newer];
}

function tools(state, filter) {
  const types = [...new Set([...state.events.map((event) => event.type), filter.type].filter(Boolean))].sort();
  const names = [...new Set([...(state.apps?.keys() ?? []), filter.app].filter(Boolean))].sort();
  const go = (change) => {
    const query = new URLSearchParams(Object.entries({ ...filter, ...change }).filter(([, value]) => value));
    location.hash = query.size > 0 ? `#/events?${query}` : "#/events";
  };
  return h(
    "div",
    { class: "row" },
    choice("App", names.map((name) => [name, name]), filter.app, (app) => go({ app })),
    choice("Type", types.map((type) => [type, words(type)]), filter.type, (type) => go({ type })),
  );
}

export function choice(label, options, chosen, onchosen, none = "all") {
  return h(
    "label",
    { class: "row" },
    label,
    h(
      "select",
      { onchange: (event) => onchosen(event.target.value) },
      none !== null && h("option", { value: "", selected: chosen === "" }, none),
      options.map(([value, text]) => h("option", { key: String(value), value, selected: String(chosen) === String(value) }, text)),
    ),
  );
}
