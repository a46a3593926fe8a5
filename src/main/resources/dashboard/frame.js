// Draws what every page has: the notices, and the bar with navigation and the connection's state.

import { ask } from "./api.js";
import { clusterCondition } from "./cluster.js";
import { h } from "./dom.js";
import { ago } from "./format.js";
import { openPalette } from "./palette.js";
import { button } from "./parts.js";
import { placesOf } from "./places.js";

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
    h("nav", { "aria-label": "Pages" }, signedIn && ways(state, hash)),
    signedIn && link(state),
    h("span", { class: "spring" }),
    signedIn &&
      button("Go to …", () => openPalette(state), "quiet", {
        title: "Ctrl+K or ⌘K",
        key: "palette",
      }),
    signedIn && !state.session.open && user(state.session, store),
    button("◐", () => theme.turn(), "quiet theme", {
      "aria-label": "Switch between dark and light",
      title: "Dark or light",
    }),
  ];
}

function ways({ session, cluster }, hash) {
  const here = (href) =>
    href === "#/" ? /^(#\/?(\?.*)?|#\/(apps|new)\b.*)?$/.test(hash) : hash.startsWith(href);
  return placesOf(session).map(([href, title]) =>
    h(
      "a",
      { href, key: href, "aria-current": here(href) ? "page" : null },
      href === "#/cluster" ? chip(cluster) : title,
    ),
  );
}

/** Shows in one word and a dot whether the cluster has a problem. */
function chip(cluster) {
  const { tone, text } = clusterCondition(cluster);
  return h(
    "span",
    { class: `chip ${tone}` },
    h("i", { class: `dot ${tone}` }),
    text ? `Cluster: ${text}` : "Cluster",
  );
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
function link({ link, trouble, cluster, now }) {
  const { status, since } = link;
  const failing = status === "live" && trouble !== null;
  const text = failing ? "requests fail" : LINK[status];
  return h(
    "span",
    { class: `link ${failing ? "refused" : status}`, title: failing ? trouble : link.reason },
    h("i", { class: "dot" }),
    h("span", { role: "status" }, text),
    status === "live" &&
      !failing &&
      cluster &&
      h(
        "span",
        { class: "via", title: "The controller that this page is connected to" },
        cluster.self.name,
      ),
    failing && h("span", { class: "via" }, trouble),
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
