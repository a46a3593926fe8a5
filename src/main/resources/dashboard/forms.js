// The parts of forms that create something on the platform: a secret, a domain or a token.

import { h } from "./dom.js";

/** A labelled field. @param hint a sentence about what to enter; undefined for none */
export function field(label, { tag, props, children }, hint) {
  const id = `field-${props.name}`;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h(tag, { ...props, id, "aria-describedby": hint ? `${id}-hint` : null }, children),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
  );
}

/** A text field for names and patterns, which are no words of a language. */
export function textField(name, more = {}) {
  return h("input", {
    name,
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    ...more,
  });
}

export function checkbox(name, label) {
  return h(
    "label",
    { class: "row check" },
    h("input", { type: "checkbox", name, value: "true" }),
    label,
  );
}

/**
 * A form whose fields are emptied once it was sent.
 *
 * @param send called with the FormData when the user submits; returns a promise of whether that
 *   succeeded
 */
export function form(verb, send, ...fields) {
  const submit = async (event) => {
    event.preventDefault();
    const { target } = event;
    if (await send(new FormData(target))) target.reset();
  };
  return h(
    "form",
    { class: "fields", onsubmit: submit },
    fields,
    h("div", { class: "row" }, h("button", { class: "primary" }, verb)),
  );
}

/** Returns the words of a list that a user typed with commas or blanks between them. */
export function listOf(text) {
  return (text ?? "").split(/[\s,]+/).filter(Boolean);
}
