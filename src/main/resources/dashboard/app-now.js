// The tab with the present state of an app: its failure, rollout, load, instances and scaling.

import { callout, failureOf } from "./app-failure.js";
import { instancesPanel } from "./app-instances.js";
import { rolloutPanel } from "./app-rollout.js";
import { appPath, read } from "./api.js";
import { chart, columns } from "./charts.js";
import { condition } from "./condition.js";
import { h } from "./dom.js";
import { clock, milliseconds, percent, rate, words } from "./format.js";
import { button, empty, panel } from "./parts.js";

/** The ranges of the charts: the name, the length in seconds, and the step in seconds. */
const RANGES = [
  ["10 min", 600, 10],
  ["1 h", 3600, 30],
  ["6 h", 21600, 300],
  ["24 h", 86400, 900],
  ["7 d", 604800, 7200],
];

export const appNow = {
  enter(visit, { name }) {
    visit.put({ range: 0, zoom: null, revisions: [], policy: null });
    visit.poll(5, () => load(visit, name));
    visit.poll(5, async (signal) =>
      visit.put({ scaling: await read(`${appPath(name)}/scaling`, { signal }) }),
    );
    visit.poll(5, (signal) => loadChange(visit, name, signal));
  },

  view(state, visit, app) {
    const { metrics, scaling, revisions } = visit.local;
    const policy = visit.local.policy?.revision === app.revision ? visit.local.policy : null;
    const { store } = visit;
    const failure = failureOf(app, condition(app, state.loads?.get(app.name)), state.events);
    const instances = h(
      "div",
      { class: "columns", key: "instances" },
      instancesPanel(app, metrics, state, store),
      scalingPanel(state, app, scaling),
    );
    const load = h("div", { key: "load" }, loadPanel(state, visit, app, failure));
    return [
      failure && callout(failure, app, revisions, state, store),
      app.rollout && rolloutPanel(app, policy, metrics, state, store),
      failure ? [instances, load] : [load, instances],
    ];
  },
};

async function load(visit, name) {
  const { range } = visit.local;
  const [, seconds, step] = RANGES[range];
  const from = new Date(Date.now() - seconds * 1000);
  const metrics = await read(`${appPath(name)}/metrics?step=${step}&since=${from.toISOString()}`, {
    signal: visit.signal,
  });
  // This answer is outdated if the user chose another range, whose answer may have arrived first.
  if (range !== visit.local.range) return;
  visit.put({ metrics, step, from: from / 1000, to: Date.now() / 1000 });
}

/** Loads what a rollout or a failure needs: the revisions to return to, and the rollout's rules. */
async function loadChange(visit, name, signal) {
  const { apps, loads } = visit.store.state;
  const app = apps?.get(name);
  if (!app) return;
  if (app.rollout && visit.local.policy?.revision !== app.revision) {
    const spec = await read(`${appPath(name)}/spec`, { signal });
    const unset = { steps: [], minReadySeconds: 0 }; // the spec leaves out what is empty
    visit.put({ policy: { ...unset, ...spec.rollout, revision: app.revision } });
  }
  if (app.rollout || condition(app, loads?.get(name)).name === "failing")
    visit.put(await read(`${appPath(name)}/revisions`, { signal }));
}

function loadPanel(state, visit, app, failure) {
  const { metrics, range, zoom } = visit.local;
  const tools = h(
    "div",
    { class: "row", role: "group", "aria-label": "Time" },
    zoom && button("Whole range", () => visit.put({ zoom: null }), "", { key: "whole" }),
    RANGES.map(([name], index) =>
      button(
        name,
        () => {
          visit.put({ range: index, zoom: null });
          load(visit, app.name).catch(() => {}); // the next poll retries
        },
        "quiet",
        {
          key: name,
          "aria-pressed": String(index === range),
          title: "Drag the pointer over a chart to enlarge a part of it",
        },
      ),
    ),
  );
  const history = metrics?.history ?? [];
  return failure && history.length === 0
    ? panel("Load", tools, empty(metrics ? `Not measured in the last ${RANGES[range][0]}.` : "…"))
    : panel("Load", tools, charts(state, visit, app, history));
}

/**
 * Returns the same description as before unless the charts show something else now. Otherwise the
 * browser would draw six canvases each second and at each event of any app.
 */
function charts(state, visit, app, history) {
  const { metrics, zoom, charted } = visit.local;
  const noted = marks(state, visit, app);
  const shown = [metrics, zoom, JSON.stringify(noted)];
  if (charted?.shown.every((it, index) => it === shown[index])) return charted.description;
  const description = draw(visit, history, noted);
  visit.local.charted = { shown, description };
  return description;
}

function draw(visit, history, noted) {
  const { metrics, step, zoom, from, to } = visit.local;
  const { times, gaps, figures } = columns(history, step);
  const common = {
    times,
    gaps,
    from: zoom?.[0] ?? from,
    to: zoom?.[1] ?? to,
    marks: noted,
    onzoom: (...part) => visit.put({ zoom: part }),
  };
  const absence = (values) =>
    metrics && values.every((value) => value === null) ? "Not measured" : null;
  const measured = (values) => ({ ...common, absent: absence(values) });
  const requests = figures((it) => it.requestsPerSecond);
  const quiet = metrics && requests.every((value) => !value) ? "No traffic" : null;
  const traffic = { ...common, absent: absence(requests) ?? quiet };
  const errors = (it) =>
    it.requestsPerSecond > 0 ? (it.classesPerSecond[4] / it.requestsPerSecond) * 100 : null;
  const instances = figures((it) => it.instances);
  const cpu = figures((it) => it.cpuPercent);
  const memory = figures((it) => it.memoryPercent);
  return h(
    "div",
    { class: "charts" },
    plot("Requests/s", {
      ...traffic,
      format: rate,
      top: 1,
      // The last line is drawn on top. Errors at zero must not cover the total.
      series: [
        ["5xx", 3, figures((it) => it.classesPerSecond[4])],
        ["all", 1, requests],
      ],
    }),
    plot("Latency, ms", {
      ...traffic,
      format: milliseconds,
      top: 5,
      series: [
        ["p50", 4, figures((it) => it.p50Ms)],
        ["p95", 1, figures((it) => it.p95Ms)],
        ["p99", 2, figures((it) => it.p99Ms)],
      ],
    }),
    plot("Errors, % of the answers", {
      ...traffic,
      format: percent,
      top: 5,
      series: [["5xx", 3, figures(errors)]],
    }),
    plot("Instances", {
      ...measured(instances),
      format: (value) => (value == null ? "–" : String(value)),
      top: 2,
      stepped: true,
      series: [["measured", 1, instances]],
    }),
    plot("CPU, % of the limit", {
      ...measured(cpu),
      format: percent,
      top: 20,
      series: [["average", 1, cpu]],
    }),
    plot("Memory, % of the limit", {
      ...measured(memory),
      format: percent,
      top: 20,
      series: [["average", 1, memory]],
    }),
  );
}

function plot(title, input) {
  return h("div", { class: "chart", key: title, island: chart, input: { title, ...input } });
}

const MARKED = new Set([
  "AppUpdated",
  "AppScaled",
  "AppRestarted",
  "RolloutRolledBack",
  "RolloutCompleted",
]);

/** Returns the marks of the charts: scaling decisions, and events that changed the app. */
function marks(state, visit, app) {
  const decisions = (visit.local.scaling?.changes ?? []).map(({ at, from, to, reason }) => ({
    at: new Date(at) / 1000,
    tone: "tone-2",
    text: `${from} → ${to}: ${reason}`,
  }));
  const events = state.events
    .filter((event) => event.app === app.name && MARKED.has(event.type))
    .map(({ at, type, reason }) => ({
      at: new Date(at) / 1000,
      tone: "tone-4",
      text: `${words(type)}: ${reason}`,
    }));
  return [...events, ...decisions];
}

function scalingPanel(state, app, scaling) {
  if (!scaling) return panel("Scaling", null, empty("…"));
  const { policy, latest, changes, heldUntil } = scaling;
  const auto = app.scaling === "Auto";
  return panel(
    "Scaling",
    h(
      "span",
      { class: "muted" },
      auto ? `automatic, ${policy.minReplicas} to ${policy.maxReplicas}` : "manual",
    ),
    h(
      "div",
      { class: "body" },
      heldUntil &&
        h(
          "p",
          null,
          `An operator set ${scaling.replicas}. Scaling keeps it until ${clock(heldUntil, state.now)}.`,
        ),
      latest
        ? h("p", { class: "reason" }, latest.reason)
        : h(
            "p",
            { class: "muted" },
            auto
              ? "No decision yet."
              : "Manual scaling: the number of instances changes only when you change it.",
          ),
      latest?.proposals.length > 0 && h("dl", { class: "facts" }, latest.proposals.map(proposal)),
    ),
    changes.length > 0 &&
      h(
        "ol",
        { class: "decisions" },
        changes
          .slice(0, 12)
          .map(({ at, from, to, reason }) =>
            h(
              "li",
              { key: at },
              h("time", { datetime: at }, clock(at, state.now)),
              h("b", null, `${from} → ${to}`),
              h("span", { class: "reason" }, reason),
            ),
          ),
      ),
  );
}

function proposal({ metric, name, value, target, unit, replicas }) {
  const label = name ?? metric;
  const brief = (number) => (number >= 100 ? Math.round(number) : Math.round(number * 10) / 10);
  return h(
    "div",
    { key: label },
    h("dt", null, label),
    h(
      "dd",
      null,
      value === null ? "unknown" : `${brief(value)} of ${target} ${unit}`,
      replicas !== null && ` → ${replicas}`,
    ),
  );
}
