// Follows what happens, for as long as the page is open, and tells the store.

import { listen } from "./stream.js";

/** @returns when `signal` is aborted, or when one must sign in */
export function follow(store, signal) {
  return listen("/api/v1/events/stream", {
    signal,

    async opened(resumed) {
      // only now that the stream is open: what happens while it is loaded is in the stream
      if (resumed)
        store.loadCluster().catch(() => {}); // it is asked again soon
      else await store.load();
      store.linked();
    },

    async told({ type, data }) {
      if (type === "Resync") await store.load();
      else store.happened(JSON.parse(data));
    },

    lost: () => store.lost(),
  });
}
