// The page of one app: its state, its actions and its tabs.

import { may, order } from "./actions.js";
import { appDeploys } from "./app-deploys.js";
import { appEvents } from "./app-events.js";
import { opener } from "./app-list.js";
import { appLogs } from "./app-logs.js";
import { appNow } from "./app-now.js";
import { appSpec } from "./app-spec.js";
import { condition } from "./condition.js";
import { h } from "./dom.js";
import { badge, button, missing, panel, since } from "./parts.js";
import { waiting } from "./waiting.js";

const TABS = [
  [undefined, "Now", appNow],
  ["deployments", "Deployments", appDeploys],
  ["events", "Events", appEvents],
  ["logs", "Logs", appLogs],
  ["spec", "Spec", appSpec],
];

const tabOf = ({ tab }) => TABS.find(([path]) => path === tab)[2];

export const appPage = {
  title: ({ name, tab }) => (tab ? `${name} ${tab}` : name),
  view(state, visit, parameters) {
    const { name } = parameters;
    if (!state.apps)
      return h("div", { class: "page" }, h("h1", null, name), panel("App", null, waiting(state)));
    const app = state.apps.get(name);
    if (!app) {
      visit.rest();
      return missing(`App ${name} does not exist. It may have been deleted.`);
    }
    visit.begin(() => tabOf(parameters).enter(visit, parameters));
    return h(
      "div",
      { class: "page" },
      h(
        "div",
        null,
        h(
          "nav",
          { class: "crumb", "aria-label": "Breadcrumb" },
          h("a", { href: "#/" }, "Apps"),
          h("span", { class: "muted" }, " / "),
        ),
        heading(state, app, visit.store),
      ),
      tabs(parameters),
      tabOf(parameters).view(state, visit, app),
    );
  },
};

function heading(state, app, store) {
  return [
    h(
      "div",
      { class: "heading" },
      h("h1", null, app.name),
      badge(condition(app, state.loads?.get(app.name))),
      opener(app),
      h("div", { class: "actions" }, may(state.session, app.name) && actions(app, store)),
    ),
    h(
      "p",
      { class: "subline" },
      h("span", null, app.reason),
      h("span", null, `revision ${app.revision}`, deployed(state.deploys.get(app.name), state.now)),
      h("span", null, app.image),
      app.hosts.length > 0 &&
        h("span", null, app.hosts.join(", "), app.pathPrefix !== "/" && ` under ${app.pathPrefix}`),
    ),
  ];
}

function deployed(deploy, now) {
  return deploy && [", deployed ", since(deploy.at, now), ` ago by ${deploy.actor}`];
}

function actions(app, store) {
  const verb = (name, label, kind) =>
    button(label, () => order(store, app.name, name), kind, { key: name });
  const resting = app.state === "Stopped" || app.state === "Stopping";
  if (app.state === "Deleting") return null;
  return [
    resting
      ? verb("start", "Start", "primary")
      : [verb("restart", "Restart"), verb("stop", "Stop")],
    verb("delete", "Delete", "danger"),
  ];
}

function tabs({ name, tab }) {
  return h(
    "nav",
    { class: "tabs", "aria-label": `About ${name}` },
    TABS.map(([path, title]) =>
      h(
        "a",
        {
          href: `#/apps/${name}${path ? `/${path}` : ""}`,
          "aria-current": path === tab ? "page" : null,
        },
        title,
      ),
    ),
  );
}
