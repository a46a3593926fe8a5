// One visit to a page: what it alone knows, what it keeps asking for, and the end of both when the user goes on.

export class Visit {
  local = {};
  #store;
  #ending = new AbortController();

  constructor(store) {
    this.#store = store;
  }

  get store() {
    return this.#store;
  }

  get signal() {
    return this.#ending.signal;
  }

  put(change) {
    if (this.signal.aborted) return;
    Object.assign(this.local, change);
    this.#store.put({});
  }

  /** Asks at once and then every few seconds, while somebody looks and somebody answers. */
  poll(seconds, task) {
    const turn = async () => {
      if (this.signal.aborted) return;
      if (!document.hidden) await task(this.signal).catch(() => {}); // what was known stays; the bar says that nobody answers
      if (!this.signal.aborted) setTimeout(turn, seconds * 1000);
    };
    turn();
  }

  end() {
    this.#ending.abort();
  }
}
