// The list of apps: filters with counts, search, order, and a row for each app.

import { may } from "./actions.js";
import { chosen, CONDITION_NAMES, countsOf, latest, ORDERS, rowsOf } from "./condition.js";
import { h } from "./dom.js";
import { ago, count, milliseconds, percent, rate } from "./format.js";
import { addressOf } from "./links.js";
import { address, requery } from "./page.js";
import { badge, choice, dots, empty, since, sparkline } from "./parts.js";

/** Returns what the address asks the list to show. */
function wish() {
  const { query } = address();
  return {
    state: query.get("state") ?? "",
    search: query.get("q") ?? "",
    order: query.get("sort") ?? "condition",
  };
}

export function appList(state, visit) {
  const { apps, session, now } = state;
  if (apps.size === 0) return empty(may(session) ? FIRST_APP : FIRST_APP_OF_OTHERS);
  const all = rowsOf(state);
  const wanted = wish();
  const rows = chosen(all, wanted);
  return [
    h(
      "div",
      { class: "tools", key: "tools" },
      filters(all, wanted),
      h("span", { class: "spring" }),
      tools(visit, wanted),
    ),
    rows.length === 0
      ? h(
          "p",
          { class: "empty", key: "none" },
          `None of the ${count(all.length, "app")} matches. `,
          h("a", { href: "#/" }, "Show all apps"),
        )
      : h("div", { class: "scroll", key: "table" }, table(rows, now)),
  ];
}

const FIRST_APP =
  "No apps yet. An app is a container image that AutoServe keeps running. To start one, use the button above, or run ‘autoserve apply app.yaml’.";
const FIRST_APP_OF_OTHERS =
  "No apps yet, or none that your token may see. To register one, a token needs the role deployer.";

function filters(all, wanted) {
  const counts = countsOf(all);
  const filter = (state, label, number) =>
    h(
      "a",
      {
        key: label,
        class: `filter ${number > 0 ? label : "none"}`,
        href: hrefOf({ ...wanted, state }),
        "aria-current": wanted.state === state ? "true" : null,
      },
      `${label} `,
      h("b", null, number),
    );
  return h(
    "nav",
    { class: "filters", "aria-label": "Apps by condition" },
    filter("", "all", all.length),
    CONDITION_NAMES.map((name) => filter(name, name, counts[name])),
  );
}

function hrefOf({ state, search, order }) {
  const query = new URLSearchParams();
  if (state) query.set("state", state);
  if (search) query.set("q", search);
  if (order !== "condition") query.set("sort", order);
  return query.size > 0 ? `#/?${query}` : "#/";
}

function tools(visit, wanted) {
  const change = (query) => {
    requery(query);
    visit.put({});
  };
  return h(
    "div",
    { class: "row" },
    h("input", {
      type: "search",
      class: "search",
      "aria-label": "Search apps",
      placeholder: "Name, image or host",
      value: wanted.search,
      spellcheck: "false",
      autocapitalize: "off",
      oninput: (event) => change({ q: event.target.value }),
    }),
    choice(
      "Sort by",
      Object.entries(ORDERS).map(([name, [label]]) => [name, label]),
      wanted.order,
      (order) => change({ sort: order === "condition" ? "" : order }),
      null,
    ),
  );
}

const COLUMNS = ["App", "State", "Instances", "Requests/s", "p95", "Errors", "Last deploy"];

function table(rows, now) {
  return h(
    "table",
    { class: "apps" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        COLUMNS.map((title) => h("th", { scope: "col" }, title)),
      ),
    ),
    h(
      "tbody",
      null,
      rows.map((it) => row(it, now)),
    ),
  );
}

/** The rows as they were drawn last, by the app. A row with the same input is not drawn again. */
const drawn = new WeakMap();

function row({ app, load, deploy, condition }, now) {
  const age = deploy && ago(deploy.at, now);
  const before = drawn.get(app);
  if (before && before.load === load && before.deploy === deploy && before.age === age)
    return before.description;
  const description = draw({ app, load, deploy, condition }, now);
  drawn.set(app, { load, deploy, age, description });
  return description;
}

function draw({ app, load, deploy, condition }, now) {
  const none = { requestsPerSecond: [], errorsPerSecond: [], p95Ms: [] };
  const { requestsPerSecond, errorsPerSecond, p95Ms } = load ?? none;
  const share = errorsPerSecond.map((errors, step) =>
    errors === null
      ? null
      : requestsPerSecond[step] > 0
        ? (errors / requestsPerSecond[step]) * 100
        : 0,
  );
  const href = `#/apps/${app.name}`;
  return h(
    "tr",
    { key: app.name, onclick: (event) => follow(event, href) },
    h(
      "th",
      { scope: "row", class: "name" },
      h("a", { href }, app.name),
      h(
        "span",
        { class: "image", title: app.image },
        tag(app.image),
        h("span", { class: "rev" }, ` r${app.revision}`),
      ),
    ),
    h(
      "td",
      { class: "state" },
      badge(condition),
      h(
        "span",
        { class: "why", title: app.reason },
        app.rollout ? rolloutBrief(app.rollout) : app.reason,
      ),
    ),
    h(
      "td",
      { class: "replicas" },
      h(
        "div",
        null,
        h("span", { class: "fraction" }, `${app.replicas.ready}/${app.replicas.desired}`),
        dots(app),
      ),
      opener(app),
    ),
    figure("Requests/s", requestsPerSecond, 1, "accent", rate),
    figure("p95", p95Ms, 10, "accent", milliseconds),
    figure("Errors", share, 5, latest(share) > 0 ? "bad" : "calm", percent),
    h("td", { class: "deploy" }, deploy ? lastDeploy(deploy, now) : "–"),
  );
}

/** Opens the app's page, unless the click was meant for a link or selected text. */
function follow(event, href) {
  if (!event.target.closest("a") && getSelection().isCollapsed) location.hash = href;
}

/** Links to the app itself. */
export function opener(app) {
  const href = addressOf(app, location.hostname);
  if (!href) return null;
  return h(
    "a",
    { class: "open", href, target: "_blank", rel: "noreferrer", title: `Opens ${href}` },
    `${href.replace(/^http:\/\/|\/$/g, "")} ↗`,
  );
}

function lastDeploy({ revision, actor, at, reason }, now) {
  return [
    h("span", { title: reason }, since(at, now), " ago"),
    h("span", { class: "by" }, `r${revision} by ${actor}`),
  ];
}

/** Returns the end of an image's name, which distinguishes images better than its beginning. */
function tag(image) {
  return image.split("/").at(-1);
}

function rolloutBrief({ from, to, phase, paused, weight, ready, wanted }) {
  const share = weight === null ? `${ready} of ${wanted}` : `${weight} % of the traffic`;
  return `r${from} → r${to}: ${paused ? "paused" : phase.toLowerCase()}, ${share}`;
}

function figure(label, values, scale, tone, format) {
  return h(
    "td",
    { class: "figure", "data-label": label },
    sparkline(values, scale, tone),
    h("span", { class: "number" }, format(latest(values))),
  );
}
