// The first page: all apps, the failing ones first, and the newest events.

import { may } from "./actions.js";
import { appList } from "./app-list.js";
import { latest } from "./condition.js";
import { h } from "./dom.js";
import { count, rate } from "./format.js";
import { eventList, panel } from "./parts.js";
import { waiting } from "./waiting.js";

export const overviewPage = {
  title: () => "Apps",
  view: (state, visit) =>
    h(
      "div",
      { class: "page" },
      h("h1", { class: "unseen" }, "Apps"),
      state.apps
        ? [
            panel(
              "Apps",
              [
                summary(state),
                may(state.session) && h("a", { class: "button", href: "#/new" }, "Register an app"),
              ],
              appList(state, visit),
            ),
            panel(
              "Recent events",
              h("a", { href: "#/events" }, "All events"),
              eventList(state.events.slice(-12).reverse(), state.now, true),
            ),
          ]
        : panel("Apps", null, waiting(state)),
    ),
};

function summary({ apps, loads }) {
  const all = [...apps.values()];
  // An app may have more ready instances than desired during a rollout. These do not make up for
  // the missing instances of another app.
  const ready = all.reduce(
    (sum, { replicas }) => sum + Math.min(replicas.ready, replicas.desired),
    0,
  );
  const desired = all.reduce((sum, app) => sum + app.replicas.desired, 0);
  const requests = [...(loads?.values() ?? [])].reduce(
    (sum, load) => sum + (latest(load.requestsPerSecond) ?? 0),
    0,
  );
  return h(
    "span",
    { class: "muted" },
    `${ready} of ${count(desired, "instance")} ready · ${rate(requests)} requests/s`,
  );
}
