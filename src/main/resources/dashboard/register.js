// The page that registers a new app: a form of a few fields beside the spec that it writes.

import { write } from "./api.js";
import { may } from "./actions.js";
import { h } from "./dom.js";
import { editor, typeOf } from "./editor.js";
import { field, textField } from "./forms.js";
import { button, missing, panel } from "./parts.js";
import { FIRST_ANSWERS, specOf, TEMPLATES } from "./spec-draft.js";

export const registerPage = {
  title: () => "Register an app",

  enter: (visit) => visit.put({ answers: FIRST_ANSWERS, version: 0 }),

  view(state, visit) {
    if (!may(state.session)) return missing("Registering an app requires the role deployer.");
    const { answers, version } = visit.local;
    const initial = specOf(answers);
    const edited = (visit.local.editor?.text ?? initial) !== initial;
    const save = async (name, text) => {
      const app = await write("POST", "/api/v1/apps", text, typeOf(text));
      // The page of the app is opened at once, and must know the app.
      const { apps } = visit.store.state;
      if (apps && app?.name) visit.store.put({ apps: new Map(apps).set(app.name, app) });
      visit.store.renew(name, 0);
      location.hash = `#/apps/${name}`;
    };
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Register an app"),
      h(
        "div",
        { class: "draft" },
        panel("The app", null, h("div", { class: "body" }, form(visit, answers, edited))),
        panel(
          "Spec",
          h("a", { href: "/api/v1/schemas/app.v1.json" }, "All fields"),
          h("div", { class: "body" }, editor(visit, { initial, version, verb: "Register", save })),
        ),
      ),
    );
  },
};

function form(visit, answers, edited) {
  const answer = (change) => {
    const next = { ...visit.local.answers, ...change };
    visit.put({
      answers: next,
      version: visit.local.version + 1,
      editor: { text: specOf(next) },
    });
  };
  const text = (name) =>
    textField(name, {
      value: answers[name],
      disabled: edited,
      oninput: (event) => answer({ [name]: event.target.value.trim() }),
    });
  const number = (name, max) =>
    h("input", {
      type: "number",
      name,
      min: 1,
      max,
      value: answers[name],
      disabled: edited,
      oninput: (event) => answer({ [name]: event.target.value }),
    });
  return h(
    "div",
    { class: "fields" },
    field("Name", text("name"), "Lower case letters, digits and '-'. Also the app's host name."),
    field("Image", text("image"), "The container image to run."),
    field("Port", number("port", 65535), "The port on which the container listens for HTTP."),
    field("Instances", number("instances", 1000), "The number of containers to keep running."),
    field(
      "With",
      h(
        "select",
        {
          name: "template",
          disabled: edited,
          onchange: (event) => answer({ template: event.target.value }),
        },
        Object.entries(TEMPLATES).map(([value, { label }]) =>
          h("option", { key: value, value, selected: value === answers.template }, label),
        ),
      ),
    ),
    edited &&
      h(
        "p",
        { class: "hint", key: "edited" },
        "You have edited the spec. ",
        button("Discard the edits", () => answer({})),
      ),
  );
}
