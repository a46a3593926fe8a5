// The panel of a rollout: its stages with a countdown, and the old revision beside the new one.

import { may, order } from "./actions.js";
import { h } from "./dom.js";
import { milliseconds, percent, rate, until } from "./format.js";
import { button, mood, panel, since, table } from "./parts.js";

/**
 * Returns the stages of the rollout in order: {label, place}, where the place is "done", "current"
 * or "coming".
 *
 * @param policy the section `rollout` of the app's spec with all defaults; null until it is loaded
 */
export function stagesOf({ phase, step, steps, weight }, policy) {
  const blueGreen = phase === "Preparing" || policy?.strategy === "blueGreen";
  const canary = Array.from({ length: blueGreen ? 0 : steps }, (_, index) => {
    const share = policy?.steps[index]?.weight ?? (index === step ? weight : null);
    return share === null ? `step ${index + 1}` : `${share} % of the traffic`;
  });
  const labels = [
    ...canary,
    blueGreen ? "prepare new instances" : "replace old instances",
    "watch",
  ];
  const current = { Canary: step, Watching: labels.length - 1 }[phase] ?? labels.length - 2;
  return labels.map((label, index) => ({
    label,
    place: index < current ? "done" : index === current ? "current" : "coming",
  }));
}

/**
 * Returns the time in milliseconds at which the current stage ends if the new revision stays
 * healthy. Null if that depends on more than time: on an operator or on instances.
 */
export function stageEnd({ rollout, instances }, policy) {
  const { phase, paused, step, steppedAt, to, watchSeconds } = rollout;
  const fresh = instances.filter((it) => it.revision === to && mood(it) !== "leaving");
  if (paused || !policy || fresh.length === 0) return null;
  if (fresh.some((it) => it.readySince === null)) return null;
  const stepped = Number(new Date(steppedAt));
  const available =
    Math.max(...fresh.map((it) => new Date(it.readySince))) + policy.minReadySeconds * 1000;
  if (phase === "Canary")
    return Math.max(available, stepped) + (policy.steps[step]?.holdSeconds ?? 0) * 1000;
  if (phase === "Watching")
    return (policy.strategy === "blueGreen" ? stepped : available) + watchSeconds * 1000;
  return null;
}

export function rolloutPanel(app, policy, metrics, state, store) {
  const { from, to, paused, startedAt, reason } = app.rollout;
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
          button(`Roll back to revision ${from}`, () => order(store, app.name, "undo"), "danger"),
        ),
      h(
        "div",
        { class: "body" },
        h(
          "ol",
          { class: "stages" },
          stagesOf(app.rollout, policy).map(({ label, place }) =>
            h(
              "li",
              { key: label, class: place, "aria-current": place === "current" ? "step" : null },
              label,
            ),
          ),
        ),
        h(
          "p",
          { class: "subline" },
          h("span", null, progress(app, policy, state.now)),
          h("span", null, "started ", since(startedAt, state.now), " ago"),
          h("span", null, reason),
        ),
      ),
      comparison(app.rollout, metrics),
    ),
  );
}

function progress(app, policy, now) {
  const { phase, paused, ready, wanted, old } = app.rollout;
  const instances = `${ready} of ${wanted} new instances ready, ${old} old`;
  if (paused) return `paused; ${instances}`;
  const end = stageEnd(app, policy);
  if (end === null) return instances;
  const next = phase === "Watching" ? "complete" : "next step";
  return `${next} ${end > now ? `in ${until(end, now)}` : "now"}; ${instances}`;
}

function comparison({ from, to, ready, old }, metrics) {
  const row = (revision, name, instances) => {
    const load = metrics?.revisions[revision];
    const share =
      load?.requestsPerSecond > 0
        ? (load.classesPerSecond[4] / load.requestsPerSecond) * 100
        : null;
    return [
      `revision ${revision} (${name})`,
      String(instances),
      rate(load?.requestsPerSecond),
      percent(share),
      milliseconds(load?.p95Ms),
    ];
  };
  return table(
    ["Revision", "Ready", "Requests/s", "Errors", "p95"],
    [row(from, "old", old), row(to, "new", ready)],
  );
}
