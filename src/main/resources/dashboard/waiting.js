// What a page shows until its data arrives. An outage is never shown as an empty list.

import { h } from "./dom.js";
import { ago } from "./format.js";
import { button, panel } from "./parts.js";
import { retryNow } from "./stream.js";

/** The page that is shown until the dashboard knows the session. */
export function startingPage(state) {
  return h(
    "div",
    { class: "page" },
    h("h1", { class: "unseen" }, "AutoServe"),
    panel("AutoServe", null, waiting(state)),
  );
}

/**
 * Shows a skeleton. If the controllers do not answer, also shows the reason and a retry. If only
 * some requests fail, shows the reason, because pages repeat their requests.
 */
export function waiting({ link, trouble: failing, now }) {
  const trouble = link.status === "lost" ? link : null;
  return h(
    "div",
    { class: "waiting" },
    trouble
      ? h(
          "p",
          { class: "trouble", role: "alert" },
          h("b", null, "Nothing can be loaded now: "),
          trouble.reason,
        )
      : failing
        ? h("p", { class: "trouble", role: "alert" }, h("b", null, "Requests fail: "), failing)
        : h("p", { class: "unseen", role: "status" }, "Loading"),
    trouble &&
      h(
        "p",
        { class: "row" },
        button("Retry now", retryNow),
        h(
          "span",
          { class: "muted" },
          `Offline for ${ago(trouble.since, now)}. Apps keep serving while the control plane is down.`,
        ),
      ),
    h(
      "div",
      { class: "skeleton", "aria-hidden": "true" },
      Array.from({ length: 4 }, () => h("i")),
    ),
  );
}
