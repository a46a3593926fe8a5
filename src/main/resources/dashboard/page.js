// One visit to a page: what it alone knows, what it keeps asking for, and the end of both when the user goes on.

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

  /** Does what begins a visit when it is known that there is something to visit; once. */
  begin(task) {
    if (this.#begun) return;
    this.#begun = true;
    task();
  }

  /** What was visited is gone; should it come back, the visit begins anew. */
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

  /** Asks at once and then every few seconds, while somebody looks and somebody answers. */
  poll(seconds, task) {
    const { signal } = this;
    const turn = async () => {
      if (signal.aborted) return;
      if (!document.hidden) await task(signal).catch(() => {}); // what was known stays; the bar says that nobody answers
      if (!signal.aborted) setTimeout(turn, seconds * 1000);
    };
    turn();
  }

  end() {
    this.#ending.abort();
  }
}

/** Where the user is by the address, though the page may not be drawn by it yet. */
export function address() {
  const [path, query] = location.hash.slice(1).split("?");
  return { path, query: new URLSearchParams(query) };
}
