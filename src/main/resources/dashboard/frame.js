// Draws what every page has: the notices, and the bar with navigation and the connection's state.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { ago } from "./format.js";
import { button } from "./parts.js";

export function bar(state, store, hash) {
  const signedIn = state.session && state.session !== "none";
  return [
    h(
      "a",
      { class: "brand", href: "#/" },
      h("img", {
        src: document.querySelector("link[rel=icon]").href,
        alt: "",
        width: 20,
        height: 20,
      }),
      "AutoServe",
    ),
    h(
      "nav",
      { "aria-label": "Pages" },
      signedIn && [
        way("#/", "Overview", hash === "" || hash === "#/" || hash.startsWith("#/apps")),
        way("#/events", "Events", hash.startsWith("#/events")),
      ],
    ),
    signedIn && link(state),
    h("span", { class: "spring" }),
    signedIn && !state.session.open && user(state.session, store),
    button("◐", () => theme.turn(), "quiet theme", {
      "aria-label": "Switch between dark and light",
      title: "Dark or light",
    }),
  ];
}

function way(href, text, here) {
  return h("a", { href, "aria-current": here ? "page" : null }, text);
}

const LINK = {
  live: "live",
  connecting: "connecting",
  lost: "offline",
  refused: "not live",
};

/**
 * Shows in words how current the page is. Screen readers announce a change of the state, but not
 * the seconds.
 */
function link({ link, cluster, now }) {
  const { status, since } = link;
  const text = LINK[status];
  return h(
    "span",
    { class: `link ${status}` },
    h("i", { class: "dot" }),
    h("span", { role: "status" }, text),
    status === "live" &&
      cluster &&
      h(
        "span",
        { class: "via", title: "The controller that this page is connected to" },
        cluster.self.name,
      ),
    status === "lost" && h("span", { class: "via" }, `for ${ago(since, now)}, reconnecting`),
    status === "refused" && h("span", { class: "via" }, "too many streams are open, retrying"),
  );
}

function user(session, store) {
  const leave = () =>
    ask("/api/v1/session", { method: "DELETE", headers: { "X-Autoserve-Actor": "dashboard" } })
      .catch((problem) => store.notice("bad", problem.message))
      .then(() => location.reload());
  return h(
    "span",
    { class: "user" },
    h("span", { title: `Role: ${session.role}` }, session.actor),
    button("Sign out", leave, "quiet"),
  );
}

export function notices(state, store) {
  return state.notices.map((notice) =>
    h(
      "p",
      {
        key: notice.id,
        class: `notice ${notice.kind}`,
        role: notice.kind === "bad" ? "alert" : null,
      },
      notice.text,
      button("×", () => store.dismiss(notice), "quiet", { "aria-label": "Dismiss" }),
    ),
  );
}
