// The tab with the events of one app.

import { appPath, read } from "./api.js";
import { merged } from "./events.js";
import { empty, eventList, panel } from "./parts.js";
import { waiting } from "./waiting.js";

export const appEvents = {
  enter(visit, { name }) {
    visit.poll(5, async (signal) => {
      if (visit.local.older) return; // newer events come with the stream
      const { events } = await read(`${appPath(name)}/events?limit=300`, { signal });
      visit.put({ older: events });
    });
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
