// The panel with an app's instances, and the form that scales the app.

import { may, scale } from "./actions.js";
import { h } from "./dom.js";
import { count, milliseconds, percent, rate } from "./format.js";
import { dots, empty, instanceBadge, panel, since } from "./parts.js";

export function instancesPanel(app, metrics, state, store) {
  return panel(
    "Instances",
    [dots(app), may(state.session, app.name) && app.state !== "Deleting" && scaleForm(app, store)],
    app.instances.length === 0
      ? empty("The app has no instances now.")
      : h(
          "div",
          // The tabindex lets users scroll the table by keyboard.
          { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table of instances" },
          h(
            "table",
            { class: "instances" },
            h(
              "thead",
              null,
              h(
                "tr",
                null,
                h("th", { scope: "col" }, "Name"),
                h("th", { scope: "col" }, "State"),
                h("th", { scope: "col" }, "Why"),
                h("th", { scope: "col", class: "number-cell" }, "req/s, p95"),
                h("th", { scope: "col", class: "number-cell" }, "cpu, mem"),
              ),
            ),
            h(
              "tbody",
              null,
              app.instances.map((it) =>
                instanceRow(app.name, it, metrics?.instances[it.name], state.now),
              ),
            ),
          ),
        ),
  );
}

function instanceRow(app, instance, load, now) {
  const { name, address, port, revision, restarts, reason, readySince } = instance;
  return h(
    "tr",
    { key: name },
    h(
      "th",
      { scope: "row" },
      name,
      h(
        "div",
        { class: "muted" },
        `r${revision}`,
        restarts > 0 && `, ${count(restarts, "restart")}`,
        address && `, ${address}${port ? `:${port}` : ""}`,
      ),
    ),
    h(
      "td",
      null,
      instanceBadge(instance),
      h("div", null, h("a", { href: `#/apps/${app}/logs?instance=${name}` }, "Logs")),
    ),
    h("td", { class: "reason" }, reason, readySince && [", ready for ", since(readySince, now)]),
    h(
      "td",
      { class: "number-cell" },
      rate(load?.requestsPerSecond),
      h("div", { class: "muted" }, milliseconds(load?.p95Ms)),
    ),
    h(
      "td",
      { class: "number-cell" },
      percent(load?.cpuPercent),
      h("div", { class: "muted" }, percent(load?.memoryPercent)),
    ),
  );
}

function scaleForm(app, store) {
  const submit = (event) => {
    event.preventDefault();
    scale(store, app.name, Number(new FormData(event.target).get("replicas")));
  };
  return h(
    "form",
    { class: "row", onsubmit: submit },
    h("label", { for: "replicas" }, "Desired"),
    h("input", {
      id: "replicas",
      name: "replicas",
      type: "number",
      min: 0,
      max: 1000,
      required: true,
      value: String(app.replicas.desired),
    }),
    h("button", null, "Scale"),
  );
}
