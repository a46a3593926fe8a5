// The overview: leader, controllers, database, and each app with its instances and load.

import { may } from "./actions.js";
import { h } from "./dom.js";
import { bytes, count, milliseconds, percent, rate } from "./format.js";
import { badge, dots, empty, eventList, panel, since, sparkline } from "./parts.js";

export const overviewPage = {
  title: () => "Overview",
  view: (state) =>
    h(
      "div",
      { class: "page" },
      h("h1", { class: "unseen" }, "Overview"),
      clusterStrip(state),
      panel(
        "Apps",
        [
          summary(state),
          may(state.session) && h("a", { class: "button", href: "#/new" }, "Register an app"),
        ],
        apps(state),
      ),
      state.apps &&
        panel(
          "Recent events",
          h("a", { href: "#/events" }, "All events"),
          eventList(state.events.slice(-12).reverse(), state.now, true),
        ),
    ),
};

function clusterStrip({ cluster, now }) {
  if (!cluster) return h("section", { class: "cluster", "aria-label": "Cluster" });
  const { database } = cluster;
  return h(
    "section",
    { class: "cluster", "aria-label": "Cluster" },
    h(
      "dl",
      null,
      fact(
        "Leader",
        cluster.leader
          ? [
              h("b", null, cluster.leader),
              h(
                "span",
                { class: "muted" },
                ` term ${cluster.term}, for `,
                since(cluster.leaderSince, now),
              ),
            ]
          : h("b", { class: "bad" }, "none, an election is in progress"),
      ),
      fact(
        "Controllers",
        cluster.members.map((member) => controller(member, cluster)),
      ),
      fact("Database", [
        database.primary
          ? h("b", null, database.primary.replace(/:\d+$/, ""))
          : h("b", { class: "bad" }, "no primary"),
        database.replicas.map(replica),
        database.replicas.length === 0 && h("span", { class: "muted" }, " no standby"),
      ]),
    ),
  );
}

function fact(term, ...values) {
  return h("div", null, h("dt", null, term), h("dd", null, values));
}

function controller(member, cluster) {
  const newest = Math.max(...cluster.members.map((it) => it.viewSeq));
  const behind = newest - member.viewSeq;
  const place = member.address ? ` at ${member.address}` : "";
  const title = `${member.role}${place}, version ${member.version}, its view ${behind === 0 ? "has every event" : `is up to ${behind} events behind`}`;
  return h(
    "span",
    { class: "member", key: member.name, title },
    h("i", { class: `dot ${member.role === "leader" ? "good" : "follower"}` }),
    short(member.name),
  );
}

/** Shortens a controller's name. The names of all controllers begin with the installation. */
function short(name) {
  return name.replace(/^.*(?=controller)/, "");
}

function replica({ name, state, lagBytes }) {
  const lag =
    lagBytes === null ? "lag unknown" : lagBytes === 0 ? "no lag" : `${bytes(lagBytes)} behind`;
  return h(
    "span",
    { class: "member", key: name },
    h("i", { class: `dot ${state === "streaming" ? "good" : "warn"}` }),
    name,
    h("span", { class: "muted" }, ` ${state}, ${lag}`),
  );
}

function summary({ apps, loads }) {
  if (!apps) return null;
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

/** Returns the newest value of the last three steps, or null. Older values are not current. */
export function latest(values) {
  return values.slice(-3).findLast((value) => value !== null) ?? null;
}

function apps(state) {
  if (!state.apps) return empty("…");
  if (state.apps.size === 0) return empty("No apps yet. Register one to start.");
  const names = [...state.apps.keys()].sort();
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "apps" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["App", "State", "Instances", "Requests/s", "p95", "Errors"].map((title) =>
            h("th", { scope: "col" }, title),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        names.map((name) => appRow(state.apps.get(name), state.loads?.get(name))),
      ),
    ),
  );
}

function appRow(app, load) {
  const none = { requestsPerSecond: [], errorsPerSecond: [], p95Ms: [] };
  const { requestsPerSecond, errorsPerSecond, p95Ms } = load ?? none;
  const share = errorsPerSecond.map((errors, step) =>
    errors === null
      ? null
      : requestsPerSecond[step] > 0
        ? (errors / requestsPerSecond[step]) * 100
        : 0,
  );
  return h(
    "tr",
    { key: app.name },
    h(
      "th",
      { scope: "row", class: "name" },
      h("a", { href: `#/apps/${app.name}` }, app.name),
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
      badge(app.state),
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
    ),
    figure("Requests/s", requestsPerSecond, 1, "accent", rate),
    figure("p95", p95Ms, 10, "accent", milliseconds),
    figure("Errors", share, 5, latest(share) > 0 ? "bad" : "calm", percent),
  );
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
