// The page that asks for a token if the controllers require one.

import { write } from "./api.js";
import { h } from "./dom.js";

export const signInPage = {
  /** @param start called when the user has signed in */
  view: (store, start) =>
    h(
      "div",
      { class: "page narrow" },
      h("h1", null, "Sign in"),
      h(
        "p",
        { class: "muted" },
        "Sign in with a token. ",
        h("code", null, "autoserve token create"),
        " creates one; the first token is in ",
        h("code", null, ".autoserve/admin-token"),
        ".",
      ),
      h(
        "form",
        { class: "stack", onsubmit: (event) => submit(event, store, start) },
        h("label", { for: "token" }, "Token"),
        h("input", {
          id: "token",
          name: "token",
          type: "password",
          autocomplete: "current-password",
          required: true,
          spellcheck: "false",
          autofocus: true,
        }),
        h("button", { class: "primary" }, "Sign in"),
      ),
    ),
};

async function submit(event, store, start) {
  event.preventDefault();
  const token = new FormData(event.target).get("token").trim();
  try {
    await write("POST", "/api/v1/session", JSON.stringify({ token }));
    store.put({ session: null, notices: [] });
    start();
  } catch (problem) {
    store.notice(
      "bad",
      problem.status === 401
        ? "The token is invalid: it is mistyped or was revoked."
        : problem.message,
    );
  }
}
