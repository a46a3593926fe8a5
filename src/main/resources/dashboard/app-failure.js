// The red callout on the page of a failing app: what failed, why, and what to do next.

import { may, order, returnTo } from "./actions.js";
import { rollbackTarget } from "./deploys.js";
import { h } from "./dom.js";
import { clock, percent, until } from "./format.js";
import { brief, button } from "./parts.js";

/** The parts of a reason that names how a container or a task ended, as the leader writes it. */
const ENDING =
  /^(?<cause>.*?)(?:(?:,| with) exit code (?<code>\d+)|(?<memory>, out of memory))?(?:; last output: (?<output>.*))?$/s;

/** Returns {cause, exit, output}: a clause, a text or null, and the last lines, oldest first. */
export function endingOf(reason) {
  const { cause, code, memory, output } = ENDING.exec(reason).groups;
  return {
    cause,
    exit: memory
      ? "out of memory: raise spec.resources.memory, or find out what needs so much"
      : code === undefined
        ? null
        : `${code}, ${meaningOf(Number(code))}`,
    output: output === undefined ? [] : output.split(" / "),
  };
}

function meaningOf(code) {
  switch (code) {
    case 0:
      return "which means success, but an app must keep running";
    case 126:
      return "the command cannot be executed";
    case 127:
      return "the command was not found";
    case 137:
      return "killed by SIGKILL";
    case 139:
      return "crashed (SIGSEGV)";
    case 143:
      return "ended by SIGTERM";
    default:
      return code > 128 ? `ended by signal ${code - 128}` : "an error of the app";
  }
}

/** The beginning of the reason for an app's state. */
const COUNT = /^\d+ of \d+ instances ready; /;

const DEAD = new Set(["CrashLooping", "Failed"]);

/**
 * Returns why the app fails: {title, cause, exit, output, instance, retryAt}, with null for what is
 * unknown; or null if the app does not fail.
 *
 * @param condition of the app, see condition.js
 * @param events oldest first
 */
export function failureOf(app, condition, events) {
  if (condition.name !== "failing") return null;
  const { ready, desired } = app.replicas;
  const title = `${ready} of ${desired} instances ready`;
  if (app.state === "ReleaseFailed")
    return { title, ...endingOf(app.reason.replace(COUNT, "")), instance: null, retryAt: null };
  const instance =
    app.instances.find((it) => DEAD.has(it.state)) ??
    app.instances.find((it) => it.health === "NotReady");
  const retryAt = instance?.retryAt ?? null;
  if (condition.errors !== null && ready > 0 && app.state !== "CrashLooping")
    return {
      title: `${percent(condition.errors)} of the answers in the last minute were errors (5xx)`,
      cause: "The ready instances answer with errors. Their logs may show why",
      exit: null,
      output: [],
      instance: null,
      retryAt: null,
    };
  const now = instance && endingOf(instance.reason);
  // While an instance starts again, only the event of its failure has the reason.
  const last = lastFailure(app, instance, events);
  if (last && (!now || (DEAD.has(instance.state) && now.exit === null && now.output.length === 0)))
    return { title, ...endingOf(brief(last)), instance: last.instance, retryAt };
  return now
    ? { title, ...now, instance: instance.name, retryAt }
    : { title, ...endingOf(app.reason), instance: null, retryAt };
}

/** Returns the event of the last failure; null if an instance has become ready since then. */
function lastFailure(app, instance, events) {
  const last = events.findLast(
    (it) =>
      it.app === app.name &&
      new Date(it.at) >= new Date(app.createdAt) && // a deleted app may have had the same name
      (!instance || it.instance === instance.name) &&
      (it.type === "InstanceFailed" || it.type === "InstanceReady"),
  );
  return last?.type === "InstanceFailed" ? last : null;
}

/** @param revisions of the app; empty until they are loaded */
export function callout(failure, app, revisions, state, store) {
  const { title, cause, exit, output, instance, retryAt } = failure;
  const logs = `#/apps/${app.name}/logs${instance ? `?instance=${instance}` : ""}`;
  return h(
    "section",
    { class: "callout", key: "failure", "aria-label": "Failure" },
    h("h2", null, `${app.name} is failing: ${title}`),
    h("p", null, instance && [h("b", null, instance), ": "], `${cause}.`),
    (exit || retryAt) &&
      h(
        "dl",
        { class: "facts" },
        exit && fact("Exit code", exit),
        retryAt && fact("Next try", nextTry(retryAt, state.now)),
      ),
    output.length > 0 && [
      h("h3", null, "Last output"),
      h("pre", { tabindex: "0", role: "group", "aria-label": "Last output" }, output.join("\n")),
    ],
    h(
      "div",
      { class: "row" },
      h("a", { class: "button", href: logs }, "Logs"),
      h("a", { class: "button", href: `#/apps/${app.name}/events` }, "What happened"),
      may(state.session, app.name) && rollBack(app, revisions, store),
    ),
  );
}

function fact(term, value) {
  return h("div", null, h("dt", null, term), h("dd", null, value));
}

function nextTry(at, now) {
  return new Date(at) > now ? `in ${until(at, now)}, at ${clock(at, now)}` : "now";
}

function rollBack(app, revisions, store) {
  const target = rollbackTarget(app, revisions);
  return (
    target !== null &&
    button(
      `Roll back to revision ${target}`,
      () => (app.rollout ? order(store, app.name, "undo") : returnTo(store, app.name, target)),
      "danger",
    )
  );
}
