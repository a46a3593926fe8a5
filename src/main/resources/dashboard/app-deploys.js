// The tab with an app's deployments: who deployed each revision, what it changed, how it ended.

import { may, returnTo } from "./actions.js";
import { appPath, read } from "./api.js";
import { DEPLOY_TYPES, deploymentsOf } from "./deploys.js";
import { h } from "./dom.js";
import { loadOlder, merged } from "./events.js";
import { ago, count } from "./format.js";
import { badge, button, panel, time } from "./parts.js";
import { waiting } from "./waiting.js";

const TYPES = [...DEPLOY_TYPES, "RolloutCompleted"];

export const appDeploys = {
  enter(visit, { name }) {
    const path = appPath(name);
    visit.poll(10, async (signal) => {
      const { revisions } = await read(`${path}/revisions`, { signal });
      await loadOlder(visit, () => pastEvents(path, signal));
      visit.put({ revisions });
    });
  },

  view(state, visit, app) {
    const { revisions, older } = visit.local;
    if (!revisions) return panel("Deployments", null, waiting(state));
    const events = merged(older, state.events).filter((event) => event.app === app.name);
    return panel(
      "Deployments",
      h("span", { class: "muted" }, `revision ${app.revision} is current`),
      h(
        "ol",
        { class: "deployments" },
        deploymentsOf(app, revisions, events).map((it, index, all) =>
          deployment(it, all[index + 1]?.revision, app, state, visit.store),
        ),
      ),
    );
  },
};

async function pastEvents(path, signal) {
  const lists = await Promise.all(
    TYPES.map((type) => read(`${path}/events?type=${type}&limit=100`, { signal })),
  );
  return lists.flatMap(({ events }) => events).sort((one, other) => one.seq - other.seq);
}

/** @param before the revision before this one; undefined if it is not known any more */
function deployment(it, before, app, state, store) {
  const { revision, current, image, actor, createdAt, made, result } = it;
  return h(
    "li",
    { key: String(revision) },
    h(
      "div",
      { class: "row" },
      h("b", null, `Revision ${revision}`),
      current && badge({ tone: "good", text: "current" }),
      badge(result),
      result.at && h("span", { class: "muted" }, `after ${ago(createdAt, new Date(result.at))}`),
      h("span", { class: "spring" }),
      !current &&
        may(state.session, app.name) &&
        button(`Roll back to revision ${revision}`, () => returnTo(store, app.name, revision)),
    ),
    h(
      "div",
      { class: "muted" },
      time(createdAt, state.now),
      ` by ${actor}`,
      made && `: ${made.reason}`,
    ),
    result.reason && h("div", null, result.reason),
    h("div", { class: "image" }, image),
    changes(made?.changes ?? []),
    before !== undefined &&
      h(
        "a",
        { href: `#/apps/${app.name}/spec?show=${revision}&compared=${before}` },
        `Compare revision ${revision} with revision ${before}`,
      ),
  );
}

function changes(all) {
  return (
    all.length > 0 &&
    h(
      "details",
      null,
      h("summary", null, count(all.length, "changed field")),
      h(
        "ul",
        { class: "changes" },
        all.map(({ path, before, after }) =>
          h(
            "li",
            { key: path },
            h("code", null, path),
            before !== null && h("del", null, before),
            after !== null && h("ins", null, after),
          ),
        ),
      ),
    )
  );
}
