// The tab with the events of one app.

import { appPath, read } from "./api.js";
import { merged } from "./events.js";
import { empty, eventList, panel } from "./parts.js";

export const appEvents = {
  enter(visit, { name }) {
    const past = async () =>
      visit.put({
        older: (await read(`${appPath(name)}/events?limit=300`, { signal: visit.signal })).events,
      });
    past().catch(() => {}); // the page still shows the events in the store
  },

  view(state, visit, app) {
    const events = merged(visit.local.older ?? [], state.events).filter(
      (event) => event.app === app.name,
    );
    return panel(
      "Events",
      null,
      events.length === 0
        ? empty("No events yet.")
        : eventList(events.slice(-300).reverse(), state.now, false),
    );
  },
};
