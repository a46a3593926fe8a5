// The actions that an operator can start for an app. Dangerous ones ask for confirmation first.

import { appPath, write } from "./api.js";
import { confirmed } from "./dialogs.js";

/**
 * Returns whether the session may change the named app. Without a name, returns whether the session
 * may change any app at all. The server decides what is permitted. The dashboard only hides buttons
 * that the server would refuse.
 */
export function may(session, name = null) {
  if (!session || session === "none") return false;
  if (session.open || session.role === "admin") return true;
  if (session.role !== "deployer") return false;
  return name === null || (session.apps ?? []).some((pattern) => matches(pattern, name));
}

const ROLES = ["viewer", "deployer", "admin"];

/** Returns whether the session has this role or a higher one. */
export function hasRole(session, role) {
  if (!session || session === "none") return false;
  return session.open || ROLES.indexOf(session.role) >= ROLES.indexOf(role);
}

/** Returns whether the session may read what concerns all apps, such as the platform's checks. */
export function seesAll(session) {
  return Boolean(session?.open || session?.apps?.includes("*"));
}

/** Returns whether the session may manage tokens and read the audit. */
export function mayAdminister(session) {
  return hasRole(session, "admin") && seesAll(session);
}

/** Matches a name against a pattern, in which * stands for any number of characters. */
export function matches(pattern, name) {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(name);
}

const ENDS_SERVICE =
  "All instances are drained and stopped. The app stays registered, but its requests are answered with 503.";

const ORDERS = {
  start: { label: "Start", done: "is being started" },
  restart: {
    label: "Restart",
    text: "All instances are replaced with new ones of the same revision, following the app's rollout rules.",
    done: "is being restarted",
  },
  stop: { label: "Stop", text: ENDS_SERVICE, danger: true, done: "is being stopped" },
  delete: {
    label: "Delete",
    text: "The app is drained and deleted, with all its revisions.",
    danger: true,
    typed: true,
    done: "is being deleted",
  },
  pause: { label: "Pause", path: "rollout/pause", done: "has paused its rollout" },
  resume: { label: "Resume", path: "rollout/resume", done: "has resumed its rollout" },
  undo: {
    label: "Roll back",
    path: "rollout/undo",
    text: "The previous revision is applied again. Running instances of that revision stay.",
    danger: true,
    done: "is being rolled back",
  },
};

/** Asks for confirmation if needed, then sends the order. @param verb a key of ORDERS */
export async function order(store, name, verb) {
  const { label, text, danger, typed, path = verb, done } = ORDERS[verb];
  if (
    text &&
    !(await confirmed({
      title: `${label} ${name}?`,
      text,
      label,
      danger,
      typed: typed ? name : null,
    }))
  )
    return;
  await change(store, `${name} ${done}`, () =>
    verb === "delete" ? write("DELETE", appPath(name)) : write("POST", `${appPath(name)}/${path}`),
  );
}

/** Asks for confirmation only before scaling to 0, because that stops the app. */
export async function scale(store, name, replicas) {
  const sure =
    replicas > 0 ||
    (await confirmed({
      title: `Scale ${name} to 0?`,
      text: ENDS_SERVICE,
      label: "Scale to 0",
      danger: true,
    }));
  if (!sure) return;
  await change(store, `${name} is being scaled to ${replicas}`, () =>
    write("POST", `${appPath(name)}/scale`, JSON.stringify({ replicas })),
  );
}

export async function returnTo(store, name, revision) {
  const sure = await confirmed({
    title: `Roll ${name} back to revision ${revision}?`,
    text: `The spec of revision ${revision} is applied as a new revision, following the app's rollout rules.`,
    label: "Roll back",
  });
  if (sure)
    await change(store, `${name} is being rolled back to revision ${revision}`, () =>
      write("POST", `${appPath(name)}/rollout/undo?to=${revision}`),
    );
}

/** Changes an app. The answer contains the app after the change, so the page shows it at once. */
function change(store, done, task) {
  return attempt(store, done, async () => {
    const app = await task();
    if (app?.name) store.put({ apps: new Map(store.state.apps).set(app.name, app) });
    return app;
  });
}

/**
 * Runs the task and shows the user how it ended.
 *
 * @returns the task's result; undefined if it failed
 */
export async function attempt(store, done, task) {
  try {
    const result = await task();
    store.notice("good", result?.note ? `${done}: ${result.note}` : done);
    return result;
  } catch (problem) {
    const errors = (problem.errors ?? []).map(({ message }) => message);
    store.notice("bad", [problem.message, ...errors].join(": "));
    return undefined;
  }
}
