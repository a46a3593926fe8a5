// The tab with an app's rollout, load, instances and scaling decisions.

import { may, order, scale } from "./actions.js";
import { appPath, read } from "./api.js";
import { chart, columns } from "./charts.js";
import { h } from "./dom.js";
import { clock, count, milliseconds, percent, rate, words } from "./format.js";
import { button, dots, empty, instanceBadge, panel, since } from "./parts.js";

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
    visit.put({ range: 0 });
    visit.poll(5, () => load(visit, name));
    visit.poll(5, async (signal) =>
      visit.put({ scaling: await read(`${appPath(name)}/scaling`, { signal }) }),
    );
  },

  view(state, visit, app) {
    const { metrics, scaling } = visit.local;
    return [
      app.rollout && rollout(app, state, visit.store),
      charts(state, visit, app),
      h(
        "div",
        { class: "columns" },
        instances(state, app, metrics, visit.store),
        scalingPanel(state, app, scaling),
      ),
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
  visit.put({ metrics, from: from / 1000, to: Date.now() / 1000 });
}

const PHASES = {
  Canary: "the new revision receives a share of the traffic",
  Replacing: "new instances replace old ones",
  Preparing: "new instances start and receive no traffic yet",
  Watching: "the new revision serves all traffic and may still be rolled back",
};

function rollout(app, state, store) {
  const { from, to, phase, paused, step, steps, weight, wanted, ready, old, startedAt, reason } =
    app.rollout;
  return h(
    "div",
    { class: "rollout", key: "rollout" },
    panel(
      `Revision ${from} → ${to}`,
      may(state.session, app.name) &&
        h(
          "div",
          { class: "row" },
          paused
            ? button("Resume", () => order(store, app.name, "resume"))
            : button("Pause", () => order(store, app.name, "pause")),
          button("Roll back", () => order(store, app.name, "undo"), "danger"),
        ),
      h(
        "div",
        { class: "body" },
        h("progress", {
          max: wanted,
          value: Math.min(ready, wanted),
          "aria-label": `${ready} of ${wanted} instances of revision ${to} ready`,
        }),
        h(
          "p",
          { class: "subline" },
          h("span", null, paused ? "paused; " : null, `${words(phase)}: ${PHASES[phase]}`),
          h("span", null, `${ready} of ${wanted} new instances ready, ${old} old`),
          steps > 0 &&
            h(
              "span",
              null,
              `step ${Math.min(step + 1, steps)} of ${steps}${weight === null ? "" : `, ${weight} % of the traffic`}`,
            ),
          h("span", null, "for ", since(startedAt, state.now)),
          h("span", null, reason),
        ),
      ),
    ),
  );
}

function charts(state, visit, app) {
  const { metrics, range, from, to } = visit.local;
  const ranges = h(
    "div",
    { class: "row", role: "group", "aria-label": "Time" },
    RANGES.map(([name], index) =>
      button(
        name,
        () => {
          visit.put({ range: index });
          load(visit, app.name).catch(() => {}); // the next poll retries
        },
        "quiet",
        { "aria-pressed": String(index === range) },
      ),
    ),
  );
  const { times, figures } = columns(metrics?.history ?? [], RANGES[range][2]);
  const common = { times, from, to, marks: marks(state, visit, app) };
  const errors = (it) =>
    it.requestsPerSecond > 0 ? (it.classesPerSecond[4] / it.requestsPerSecond) * 100 : 0;
  return panel(
    "Load",
    ranges,
    h(
      "div",
      { class: "charts" },
      plot("Requests/s", {
        ...common,
        format: rate,
        top: 1,
        series: [
          ["all", 1, figures((it) => it.requestsPerSecond)],
          ["5xx", 3, figures((it) => it.classesPerSecond[4])],
        ],
      }),
      plot("Latency", {
        ...common,
        format: milliseconds,
        top: 5,
        series: [
          ["p50", 4, figures((it) => it.p50Ms)],
          ["p95", 1, figures((it) => it.p95Ms)],
          ["p99", 2, figures((it) => it.p99Ms)],
        ],
      }),
      plot("Errors", { ...common, format: percent, top: 5, series: [["5xx", 3, figures(errors)]] }),
      plot("Instances", {
        ...common,
        format: (value) => (value == null ? "–" : String(value)),
        top: 2,
        stepped: true,
        series: [["measured", 1, figures((it) => it.instances)]],
      }),
      plot("CPU, % of the limit", {
        ...common,
        format: percent,
        top: 20,
        series: [["average", 1, figures((it) => it.cpuPercent)]],
      }),
      plot("Memory, % of the limit", {
        ...common,
        format: percent,
        top: 20,
        series: [["average", 1, figures((it) => it.memoryPercent)]],
      }),
    ),
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

function instances(state, app, metrics, store) {
  const load = (instance) => metrics?.instances[instance.name];
  const row = (instance) =>
    h(
      "tr",
      { key: instance.name },
      h(
        "th",
        { scope: "row" },
        instance.name,
        h(
          "div",
          { class: "muted" },
          `r${instance.revision}`,
          instance.restarts > 0 && `, ${count(instance.restarts, "restart")}`,
        ),
      ),
      h("td", null, instanceBadge(instance)),
      h(
        "td",
        { class: "reason" },
        instance.reason,
        instance.readySince && [", ready for ", since(instance.readySince, state.now)],
      ),
      h(
        "td",
        { class: "number-cell" },
        rate(load(instance)?.requestsPerSecond),
        h("div", { class: "muted" }, milliseconds(load(instance)?.p95Ms)),
      ),
      h(
        "td",
        { class: "number-cell" },
        percent(load(instance)?.cpuPercent),
        h("div", { class: "muted" }, percent(load(instance)?.memoryPercent)),
      ),
    );
  return panel(
    "Instances",
    [dots(app), may(state.session, app.name) && app.state !== "Deleting" && scaleForm(app, store)],
    app.instances.length === 0
      ? empty("None.")
      : h(
          "div",
          // The tabindex lets users scroll the table by keyboard.
          { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table of instances" },
          h(
            "table",
            { class: "instances" },
            h(
              "thead",
              null,
              h(
                "tr",
                null,
                h("th", { scope: "col" }, "Name"),
                h("th", { scope: "col" }, "State"),
                h("th", { scope: "col" }, "Why"),
                h("th", { scope: "col", class: "number-cell" }, "req/s, p95"),
                h("th", { scope: "col", class: "number-cell" }, "cpu, mem"),
              ),
            ),
            h("tbody", null, app.instances.map(row)),
          ),
        ),
  );
}

function scaleForm(app, store) {
  const submit = (event) => {
    event.preventDefault();
    scale(store, app.name, Number(new FormData(event.target).get("replicas")));
  };
  return h(
    "form",
    { class: "row", onsubmit: submit },
    h("label", { for: "replicas" }, "Desired"),
    h("input", {
      id: "replicas",
      name: "replicas",
      type: "number",
      min: 0,
      max: 1000,
      required: true,
      value: String(app.replicas.desired),
    }),
    h("button", null, "Scale"),
  );
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

function proposal({ metric, value, target, unit, replicas }) {
  const brief = (number) => (number >= 100 ? Math.round(number) : Math.round(number * 10) / 10);
  return h(
    "div",
    { key: metric },
    h("dt", null, metric),
    h(
      "dd",
      null,
      value === null ? "unknown" : `${brief(value)} of ${target} ${unit}`,
      replicas !== null && ` → ${replicas}`,
    ),
  );
}
