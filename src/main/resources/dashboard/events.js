// The page of events: live, filtered by app, type or actor, and downloadable as a file.

import { read } from "./api.js";
import { h } from "./dom.js";
import { count, words } from "./format.js";
import { address } from "./page.js";
import { button, choice, empty, eventList, panel } from "./parts.js";
import { waiting } from "./waiting.js";

const SHOWN = 300;
const AT_ONCE = 1000; // the most events in one answer of the API
const MOST = 100_000; // the most events in a file

/** The same types as in openapi.yaml; a test compares them. */
const TYPES = [
  "AppRegistered",
  "AppUpdated",
  "AppScaled",
  "ScalingProposed",
  "AppStopped",
  "AppStarted",
  "AppRestarted",
  "AppDeleting",
  "AppDeleted",
  "TaskRequested",
  "TaskCancelRequested",
  "TaskStarting",
  "TaskStarted",
  "TaskStopping",
  "TaskRetried",
  "TaskSucceeded",
  "TaskFailed",
  "TaskCancelled",
  "TaskUnknown",
  "ScheduleSkipped",
  "ScheduleSuspended",
  "ScheduleResumed",
  "ExecStarted",
  "ExecEnded",
  "ForwardStarted",
  "ForwardEnded",
  "RolloutAdvanced",
  "RolloutPaused",
  "RolloutResumed",
  "RolloutCompleted",
  "RolloutRolledBack",
  "InstancePending",
  "InstanceStarting",
  "InstanceStarted",
  "InstanceReady",
  "HealthFailed",
  "InstanceDraining",
  "InstanceStopping",
  "InstanceRemoved",
  "InstanceFailed",
  "ContainerRemoved",
  "ImageResolved",
  "ImageRemoved",
  "NodeDrained",
  "NodeUncordoned",
  "RouteConflict",
  "RoutesRejected",
  "AnswerTooLong",
  "InstanceStillRouted",
  "StandbyLost",
  "StandbyReturned",
  "ProxyLost",
  "ProxyReturned",
  "FrontDoorClosed",
  "FrontDoorOpened",
  "SecretSet",
  "SecretLimited",
  "SecretDeleted",
  "SecretsResealed",
  "DomainAdded",
  "DomainRemoved",
  "CertificateIssued",
  "CertificateFailed",
  "CertificateExpiring",
  "LeaderElected",
  "LeaderResigned",
  "TokenCreated",
  "TokenRevoked",
  "ReceiverSet",
  "ReceiverRemoved",
  "NotificationDropped",
];

export const eventsPage = {
  title: () => "Events",

  /** The store has only the newest events. With a filter, older events may match too. */
  enter(visit, { query }) {
    const filter = wanted(query);
    if (!filtered(filter)) return;
    visit.poll(5, (signal) => loadOlder(visit, () => page(filter, { limit: SHOWN }, signal)));
  },

  view(state, visit, { query }) {
    const filter = wanted(query);
    const events = merged(visit.local.older ?? [], state.events)
      .filter((event) =>
        Object.keys(filter).every((name) => !filter[name] || event[name] === filter[name]),
      )
      .slice(-SHOWN)
      .reverse();
    return h(
      "div",
      { class: "page" },
      h("h1", { class: "unseen" }, "Events"),
      panel(
        "Events",
        tools(state, visit, filter),
        events.length > 0
          ? eventList(events, state.now, true)
          : !state.apps || (filtered(filter) && !visit.local.older)
            ? waiting(state)
            : empty(filtered(filter) ? "No event matches the filter." : "No events yet."),
      ),
    );
  },
};

function wanted(query) {
  return {
    app: query.get("app") ?? "",
    type: query.get("type") ?? "",
    actor: query.get("actor") ?? "",
  };
}

function filtered(filter) {
  return Object.values(filter).some(Boolean);
}

/**
 * Reads past events into `visit.local.older`. The store has the later ones, but keeps only the
 * newest. Once it may have dropped a later one, the past events are read again.
 *
 * @param readThem returns a promise of the events, oldest first
 */
export async function loadOlder(visit, readThem) {
  const { older, newestThen } = visit.local;
  const { events } = visit.store.state;
  if (older && (events[0]?.seq ?? 0) <= newestThen + 1) return;
  visit.put({ older: await readThem(), newestThen: events.at(-1)?.seq ?? 0 });
}

async function page(filter, more, signal) {
  const query = new URLSearchParams(more);
  for (const name in filter) if (filter[name]) query.set(name, filter[name]);
  return (await read(`/api/v1/events?${query}`, { signal })).events;
}

/**
 * Saves all events that match the filter, oldest first, one JSON object per line. `autoserve events
 * --export` has the same format.
 */
async function download(visit, filter) {
  const lines = [];
  let newest = null;
  let more = true;
  try {
    while (more && lines.length < MOST) {
      const events = await page(filter, { limit: AT_ONCE, after: newest?.seq ?? 0 }, visit.signal);
      for (const event of events) lines.push(`${JSON.stringify(event)}\n`);
      newest = events.at(-1) ?? newest;
      more = events.length === AT_ONCE;
    }
    more &&= (await page(filter, { limit: 1, after: newest.seq }, visit.signal)).length > 0;
  } catch (problem) {
    if (!visit.signal.aborted) visit.store.notice("bad", problem.message);
    return;
  }
  const href = URL.createObjectURL(new Blob(lines, { type: "application/x-ndjson" }));
  save(href, ["events", ...Object.values(filter).filter(Boolean)].join("-"));
  if (more)
    visit.store.notice(
      "bad",
      `The file ends with event ${newest.seq} of ${newest.at}, because a file has at most ${MOST} events. Use 'autoserve events --export' for all events.`,
    );
  else visit.store.notice("good", `${count(lines.length, "event")} in the file`);
}

function save(href, name) {
  const link = Object.assign(document.createElement("a"), { href, download: `${name}.jsonl` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // the file is written by then
}

/** Joins the lists. An event that both lists contain is in the result only once. */
export function merged(older, newer) {
  const first = newer[0]?.seq ?? Infinity;
  return [...older.filter((event) => event.seq < first), ...newer];
}

function tools(state, visit, filter) {
  const actors = [...new Set(state.events.map((event) => event.actor))].sort();
  const types = [...new Set([...TYPES, filter.type].filter(Boolean))];
  const names = [...(state.apps?.keys() ?? [])].sort();
  const go = (change) => {
    const query = new URLSearchParams(
      Object.entries({ ...wanted(address().query), ...change }).filter(([, value]) => value),
    );
    location.hash = query.size > 0 ? `#/events?${query}` : "#/events";
  };
  return h(
    "div",
    { class: "row" },
    entry("App", names, filter.app, (app) => go({ app })),
    choice(
      "Type",
      types.map((type) => [type, words(type)]),
      filter.type,
      (type) => go({ type }),
    ),
    entry("By", actors, filter.actor, (actor) => go({ actor })),
    button("Download", () => download(visit, filter), "", {
      title:
        "Downloads all matching events as JSON lines, including events too old to be shown here",
    }),
  );
}

/** A field with suggestions. It also accepts names that occur only in older events. */
export function entry(label, known, given, ongiven) {
  const list = `known-${label}`;
  const take = (event) => ongiven(event.target.value.trim());
  return [
    h(
      "label",
      { class: "row" },
      label,
      h("input", {
        type: "search",
        list,
        value: given,
        placeholder: "all",
        spellcheck: "false",
        autocapitalize: "off",
        onchange: take,
        onsearch: take,
      }),
    ),
    h(
      "datalist",
      { id: list },
      known.map((it) => h("option", { key: it, value: it })),
    ),
  ];
}
