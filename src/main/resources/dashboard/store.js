// What this page knows: kept as one plain object, changed in one place, drawn anew after each change.

import { appPath, ask, read, Problem } from "./api.js";

const EVENTS_KEPT = 500;
const CALM = 80; // milliseconds: a burst of events about one app costs one question

/** What is known of the platform before anything was told. */
const NOTHING = {
  cluster: null,
  apps: null, // by name, as the API tells them, with instances
  loads: null, // by name
  events: [], // oldest first
};

export class Store {
  state = {
    ...NOTHING,
    session: null, // {actor, role, apps, open}, or "none"
    link: { status: "connecting", since: new Date() }, // or "live", or "lost"
    notices: [],
    now: new Date(),
  };

  #changed;
  #asked = new Map(); // names of apps that something happened to, and the seq of it
  #unanswered = new Map(); // the same, where nobody answered

  /** @param changed called after each change */
  constructor(changed) {
    this.#changed = changed;
  }

  put(change) {
    Object.assign(this.state, change);
    this.#changed();
  }

  forget() {
    this.put({ ...NOTHING, session: "none", link: { status: "connecting", since: new Date() } });
  }

  /** Everything, from the beginning. */
  async load() {
    const [list, past] = await Promise.all([
      read("/api/v1/apps?instances=true"),
      read("/api/v1/events?limit=200"),
      this.loadCluster(),
      this.loadLoads(),
    ]);
    this.put({ apps: new Map(list.apps.map((app) => [app.name, app])), events: past.events });
  }

  async loadCluster() {
    this.put({ cluster: await read("/api/v1/cluster") });
  }

  async loadLoads() {
    const list = await read("/api/v1/load");
    this.put({ loads: new Map(list.apps.map((load) => [load.name, load])) });
  }

  /** An event says that there is something new, not what: that is asked for. */
  happened(event) {
    const { events } = this.state;
    if (events.length > 0 && events.at(-1).seq >= event.seq) return;
    this.put({ events: [...events, event].slice(-EVENTS_KEPT) });
    if (event.type.startsWith("Leader")) this.loadCluster().catch(() => {}); // it is asked again soon
    if (event.type === "AppDeleted") this.#gone(event.app);
    else if (event.app) this.renew(event.app, event.seq);
  }

  #gone(name) {
    this.#asked.delete(name);
    this.#unanswered.delete(name);
    const apps = new Map(this.state.apps);
    apps.delete(name);
    this.put({ apps });
  }

  renew(name, seq) {
    const waiting = this.#asked.has(name);
    this.#asked.set(name, Math.max(seq, this.#asked.get(name) ?? 0));
    if (!waiting) setTimeout(() => this.#ask(name), CALM);
  }

  async #ask(name) {
    if (!this.#asked.has(name)) return; // it is gone
    const seq = this.#asked.get(name);
    this.#asked.delete(name);
    try {
      const response = await ask(appPath(name));
      const app = await response.json();
      this.put({ apps: new Map(this.state.apps).set(name, app) });
      // through the load balancer, another controller may answer, which has not seen this event yet
      if (seenBy(response) < seq) this.renew(name, seq);
    } catch (failure) {
      if (failure instanceof Problem && failure.status === 404) this.#gone(name);
      else this.#unanswered.set(name, seq);
    }
  }

  /** A stream that goes on does not tell an event twice, so what was asked because of one must not be forgotten. */
  askAgain() {
    const names = [...this.#unanswered];
    this.#unanswered.clear();
    for (const [name, seq] of names) this.renew(name, seq);
  }

  linked() {
    this.askAgain();
    if (this.state.link.status !== "live")
      this.put({ link: { status: "live", since: new Date() } });
  }

  lost() {
    const { link } = this.state;
    if (link.status !== "lost") this.put({ link: { status: "lost", since: new Date() } });
  }

  /** Tells the user. @param kind "good" or "bad" */
  notice(kind, text) {
    const notice = { kind, text, id: crypto.randomUUID?.() ?? String(Math.random()) };
    this.put({ notices: [...this.state.notices, notice].slice(-3) });
    if (kind === "good") setTimeout(() => this.dismiss(notice), 5000);
  }

  dismiss(notice) {
    this.put({ notices: this.state.notices.filter((it) => it.id !== notice.id) });
  }
}

/** The seq behind the dash of an ETag: "<timeline>-<seq>". */
function seenBy(response) {
  const tag = /-(\d+)"$/.exec(response.headers.get("ETag") ?? "");
  return tag ? Number(tag[1]) : Infinity;
}
