// The tab with the live logs of an app's instances, and with what they wrote before they failed.

import { appPath, read } from "./api.js";
import { h, render } from "./dom.js";
import { choice, empty, panel } from "./parts.js";
import { listen } from "./stream.js";

const KEPT = 1000;

export const appLogs = {
  enter(visit, { name, query }) {
    visit.put({ grep: "" });
    show(visit, name, query.get("instance") ?? "", "");
  },

  view(state, visit, app) {
    const { lines, instance, grep, source } = visit.local;
    const running = app.instances.map((it) => it.name);
    const names = instance && !running.includes(instance) ? [...running, instance] : running;
    const wanted = grep.toLowerCase();
    const shown = lines.filter((line) => line.text.toLowerCase().includes(wanted));
    const tools = h(
      "div",
      { class: "row" },
      choice(
        "Instance",
        names.map((it) => [it, it]),
        instance,
        (chosen) => show(visit, app.name, chosen, source),
      ),
      choice(
        "From",
        [["failure", "the last failure"]],
        source,
        (chosen) => show(visit, app.name, instance, chosen),
        "now on",
      ),
      h(
        "label",
        { class: "row" },
        "Containing",
        h("input", { type: "search", oninput: (event) => visit.put({ grep: event.target.value }) }),
      ),
    );
    return panel(
      "Logs",
      tools,
      shown.length === 0
        ? empty(absence(visit.local))
        : h("ol", {
            class: "log",
            tabindex: "0",
            "aria-label": "Lines",
            island: paper,
            input: shown,
          }),
    );
  },
};

/** Returns why no line is shown. A stream that could not be opened yet proves nothing. */
function absence({ lines, opened, reason, source }) {
  if (lines.length > 0) return "No log line matches.";
  if (!opened) return reason ?? "Loading …";
  return source === "failure" ? "No log lines of a failed instance." : "No log lines yet.";
}

/**
 * Shows the logs of one instance or of all. Ends the previous stream of this page.
 *
 * @param source "failure" for what instances wrote before they failed, "" for the live logs
 */
function show(visit, name, instance, source) {
  visit.local.unfollow?.abort();
  const unfollow = new AbortController();
  visit.put({ instance, source, unfollow, lines: [], opened: false, reason: null });
  const put = (change) => unfollow.signal.aborted || visit.put(change);
  const signal = AbortSignal.any([visit.signal, unfollow.signal]);
  if (source === "failure") past(name, instance, signal, put);
  else follow(visit, name, instance, signal, put);
}

async function past(name, instance, signal, put) {
  const wanted = { previous: "true", tail: "500", ...(instance && { instance }) };
  const query = new URLSearchParams(wanted);
  try {
    const { lines } = await read(`${appPath(name)}/logs?${query}`, { signal });
    put({ lines: lines.map(plain).slice(-KEPT), opened: true });
  } catch (failure) {
    put({ reason: failure.message });
  }
}

/** Follows the logs, beginning with the newest 200 lines. */
function follow(visit, name, instance, signal, put) {
  const query = new URLSearchParams({ tail: "200", ...(instance && { instance }) });
  listen(`${appPath(name)}/logs/stream?${query}`, {
    signal,
    opened: () => put({ opened: true }),
    lost: (reason) => put({ opened: false, reason }),
    refused: (reason) => put({ opened: false, reason }),
    told({ type, data }) {
      if (type === "Line" && !signal.aborted) append(visit, JSON.parse(data));
    },
  });
}

/** Adds a line unless it is already shown. After a reconnect, the stream repeats the last lines. */
function append(visit, line) {
  const { lines } = visit.local;
  const again = (other) =>
    other.at === line.at && other.instance === line.instance && other.stream === line.stream;
  if (!lines.some(again)) visit.put({ lines: [...lines, plain(line)].slice(-KEPT) });
}

/** Removes the colour codes, which are meant for a terminal. */
export function plain(line) {
  return { ...line, text: line.text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "") };
}

/** An island that stays scrolled to the end as lines arrive, unless the reader has scrolled up. */
const paper = {
  mount(node, lines) {
    render(node, lines.map(row));
    node.scrollTop = node.scrollHeight;
  },

  update(node, lines) {
    const atEnd = node.scrollHeight - node.scrollTop - node.clientHeight < 8;
    render(node, lines.map(row));
    if (atEnd) node.scrollTop = node.scrollHeight;
  },

  unmount() {},
};

/** The key lets a line keep its node while it moves up, so that selected text stays selected. */
function row({ at, instance, stream, text }) {
  return h(
    "li",
    { key: `${at} ${instance} ${stream}`, class: stream },
    h("time", { datetime: at }, new Date(at).toLocaleTimeString("en-GB")),
    h("span", { class: `who hue-${Number(/\d+$/.exec(instance)?.[0] ?? 0) % 6}` }, instance),
    h("span", { class: "text" }, stream === "stderr" && h("i", { class: "stream" }, "err"), text),
  );
}
