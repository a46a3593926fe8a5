// What an operator may do to an app, asked before it is done.

import { appPath, write } from "./api.js";
import { confirmed } from "./dialogs.js";

/** Whether the session may change apps; with a name, this one. The server decides; this only hides what it would refuse. */
export function may(session, name = null) {
  if (!session || session === "none") return false;
  if (session.open || session.role === "admin") return true;
  if (session.role !== "deployer") return false;
  return name === null || (session.apps ?? []).some((pattern) => matches(pattern, name));
}

/** In a pattern, * is any number of characters. */
function matches(pattern, name) {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(name);
}

const ENDS_SERVICE = "Every instance is drained and stopped. The app stays registered; nobody is served.";

const ORDERS = {
  start: { label: "Start", done: "is being started" },
  restart: {
    label: "Restart",
    text: "Every instance is replaced by a new one of the same revision, by the app's rollout rules.",
    done: "is being restarted",
  },
  stop: { label: "Stop", text: ENDS_SERVICE, danger: true, done: "is being stopped" },
  delete: { label: "Delete", text: "The app is drained and removed, with all its revisions.", danger: true, typed: true, done: "is being removed" },
  pause: { label: "Pause", path: "rollout/pause", done: "rolls out no further" },
  resume: { label: "Resume", path: "rollout/resume", done: "goes on rolling out" },
  undo: { label: "Undo", path: "rollout/undo", text: "The revision that served before is applied again; its instances that are still there stay.", danger: true, done: "returns to what served before" },
};

/** @param verb one of ORDERS */
export async function order(store, name, verb) {
  const { label, text, danger, typed, path = verb, done } = ORDERS[verb];
  if (text && !(await confirmed({ title: `${label} ${name}?`, text, label, danger, typed: typed ? name : null }))) return;
  await attempt(store, `${name} ${done}`, () =>
    verb === "delete" ? write("DELETE", appPath(name)) : write("POST", `${appPath(name)}/${path}`),
  );
}

/** Asked for nothing but 0, which is to stop by another name. */
export async function scale(store, name, replicas) {
  const sure = replicas > 0 || (await confirmed({ title: `Scale ${name} to 0?`, text: ENDS_SERVICE, label: "Scale to 0", danger: true }));
  if (!sure) return;
  await attempt(store, `${name} is being scaled to ${replicas}`, () => write("POST", `${appPath(name)}/scale`, JSON.stringify({ replicas })));
}

export async function returnTo(store, name, revision) {
  const sure = await confirmed({
    title: `Return ${name} to revision ${revision}?`,
    text: `What revision ${revision} said is applied again, as a new revision, by the app's rollout rules.`,
    label: "Return to it",
  });
  if (sure) await attempt(store, `${name} returns to revision ${revision}`, () => write("POST", `${appPath(name)}/rollout/undo?to=${revision}`));
}

/** Tells what became of it. The answer is as new as the write, so it is shown at once. */
async function attempt(store, done, task) {
  try {
    const app = await task();
    if (app?.name) store.put({ apps: new Map(store.state.apps).set(app.name, app) });
    store.notice("good", app?.note ? `${done}: ${app.note}` : done);
  } catch (problem) {
    store.notice("bad", problem.message);
  }
}
