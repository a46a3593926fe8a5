// The tab with an app's spec: the text of each revision, differences, and the editor.

import { may } from "./actions.js";
import { appPath, read, write } from "./api.js";
import { diff, folded } from "./diff.js";
import { h } from "./dom.js";
import { editor, typeOf } from "./editor.js";
import { button, choice, empty, panel } from "./parts.js";
import { waiting } from "./waiting.js";

export const appSpec = {
  enter(visit, { name, query }) {
    visit.put({
      texts: new Map(),
      shown: query.get("show") ?? "",
      compared: query.get("compared") ?? "",
      editing: false,
    });
    visit.poll(10, async (signal) =>
      visit.put(await read(`${appPath(name)}/revisions`, { signal })),
    );
  },

  view(state, visit, app) {
    const { revisions, editing } = visit.local;
    if (!revisions) return panel("Spec", null, waiting(state));
    return editing ? writing(visit, app) : reading(state, visit, app);
  },
};

function reading(state, visit, app) {
  const { revisions } = visit.local;
  const shown = Number(visit.local.shown) || app.revision;
  const compared = Number(visit.local.compared);
  const options = revisions.map(({ revision }) => [revision, `revision ${revision}`]);
  const tools = h(
    "div",
    { class: "row" },
    choice("Show", options, shown, (value) => visit.put({ shown: value }), null),
    choice(
      "compared with",
      options.filter(([revision]) => revision !== shown),
      compared || "",
      (value) => visit.put({ compared: value }),
      "nothing",
    ),
    may(state.session, app.name) && button("Edit", () => edit(visit, app)),
  );
  const text = textOf(visit, app, shown);
  const before = compared ? textOf(visit, app, compared) : null;
  return panel(
    "Spec",
    tools,
    text === null || (compared && before === null)
      ? empty("…")
      : compared
        ? listing(folded(diff(before, text)), "diff")
        : listing(whole(text), "diff whole"),
  );
}

/**
 * Returns the text of a revision, or null while it is loading. A revision never changes, so it is
 * loaded only once.
 */
function textOf(visit, app, revision) {
  const { texts } = visit.local;
  if (!texts.has(revision)) {
    texts.set(revision, null);
    read(`${appPath(app.name)}/revisions/${revision}`, { signal: visit.signal })
      .then(({ text }) =>
        visit.put({ texts: new Map(visit.local.texts).set(revision, text.replace(/\n$/, "")) }),
      )
      .catch(() => texts.delete(revision)); // the next draw loads it again
  }
  return texts.get(revision);
}

function whole(text) {
  return text
    .split("\n")
    .map((line, index) => ({ kind: "same", text: line, before: index + 1, after: null }));
}

function listing(lines, kind) {
  return h(
    "ol",
    { class: kind, tabindex: "0", "aria-label": "Lines" },
    lines.length === 1 &&
      lines[0].kind === "skipped" &&
      h("li", { class: "skipped" }, "The revisions are equal."),
    lines.map((line) =>
      line.kind === "skipped"
        ? h("li", { class: "skipped" }, `⋯ ${line.count} equal lines`)
        : h(
            "li",
            { class: line.kind },
            h("span", { class: "line-number" }, line.before),
            h("span", { class: "line-number" }, line.after),
            h(
              "span",
              { "aria-label": line.kind === "same" ? null : line.kind },
              { same: " ", added: "+", removed: "−" }[line.kind],
            ),
            h("span", { class: "text" }, line.text),
          ),
    ),
  );
}

async function edit(visit, app) {
  const { text } = await read(`${appPath(app.name)}/revisions/${app.revision}`, {
    signal: visit.signal,
  });
  visit.put({ editing: true, editor: { text }, written: text, from: app.revision });
}

function writing(visit, app) {
  const done = () => visit.put({ editing: false, editor: null });
  const save = async (name, text) => {
    const put = write("PUT", `${appPath(name)}?from=${visit.local.from}`, text, typeOf(text));
    const { outcome, revision } = await put.finally(() => visit.store.renew(name, 0));
    visit.store.notice(
      "good",
      outcome === "Unchanged" ? `${name} is unchanged` : `${name} is now at revision ${revision}`,
    );
    done();
    visit.put(await read(`${appPath(app.name)}/revisions`));
  };
  const { from, written } = visit.local;
  const busy = visit.local.editor?.busy; // during a save, a new revision may be the user's own
  return h(
    "div",
    { class: "page-part" },
    app.revision !== from && !busy && h("div", { key: "overtaken" }, overtaken(visit, app)),
    h(
      "div",
      { key: "editor" },
      panel(
        "Edit",
        null,
        h(
          "div",
          { class: "body" },
          editor(visit, { initial: written, version: from, verb: "Apply", save, cancel: done }),
        ),
      ),
    ),
  );
}

/** Shows a revision that a colleague applied during the edit, so that the user does not undo it. */
function overtaken(visit, app) {
  const { revision } = app;
  const theirs = textOf(visit, app, revision);
  if (theirs === null)
    return panel(`Revision ${revision} was applied while you edited`, null, empty("…"));
  const mine = visit.local.editor.text;
  const goOnWith = (text) => visit.put({ from: revision, written: text, editor: { text } });
  return panel(
    `Revision ${revision} was applied while you edited`,
    h(
      "div",
      { class: "row" },
      h("span", { class: "muted" }, "− their version, + your version"),
      button("Keep mine", () => goOnWith(mine)),
      button("Take theirs", () => goOnWith(theirs)),
    ),
    listing(folded(diff(theirs, mine.replace(/\n$/, ""))), "diff"),
  );
}
