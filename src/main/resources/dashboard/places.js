// The pages that the bar and the palette offer, and who may open them.

import { hasRole, may, mayAdminister, seesAll } from "./actions.js";

const all = () => true;

/** The pages in the order of the bar: the address, the title, and whether a session may open it. */
const PLACES = [
  ["#/", "Apps", all],
  ["#/events", "Events", all],
  ["#/logs", "Logs", all],
  ["#/cluster", "Cluster", all],
  ["#/secrets", "Secrets", (session) => hasRole(session, "deployer")],
  ["#/domains", "Domains", (session) => hasRole(session, "deployer") && seesAll(session)],
  ["#/tokens", "Tokens", mayAdminister],
  ["#/notifications", "Notifications", mayAdminister],
  ["#/audit", "Audit", mayAdminister],
];

export function placesOf(session) {
  return PLACES.filter(([, , permitted]) => permitted(session));
}

const TABS = [
  ["", ""],
  ["/logs", "logs"],
  ["/deployments", "deployments"],
  ["/events", "events"],
  ["/spec", "spec"],
];

/** Returns what the palette can open, as {label, href}: the pages, then each app with its tabs. */
export function targetsOf({ session, apps }) {
  const pages = placesOf(session).map(([href, label]) => ({ label, href }));
  const register = may(session) ? [{ label: "Register an app", href: "#/new" }] : [];
  const ofApps = [...(apps?.keys() ?? [])].sort().flatMap((name) =>
    TABS.map(([path, tab]) => ({
      label: tab ? `${name} ${tab}` : name,
      href: `#/apps/${name}${path}`,
    })),
  );
  return [...pages, ...register, ...ofApps];
}

/**
 * Returns the targets whose label has each word of the text, at most `most` of them. Labels that
 * begin with the text come first, then shorter ones.
 */
export function matching(targets, text, most) {
  const typed = text.trim().toLowerCase();
  const words = typed.split(/\s+/);
  const found = targets.filter(({ label }) =>
    words.every((word) => label.toLowerCase().includes(word)),
  );
  const rank = ({ label }) => (label.toLowerCase().startsWith(typed) ? 0 : 1);
  return typed === ""
    ? found.slice(0, most)
    : found
        .sort((one, other) => rank(one) - rank(other) || one.label.length - other.label.length)
        .slice(0, most);
}
