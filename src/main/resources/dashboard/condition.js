// Decides how well an app is doing, from its state and from the errors that it answered in the last
// minute, and in which order a list shows apps. All functions are pure.

import { percent, words } from "./format.js";

/** The conditions of apps, the worst first: the name, and the CSS class of its colour. */
const CONDITIONS = [
  ["failing", "bad"],
  ["degraded", "warn"],
  ["changing", "coming"],
  ["running", "good"],
  ["stopped", "calm"],
];

export const CONDITION_NAMES = CONDITIONS.map(([name]) => name);

const BY_STATE = {
  CrashLooping: "failing",
  ReleaseFailed: "failing",
  Degraded: "degraded",
  Starting: "changing",
  Updating: "changing",
  Stopping: "changing",
  Deleting: "changing",
  Running: "running",
  Asleep: "stopped",
  Stopped: "stopped",
};

/** A failed rollout has the same limit, and so has the alert AppErrors. */
const FAILING_PERCENT = 5;
const DEGRADED_PERCENT = 1;

/** With fewer errors per minute, the share means little, and the badge would flicker. */
const FEWEST_ERRORS = 3;

/**
 * Returns the errors that the app answered in the last minute, as a count of responses of class 5xx
 * and as a percentage of all responses. The percentage is null without traffic.
 */
function errorsOf(load) {
  if (!load) return { count: 0, share: null };
  const steps = Math.max(1, Math.round(60 / load.stepSeconds));
  const total = (values) =>
    values.slice(-steps).reduce((sum, value) => sum + (value ?? 0), 0) * load.stepSeconds;
  const requests = total(load.requestsPerSecond);
  const count = total(load.errorsPerSecond);
  return { count, share: requests > 0 ? (count / requests) * 100 : null };
}

/**
 * Returns how well the app is doing: {name, tone, text, errors}. The name is one of
 * CONDITION_NAMES, and `errors` is the share of errors in percent if it is high enough to matter,
 * otherwise null.
 */
export function condition(app, load) {
  const { desired, ready } = app.replicas;
  const errors = noteworthyErrors(app, load);
  const dark = app.state === "Degraded" && desired > 0 && ready === 0;
  const name = worse(
    dark ? "failing" : (BY_STATE[app.state] ?? "changing"),
    errors === null ? "stopped" : errors >= FAILING_PERCENT ? "failing" : "degraded",
  );
  const text = words(app.state) + (errors === null ? "" : `, ${percent(errors)} errors`);
  return { name, tone: CONDITIONS.find(([it]) => it === name)[1], text, errors };
}

function noteworthyErrors(app, load) {
  const { count, share } = errorsOf(load);
  const noteworthy = share !== null && count >= FEWEST_ERRORS && share >= DEGRADED_PERCENT;
  return noteworthy && app.replicas.desired > 0 ? share : null;
}

function worse(one, other) {
  return CONDITION_NAMES.indexOf(one) < CONDITION_NAMES.indexOf(other) ? one : other;
}

/** Returns the newest value of the last three steps, or null. Older values are not current. */
export function latest(values) {
  return values.slice(-3).findLast((value) => value !== null) ?? null;
}

/** The orders of a list: the label, and a function that returns the key by which rows are sorted. */
export const ORDERS = {
  condition: ["problems first", ({ condition }) => CONDITION_NAMES.indexOf(condition.name)],
  name: ["name", () => 0],
  requests: ["most requests", ({ load }) => -(latest(load?.requestsPerSecond ?? []) ?? -1)],
  latency: ["slowest p95", ({ load }) => -(latest(load?.p95Ms ?? []) ?? -1)],
  errors: ["most errors", ({ load }) => -(errorsOf(load).share ?? -1)],
  deployed: ["last deployed", ({ deploy }) => -(deploy ? new Date(deploy.at) : 0)],
};

/** Returns a row {app, load, deploy, condition} for each app. */
export function rowsOf({ apps, loads, deploys }) {
  return [...apps.values()].map((app) => {
    const load = loads?.get(app.name);
    return { app, load, deploy: deploys.get(app.name), condition: condition(app, load) };
  });
}

/** Returns how many rows each condition has. */
export function countsOf(rows) {
  const counts = Object.fromEntries(CONDITION_NAMES.map((name) => [name, 0]));
  for (const row of rows) counts[row.condition.name] += 1;
  return counts;
}

/**
 * Returns the rows to show, in order. Rows with the same key are sorted by name.
 *
 * @param state a condition's name, or "" for all
 * @param search text that the name, the image or a host contains, in any case; "" for all
 * @param order a key of ORDERS; an unknown one means "condition"
 */
export function chosen(rows, { state, search, order }) {
  const text = search.trim().toLowerCase();
  const found = ({ app }) =>
    [app.name, app.image, ...app.hosts].some((it) => it.toLowerCase().includes(text));
  const [, key] = ORDERS[order] ?? ORDERS.condition;
  return rows
    .filter((row) => (state === "" || row.condition.name === state) && found(row))
    .sort((one, other) => key(one) - key(other) || byName(one, other));
}

function byName(one, other) {
  return one.app.name < other.app.name ? -1 : 1;
}
