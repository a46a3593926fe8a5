// What a page shows until its data arrives. An outage is never shown as an empty list.

import { h } from "./dom.js";
import { ago } from "./format.js";
import { button } from "./parts.js";
import { retryNow } from "./stream.js";

/** Shows a skeleton. If the controllers do not answer, also shows the reason and a retry. */
export function waiting({ link, now }) {
  const trouble = link.status === "lost" ? link : null;
  return h(
    "div",
    { class: "waiting" },
    trouble
      ? h(
          "p",
          { class: "trouble", role: "alert" },
          h("b", null, "Nothing can be loaded now. "),
          trouble.reason,
          " Apps keep serving while the control plane is down.",
        )
      : h("p", { class: "unseen", role: "status" }, "Loading"),
    trouble &&
      h(
        "p",
        { class: "row" },
        button("Retry now", retryNow),
        h("span", { class: "muted" }, `offline for ${ago(trouble.since, now)}`),
      ),
    h(
      "div",
      { class: "skeleton", "aria-hidden": "true" },
      Array.from({ length: 4 }, () => h("i")),
    ),
  );
}
