// Connects the session, the store, the stream of events, and the page that the address names.

import { onAnswer, onSignedOut, Problem, read } from "./api.js";
import { appPage } from "./app.js";
import { auditPage } from "./audit.js";
import { clusterPage } from "./cluster.js";
import { render } from "./dom.js";
import { domainsPage } from "./domains.js";
import { eventsPage } from "./events.js";
import { bar, notices } from "./frame.js";
import { follow } from "./live.js";
import { logsPage } from "./logs.js";
import { notificationsPage } from "./notifications.js";
import { overviewPage } from "./overview.js";
import { address, Visit } from "./page.js";
import { openPalette } from "./palette.js";
import { missing } from "./parts.js";
import { registerPage } from "./register.js";
import { secretsPage } from "./secrets.js";
import { signInPage } from "./sign-in.js";
import { Store } from "./store.js";
import { rest } from "./stream.js";
import { tokensPage } from "./tokens.js";
import { startingPage } from "./waiting.js";

/** A page is {title(parameters), enter?(visit, parameters), view(state, visit, parameters)}. */
const ROUTES = [
  [/^\/$/, overviewPage],
  [/^\/events$/, eventsPage],
  [/^\/logs$/, logsPage],
  [/^\/cluster$/, clusterPage],
  [/^\/secrets$/, secretsPage],
  [/^\/domains$/, domainsPage],
  [/^\/tokens$/, tokensPage],
  [/^\/notifications$/, notificationsPage],
  [/^\/audit$/, auditPage],
  [/^\/new$/, registerPage],
  [/^\/apps\/(?<name>[a-z0-9-]+)(?:\/(?<tab>deployments|events|logs|spec))?$/, appPage],
];
const nowhere = {
  title: () => "Not found",
  view: () => missing("No page exists at this address."),
};

const store = new Store(draw);
let visit = new Visit(store);
let page = nowhere;
let parameters = {};
let drawing = false;

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const { state } = store;
    const signedOut = state.session === "none";
    render(document.getElementById("bar"), bar(state, store, location.hash));
    render(document.getElementById("notices"), notices(state, store));
    render(
      document.getElementById("main"),
      signedOut
        ? signInPage.view(store, start)
        : state.session === null
          ? startingPage(state)
          : page.view(state, visit, parameters),
    );
    const title = signedOut ? "Sign in" : state.session && page.title(parameters);
    document.title = title ? `${title} · AutoServe` : "AutoServe";
  });
}

function go(first) {
  const { path, query } = address();
  const before = { page, name: parameters.name };
  visit.end();
  visit = new Visit(store);
  page = nowhere;
  parameters = { query };
  for (const [pattern, candidate] of ROUTES) {
    const match = pattern.exec(path || "/");
    if (match) {
      page = candidate;
      parameters = { ...parameters, ...match.groups };
      break;
    }
  }
  page.enter?.(visit, parameters);
  draw();
  if (!first && (page !== before.page || parameters.name !== before.name)) {
    scrollTo(0, 0);
    // Without the focus, screen readers would not notice the new page.
    document.getElementById("main").focus({ preventScroll: true });
  }
}

/** The session when authentication is off: every user may do everything. */
const OPEN = { actor: "dashboard", role: "admin", apps: [], open: true };

async function session() {
  try {
    return await read("/api/v1/session");
  } catch (failure) {
    if (failure instanceof Problem && failure.status === 404) return OPEN;
    if (failure instanceof Problem && failure.status === 401) return "none";
    throw failure;
  }
}

const signedIn = () => store.state.session !== null && store.state.session !== "none";
let following = new AbortController();

async function start() {
  following.abort();
  following = new AbortController();
  const { signal } = following;
  let found = null;
  while (found === null && !signal.aborted) {
    found = await session().catch((failure) => {
      store.lost(failure.message);
      return null;
    });
    if (found === null) await rest(1000, signal);
  }
  store.put({ session: found });
  if (found === "none") return;
  go(true);
  follow(store, signal);
}

onAnswer((path, problem) => store.answered(path, problem));

/** Stops all requests, and removes all data, which the next user may not be permitted to see. */
onSignedOut(({ message }) => {
  if (signedIn()) store.notice("bad", `You were signed out: ${message}`);
  following.abort();
  visit.end();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  store.forget();
});
addEventListener("hashchange", () => go(false));
setInterval(() => document.hidden || store.tick(), 1000);
every(2, async () => store.askAgain());
every(5, () => store.loadCluster());
every(10, () => store.loadLoads());

function every(seconds, task) {
  setInterval(() => {
    // If the task fails, the next turn retries.
    if (!document.hidden && store.state.link.status === "live") task().catch(() => {});
  }, seconds * 1000);
}

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k" || !signedIn()) return;
  event.preventDefault(); // browsers focus their own search
  openPalette(store.state);
});

// The fragment of the skip link is not the address of a page.
document.querySelector(".skip").onclick = (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
};

start();
