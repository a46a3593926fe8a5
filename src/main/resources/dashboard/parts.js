// The small parts that pages consist of.

import { h } from "./dom.js";
import { ago, clock, words } from "./format.js";

/** Shows the condition of an app (see condition.js) as a word with a colour. */
export function badge({ tone, text }) {
  return h("span", { class: `badge ${tone}` }, text);
}

/** Shows the state of an instance as a word with a colour. */
export function instanceBadge({ state, health }) {
  const shown =
    state === "Running" && health !== "Ready"
      ? health === "NotReady"
        ? "NotReady"
        : "Starting"
      : state;
  return badge({ tone: TONES[shown] ?? "calm", text: words(shown) });
}

const TONES = {
  Running: "good",
  Starting: "coming",
  Pending: "coming",
  NotReady: "warn",
  Failed: "bad",
  CrashLooping: "bad",
};

/** Returns the CSS class for the state and health of an instance. */
export function mood(instance) {
  switch (instance.state) {
    case "Failed":
    case "CrashLooping":
      return "bad";
    case "Draining":
    case "Stopping":
      return "leaving";
    case "Pending":
    case "Starting":
      return "coming";
    default:
      return { Ready: "good", NotReady: "warn" }[instance.health] ?? "coming";
  }
}

const DOTS = 60;

/**
 * Shows a dot for each instance. Its shape and colour show the state of the instance. Hollow dots
 * at the end stand for missing instances.
 */
export function dots(app) {
  const { desired, ready } = app.replicas;
  const staying = app.instances.filter((it) => mood(it) !== "leaving").length;
  const absent = Math.max(0, desired - staying);
  const shown = app.instances.slice(0, DOTS);
  return h(
    "span",
    { class: "dots", role: "img", "aria-label": `${ready} of ${desired} ready` },
    shown.map((instance) =>
      h("i", {
        key: instance.name,
        class: `dot ${mood(instance)}${app.rollout && instance.revision < app.rollout.to ? " old" : ""}`,
        title: `${instance.name}: ${words(instance.state)}, revision ${instance.revision}; ${instance.reason}`,
      }),
    ),
    Array.from({ length: Math.min(absent, DOTS - shown.length) }, (_, index) =>
      h("i", { key: `absent-${index}`, class: "dot absent" }),
    ),
    app.instances.length > DOTS && h("span", { class: "more" }, `+${app.instances.length - DOTS}`),
  );
}

/**
 * Shows a figure over time, as a line without axes. `values` may have gaps. The full height stands
 * for the highest value, but at least for `scale`.
 */
export function sparkline(values, scale, tone) {
  const top = Math.max(scale, ...values.map((value) => value ?? 0));
  const x = (index) => ((index / Math.max(1, values.length - 1)) * 100).toFixed(1);
  const y = (value) => (23 - (value / top) * 21).toFixed(1);
  const pieces = [];
  let piece = [];
  values.forEach((value, index) => {
    if (value !== null) piece.push(`${x(index)} ${y(value)}`);
    if ((value === null || index === values.length - 1) && piece.length > 0) {
      pieces.push(piece);
      piece = [];
    }
  });
  return h(
    "svg",
    {
      class: `spark ${tone}`,
      viewBox: "0 0 100 24",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    h("path", {
      class: "area",
      d: pieces
        .map(
          (points) =>
            `M${points[0].split(" ")[0]} 24L${points.join("L")}L${points.at(-1).split(" ")[0]} 24Z`,
        )
        .join(""),
    }),
    h("path", { class: "line", d: pieces.map((points) => `M${points.join("L")}h0.01`).join("") }),
  );
}

/** Shows the time of day. The tooltip shows the whole date. */
export function time(at, now) {
  return h("time", { datetime: at, title: new Date(at).toString() }, clock(at, now));
}

export function since(at, now) {
  return h("time", { datetime: at, title: new Date(at).toString() }, ago(at, now));
}

const EVENT_TONES = {
  InstanceReady: "good",
  RolloutCompleted: "good",
  InstanceFailed: "bad",
  HealthFailed: "warn",
  RolloutRolledBack: "warn",
  RouteConflict: "warn",
  RoutesRejected: "bad",
  AnswerTooLong: "warn",
  InstanceStillRouted: "bad",
  StandbyLost: "warn",
  FrontDoorClosed: "bad",
  ProxyLost: "bad",
  LeaderResigned: "warn",
};

/** @param withApp whether the list has a column for the app */
export function eventList(events, now, withApp) {
  return h(
    "ol",
    { class: `events${withApp ? " with-app" : ""}` },
    events.map((event) =>
      h(
        "li",
        { key: String(event.seq) },
        time(event.at, now),
        h("span", { class: `type ${EVENT_TONES[event.type] ?? ""}` }, words(event.type)),
        withApp &&
          h(
            "span",
            { class: "app" },
            event.app && h("a", { href: `#/apps/${event.app}` }, event.app),
          ),
        h(
          "span",
          { class: "reason" },
          event.instance && [h("b", null, event.instance), " "],
          brief(event),
        ),
        h("span", { class: "actor", title: "Actor that caused the event" }, event.actor),
      ),
    ),
  );
}

/** Removes the instance's name from the reason, because the list shows the name before it. */
export function brief({ instance, reason }) {
  return instance && reason.startsWith(`${instance}: `)
    ? reason.slice(instance.length + 2)
    : reason;
}

export function panel(title, tools, ...content) {
  return h(
    "section",
    { class: "panel", "aria-label": title },
    h("header", null, h("h2", null, title), tools),
    content,
  );
}

/** Shows rows of cells. The first cell names its row. */
export function table(titles, rows) {
  return h(
    "div",
    // The tabindex lets users scroll the table by keyboard.
    { class: "scroll", tabindex: "0", role: "group", "aria-label": `Table by ${titles[0]}` },
    h(
      "table",
      { class: "plain" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          titles.map((title) => h("th", { scope: "col" }, title)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map(([name, ...cells]) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, name),
            cells.map((cell) => h("td", null, cell)),
          ),
        ),
      ),
    ),
  );
}

/** Fills a panel that has nothing to show yet. */
export function empty(text) {
  return h("p", { class: "empty" }, text);
}

export function missing(text) {
  return h(
    "div",
    { class: "page" },
    h("h1", null, "Not found"),
    h("p", null, text),
    h("p", null, h("a", { href: "#/" }, "All apps")),
  );
}

export function button(label, onclick, kind = "", more = {}) {
  return h("button", { type: "button", class: kind, onclick, ...more }, label);
}

/** A field that offers a list. @param none the label of the empty choice; null for none */
export function choice(label, options, chosen, onchosen, none = "all") {
  return h(
    "label",
    { class: "row" },
    label,
    h(
      "select",
      { onchange: (event) => onchosen(event.target.value) },
      none !== null && h("option", { value: "", selected: chosen === "" }, none),
      options.map(([value, text]) =>
        h(
          "option",
          { key: String(value), value, selected: String(chosen) === String(value) },
          text,
        ),
      ),
    ),
  );
}
