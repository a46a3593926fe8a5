// Asks for confirmation before an action that the users of an app may notice.

import { h, render } from "./dom.js";
import { button } from "./parts.js";

/**
 * @param typed text that the operator must type to confirm what cannot be undone; null for none
 * @returns a promise of true if the operator confirmed, otherwise of false
 */
export function confirmed({ title, text, label, danger = false, typed = null }) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const draw = (input) =>
      render(
        dialog,
        h(
          "form",
          { method: "dialog", class: "stack" },
          h("h2", { id: "dialog-title" }, title),
          h("p", null, text),
          typed && [
            h("label", { for: "dialog-typed" }, "Type ", h("b", null, typed), " to confirm"),
            h("input", {
              id: "dialog-typed",
              autocomplete: "off",
              spellcheck: "false",
              oninput: (event) => draw(event.target.value),
            }),
          ],
          h(
            "div",
            { class: "row answers" },
            button("Cancel", () => dialog.close("no"), "", { autofocus: danger && !typed }),
            h(
              "button",
              {
                value: "yes",
                class: danger ? "danger primary" : "primary",
                disabled: typed !== null && input !== typed,
              },
              label,
            ),
          ),
        ),
      );
    draw("");
    dialog.setAttribute("aria-labelledby", "dialog-title");
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}
