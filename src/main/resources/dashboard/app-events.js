// The tab with the events of one app.

import { appPath, read } from "./api.js";
import { loadOlder, merged } from "./events.js";
import { empty, eventList, panel } from "./parts.js";
import { waiting } from "./waiting.js";

export const appEvents = {
  enter(visit, { name }) {
    const readThem = async (signal) =>
      (await read(`${appPath(name)}/events?limit=300`, { signal })).events;
    visit.poll(5, (signal) => loadOlder(visit, () => readThem(signal)));
  },

  view(state, visit, app) {
    const events = merged(visit.local.older ?? [], state.events).filter(
      (event) => event.app === app.name,
    );
    return panel(
      "Events",
      null,
      events.length > 0
        ? eventList(events.slice(-300).reverse(), state.now, false)
        : visit.local.older
          ? empty("No events yet.")
          : waiting(state),
    );
  },
};
