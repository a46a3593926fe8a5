// The editor for specs. Before a spec is applied, it shows each error with its line, and what the
// spec would change.

import { appPath, write } from "./api.js";
import { h } from "./dom.js";
import { button } from "./parts.js";

/**
 * Returns the form. Keeps {text, faults, preview, busy} in `visit.local.editor`.
 *
 * @param initial the text to begin with
 * @param version when this changes, `initial` replaces the text
 * @param verb the label of the button that saves
 * @param save called with the app's name and the text when the user saves
 * @param cancel called when the user cancels; null for no such button
 */
export function editor(visit, { initial, version = 0, verb, save, cancel = null }) {
  const { text = initial, faults = [], preview = null, busy = false } = visit.local.editor ?? {};
  const put = (change) => visit.put({ editor: { ...visit.local.editor, ...change } });
  const attempt = async (task) => {
    put({ busy: true, faults: [], preview: null });
    try {
      await task();
    } catch (problem) {
      put({ faults: problem.errors?.length > 0 ? problem.errors : [{ message: problem.message }] });
    }
    put({ busy: false });
  };
  const look = () =>
    attempt(async () => {
      const name = nameIn(text);
      put({ preview: await write("PUT", `${appPath(name)}?dryRun=true`, text, typeOf(text)) });
    });
  return h(
    "form",
    {
      class: "editor",
      onsubmit: (event) => {
        event.preventDefault();
        look();
      },
    },
    h("label", { for: "spec", class: "unseen" }, "Spec"),
    h("textarea", {
      id: "spec",
      key: `spec-${version}`,
      value: initial,
      spellcheck: "false",
      autocapitalize: "off",
      wrap: "off",
      "aria-describedby": "faults",
      oninput: (event) => put({ text: event.target.value, faults: [], preview: null }),
    }),
    h(
      "div",
      { id: "faults", "aria-live": "polite" },
      faults.length > 0 && faultList(faults),
      preview && previewOf(preview),
    ),
    h(
      "div",
      { class: "row" },
      h("button", { class: preview ? "" : "primary", disabled: busy }, "Preview"),
      preview &&
        preview.outcome !== "Unchanged" &&
        button(verb, () => attempt(() => save(nameIn(text), text)), "primary", {
          disabled: busy,
          key: "save",
        }),
      cancel && button("Cancel", cancel),
    ),
  );
}

export function typeOf(text) {
  return text.trimStart().startsWith("{") ? "application/json" : "application/yaml";
}

/**
 * Finds the name under `metadata`, in block or flow style YAML or in JSON. If it is not found, the
 * server's error shows what is wrong.
 */
export function nameIn(text) {
  const found =
    /["']?metadata["']?\s*:\s*(?:\{[^}]*?|(?:\n[ \t]+.*|\n[ \t]*#.*)*?\n[ \t]+)["']?name["']?\s*:\s*["']?([A-Za-z0-9._-]+)/.exec(
      text,
    );
  return found?.[1] ?? "unnamed";
}

function faultList(faults) {
  return h(
    "ul",
    { class: "faults", role: "alert" },
    faults.map(({ line, pointer, message }) =>
      h(
        "li",
        null,
        line && button(`line ${line}`, () => select(line)),
        h("span", null, pointer && h("code", null, pointer, " "), message),
      ),
    ),
  );
}

/** Selects a line and scrolls to it. */
function select(line) {
  const area = document.getElementById("spec");
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, it) => sum + it.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 6);
}

function previewOf({ outcome, revision, changes, actions }) {
  const title = {
    Created: "Registers a new app",
    Changed: `Creates revision ${revision}`,
    Unchanged: "Changes nothing",
  }[outcome];
  return h(
    "div",
    { class: "preview" },
    h("h2", null, title),
    changes.length > 0 && [h("h3", null, "Changes"), h("ul", null, changes.map(change))],
    actions.length > 0 && [
      h("h3", null, "Planned actions"),
      h(
        "ol",
        null,
        actions.map(({ action, subject, reason }) =>
          h(
            "li",
            null,
            h("b", null, `${action} ${subject}`),
            h("span", { class: "muted" }, reason),
          ),
        ),
      ),
    ],
  );
}

function change({ path, before, after }) {
  return h(
    "li",
    null,
    h("code", null, path),
    before !== null && h("del", null, before),
    after !== null && h("ins", null, after),
  );
}
