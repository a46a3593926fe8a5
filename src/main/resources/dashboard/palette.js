// The palette: a field that opens any page or app by a part of its name.

import { h, render } from "./dom.js";
import { button } from "./parts.js";
import { matching, targetsOf } from "./places.js";

const MOST = 10;

/** Opens the palette, unless a dialog is open already. */
export function openPalette(state) {
  if (document.querySelector("dialog")) return;
  const targets = targetsOf(state);
  const dialog = document.createElement("dialog");
  dialog.className = "palette";
  dialog.setAttribute("aria-label", "Go to");
  let text = "";
  let chosen = 0;
  const shown = () => matching(targets, text, MOST);
  const go = ({ href }) => {
    dialog.close();
    location.hash = href;
  };
  const press = (event) => {
    const rows = shown();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && rows.length > 0) {
      chosen = (chosen + step + rows.length) % rows.length;
      event.preventDefault();
      draw();
    }
    if (event.key === "Enter" && rows[chosen]) {
      event.preventDefault();
      go(rows[chosen]);
    }
  };
  const type = (event) => {
    text = event.target.value;
    chosen = 0;
    draw();
  };
  const draw = () => {
    const rows = shown();
    render(
      dialog,
      h("input", {
        type: "search",
        role: "combobox",
        "aria-label": "Page or app",
        "aria-expanded": "true",
        "aria-controls": "palette-rows",
        "aria-activedescendant": rows.length > 0 ? `palette-${chosen}` : null,
        placeholder: "Page or app",
        spellcheck: "false",
        autocomplete: "off",
        onkeydown: press,
        oninput: type,
      }),
      h(
        "ul",
        { id: "palette-rows", role: "listbox", "aria-label": "Pages and apps" },
        rows.map((row, index) =>
          h(
            "li",
            {
              key: row.href,
              id: `palette-${index}`,
              role: "option",
              "aria-selected": String(index === chosen),
              onclick: () => go(row),
            },
            row.label,
          ),
        ),
      ),
      h(
        "div",
        { class: "row" },
        h(
          "p",
          { class: "muted", role: "status" },
          rows.length === 0 ? "Nothing matches." : "Arrow keys choose, Enter opens, Escape closes.",
        ),
        h("span", { class: "spring" }),
        button("Close", () => dialog.close(), "quiet"), // a phone has no Escape key
      ),
    );
  };
  draw();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}
