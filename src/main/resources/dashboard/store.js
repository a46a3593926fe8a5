// The state of the dashboard: one plain object, which only this class changes. The page is drawn
// again after each change.

import { appPath, ask, read, Problem } from "./api.js";
import { DEPLOY_TYPES, withDeploys } from "./deploys.js";

const EVENTS_KEPT = 500;
const CALM = 80; // milliseconds; a burst of events of one app causes only one request

/** Events after which an app may be stuck. Controllers know that up to three seconds later. */
const STICKING = new Set(["TaskFailed", "TaskCancelled", "TaskUnknown", "RolloutPaused"]);
const LATER = 4_000; // milliseconds

const DEPLOYS_LOADED = 500; // of each type
const TROUBLE_MILLIS = 35_000; // longer than the pause of any page between two reads
const NOTICE_MILLIS = { good: 5_000, bad: 20_000 };

/** The state of the platform before anything is loaded. */
const NOTHING = {
  cluster: null,
  apps: null, // by name, in the form of the API, with instances
  loads: null, // by name
  deploys: new Map(), // the last deploy by the app's name
  events: [], // oldest first
};

export class Store {
  state = {
    ...NOTHING,
    session: null, // {actor, role, apps, open}, or "none"
    link: { status: "connecting", since: new Date() }, // or "live", "lost" (with a reason) or "refused"
    trouble: null, // why a read fails; null if all succeed
    notices: [],
    now: new Date(),
  };

  #changed;
  #failing = new Map(); // reads that failed: the path, and {message, at}
  #asked = new Map(); // apps to load again: the name, and the seq of the newest event
  #unanswered = new Map(); // the same, for apps whose request failed
  #deleted = new Map(); // deleted apps: the name, and the seq of the deletion

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

  /** Loads the whole state again. */
  async load() {
    const [list, past, deploys] = await Promise.all([
      read("/api/v1/apps?instances=true"),
      read("/api/v1/events?limit=200"),
      pastDeploys(),
      this.loadCluster(),
      this.loadLoads().catch(() => {}), // the next poll retries, and apps are shown without figures
    ]);
    this.#deleted.clear(); // another timeline may count from a lower seq
    this.put({
      apps: new Map(list.apps.map((app) => [app.name, app])),
      events: past.events,
      deploys,
    });
  }

  async loadCluster() {
    this.put({ cluster: await read("/api/v1/cluster") });
  }

  async loadLoads() {
    const list = await read("/api/v1/load");
    const { stepSeconds } = list;
    this.put({ loads: new Map(list.apps.map((load) => [load.name, { ...load, stepSeconds }])) });
  }

  /** Adds an event, and loads its app again, because the event does not contain the app's state. */
  happened(event) {
    const { events } = this.state;
    if (events.length > 0 && events.at(-1).seq >= event.seq) return;
    this.put({ events: [...events, event].slice(-EVENTS_KEPT) });
    if (DEPLOY_TYPES.includes(event.type))
      this.put({ deploys: withDeploys(this.state.deploys, [event]) });
    // If this fails, the next poll retries.
    if (event.type.startsWith("Leader")) this.loadCluster().catch(() => {});
    if (event.type === "AppDeleted") {
      this.#deleted.set(event.app, event.seq);
      this.#gone(event.app);
    } else if (event.app) {
      this.renew(event.app, event.seq);
      if (STICKING.has(event.type)) setTimeout(() => this.#renewLater(event), LATER);
    }
  }

  #renewLater({ app, seq }) {
    if (this.state.apps?.has(app)) this.renew(app, seq);
  }

  #gone(name) {
    this.#asked.delete(name);
    this.#unanswered.delete(name);
    const apps = new Map(this.state.apps);
    apps.delete(name);
    const deploys = new Map(this.state.deploys);
    deploys.delete(name);
    this.put({ apps, deploys });
  }

  renew(name, seq) {
    const waiting = this.#asked.has(name);
    this.#asked.set(name, Math.max(seq, this.#asked.get(name) ?? 0));
    if (!waiting) setTimeout(() => this.#ask(name), CALM);
  }

  async #ask(name) {
    if (!this.#asked.has(name)) return; // the app was deleted
    const seq = this.#asked.get(name);
    this.#asked.delete(name);
    try {
      const response = await ask(appPath(name));
      const app = await response.json();
      const seen = seenBy(response);
      // An answer from before the deletion may arrive after it.
      if (seen >= (this.#deleted.get(name) ?? 0))
        this.put({ apps: new Map(this.state.apps).set(name, app) });
      // The load balancer may choose a controller that has not seen the event yet.
      if (seen < seq) this.renew(name, seq);
    } catch (failure) {
      if (failure instanceof Problem && failure.status === 404) this.#gone(name);
      else this.#unanswered.set(name, seq);
    }
  }

  /** Repeats the failed requests. A resumed stream does not repeat the events that caused them. */
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

  /** @param reason a sentence for the user */
  lost(reason) {
    const { status, since } = this.state.link;
    this.put({ link: { status: "lost", since: status === "lost" ? since : new Date(), reason } });
  }

  /** Notes whether a read succeeded. @param problem null if it did */
  answered(path, problem) {
    if (problem) this.#failing.set(path, { message: problem.message, at: Date.now() });
    else if (!this.#failing.delete(path)) return;
    this.#noteTrouble();
  }

  /** Moves the time on by which ages are shown. */
  tick() {
    this.put({ now: new Date() });
    this.#noteTrouble();
  }

  /** A page that the user left repeats its reads no more, so old failures are forgotten. */
  #noteTrouble() {
    for (const [path, { at }] of this.#failing) {
      if (Date.now() - at > TROUBLE_MILLIS) this.#failing.delete(path);
    }
    const trouble = [...this.#failing.values()].at(-1)?.message ?? null;
    if (trouble !== this.state.trouble) this.put({ trouble });
  }

  /** The server refuses the stream, because too many are open. */
  refused(reason) {
    if (this.state.link.status === "refused") return;
    this.put({ link: { status: "refused", since: new Date() } });
    this.notice("bad", `This page is not updated live: ${reason}`);
  }

  /** Shows a message to the user for some seconds. @param kind "good" or "bad" */
  notice(kind, text) {
    const notice = { kind, text, id: crypto.randomUUID?.() ?? String(Math.random()) };
    const others = this.state.notices.filter((it) => it.text !== text);
    this.put({ notices: [...others, notice].slice(-3) });
    setTimeout(() => this.dismiss(notice), NOTICE_MILLIS[kind]);
  }

  dismiss(notice) {
    this.put({ notices: this.state.notices.filter((it) => it.id !== notice.id) });
  }
}

async function pastDeploys() {
  const lists = await Promise.all(
    DEPLOY_TYPES.map((type) => read(`/api/v1/events?type=${type}&limit=${DEPLOYS_LOADED}`)),
  );
  return withDeploys(
    new Map(),
    lists.flatMap(({ events }) => events),
  );
}

/** Returns the seq in an ETag of the form "<timeline>-<seq>". */
function seenBy(response) {
  const tag = /-(\d+)"$/.exec(response.headers.get("ETag") ?? "");
  return tag ? Number(tag[1]) : Infinity;
}
