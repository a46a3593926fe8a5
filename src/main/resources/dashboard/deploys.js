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
