// Follows the stream of events while the page is open, and passes the events to the store.

import { listen } from "./stream.js";

/** @returns when `signal` is aborted, or when the user must sign in */
export function follow(store, signal) {
  return listen("/api/v1/events/stream", {
    signal,

    async opened(resumed) {
      // The state is loaded after the stream is open, so the stream has all later events.
      if (resumed)
        store.loadCluster().catch(() => {}); // the next poll retries
      else await store.load();
      store.linked();
    },

    async told({ type, data }) {
      if (type === "Resync") await store.load();
      else store.happened(JSON.parse(data));
    },

    lost: (reason) => store.lost(reason),

    async refused(reason) {
      store.refused(reason);
      await store.load().catch(() => {}); // the page shows the present state at each retry
    },
  });
}
