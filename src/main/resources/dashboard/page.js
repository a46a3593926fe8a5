// One visit to a page. It holds the page's own state and its polling, and ends when the user leaves
// the page.

export class Visit {
  local = {};
  #store;
  #ending = new AbortController();
  #begun = false;

  constructor(store) {
    this.#store = store;
  }

  get store() {
    return this.#store;
  }

  get signal() {
    return this.#ending.signal;
  }

  /** Runs the task once. The page calls this as soon as the visited app is known to exist. */
  begin(task) {
    if (this.#begun) return;
    this.#begun = true;
    task();
  }

  /** Ends the requests of the visit to a deleted app. If the app returns, `begin` works again. */
  rest() {
    if (!this.#begun) return;
    this.#begun = false;
    this.#ending.abort();
    this.#ending = new AbortController();
  }

  put(change) {
    if (this.signal.aborted) return;
    Object.assign(this.local, change);
    this.#store.put({});
  }

  /** Runs the task at once and then every `seconds`, as long as the page is visible. */
  poll(seconds, task) {
    const { signal } = this;
    const turn = async () => {
      if (signal.aborted) return;
      // After an error the old data stays, and the bar shows when no controller answers.
      if (!document.hidden) await task(signal).catch(() => {});
      if (!signal.aborted) setTimeout(turn, seconds * 1000);
    };
    turn();
  }

  end() {
    this.#ending.abort();
  }
}

/**
 * Changes the query of the address without a new entry in the browser's history. The page must be
 * drawn again by its visit. @param change the new values; an empty one removes its name
 */
export function requery(change) {
  const { path, query } = address();
  const entries = Object.entries({ ...Object.fromEntries(query), ...change });
  const next = new URLSearchParams(entries.filter(([, value]) => value !== ""));
  history.replaceState(null, "", `#${path || "/"}${next.size > 0 ? `?${next}` : ""}`);
}

/** Returns the path and the query of the address, even if their page is not drawn yet. */
export function address() {
  const [path, query] = location.hash.slice(1).split("?");
  return { path, query: new URLSearchParams(query) };
}
