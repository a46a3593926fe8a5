// Finds out from events who deployed each app last, and when. All functions are pure.

/** The types of events that give an app a new revision. */
export const DEPLOY_TYPES = ["AppRegistered", "AppUpdated", "RolloutRolledBack"];

/**
 * Returns the last deploy of each app by its name: {seq, revision, actor, at, reason}.
 *
 * @param known the deploys that are known already
 * @param events in any order; other types are ignored
 */
export function withDeploys(known, events) {
  const deploys = new Map(known);
  for (const { type, app, seq, revision, actor, at, reason } of events) {
    if (!app || !DEPLOY_TYPES.includes(type)) continue;
    if ((deploys.get(app)?.seq ?? -1) < seq) deploys.set(app, { seq, revision, actor, at, reason });
  }
  return deploys;
}

/**
 * Returns the revision to which an operator would roll back: during a rollout the one that served
 * before, otherwise the newest one that served with other containers. Null if there is none.
 */
export function rollbackTarget(app, revisions) {
  if (app.rollout) return app.rollout.from;
  const current = revisions.find((it) => it.current);
  const earlier = revisions.find(
    (it) => it.served && current && it.containersOf !== current.containersOf,
  );
  return earlier?.revision ?? null;
}

/**
 * Returns a row for each revision, in the order of `revisions`: the revision with {made, result}.
 * `made` is the event that created it, if that is known. The result is {tone, text, reason, at}:
 * how its rollout ended and when, with null for what is unknown.
 *
 * @param events events of the app in any order; other types are ignored
 */
export function deploymentsOf(app, revisions, events) {
  // A deleted app may have had the same name, and revisions with the same numbers.
  const own = events.filter(({ at }) => new Date(at) >= new Date(app.createdAt));
  return revisions.map((revision) => ({
    ...revision,
    made:
      own.find((it) => DEPLOY_TYPES.includes(it.type) && it.revision === revision.revision) ?? null,
    result: resultOf(app, revision, own),
  }));
}

function resultOf(app, { revision, containersOf, served }, events) {
  const result = (tone, text, event) => ({
    tone,
    text,
    reason: event?.reason ?? null,
    at: event?.at ?? null,
  });
  if (app.rollout?.to === revision) return result("coming", "in progress", null);
  // A rollback applies the earlier spec as the next revision.
  const undone = events.find(
    (it) => it.type === "RolloutRolledBack" && it.revision === revision + 1,
  );
  if (undone) return result("bad", "rolled back", undone);
  const completed = events.find((it) => it.type === "RolloutCompleted" && it.revision === revision);
  if (completed) return result("good", "completed", completed);
  if (containersOf !== revision)
    return result("calm", `containers of revision ${containersOf}`, null);
  return served ? result("good", "served", null) : result("warn", "has not served", null);
}
