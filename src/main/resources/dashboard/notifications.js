// The page of the receivers of notifications, with a test of each.

import { attempt, mayAdminister } from "./actions.js";
import { Problem, read, write } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h } from "./dom.js";
import { field, form, listOf, textField } from "./forms.js";
import { badge, button, empty, missing, panel, since, table } from "./parts.js";
import { waiting } from "./waiting.js";

/** What a receiver is notified of, and whether it is by default. */
const TOPICS = [
  ["rolled-back", true],
  ["instance-failed", true],
  ["certificate", true],
  ["routes", true],
  ["front-door", true],
  ["standby", true],
  ["deployed", false],
  ["node", false],
  ["leader", false],
];

async function load(visit) {
  if (!mayAdminister(visit.store.state.session)) return;
  visit.put(await read("/api/v1/receivers", { signal: visit.signal }));
}

export const notificationsPage = {
  title: () => "Notifications",

  enter: (visit) => visit.poll(10, () => load(visit)),

  view(state, visit) {
    if (!mayAdminister(state.session))
      return missing("The page of notifications requires the role admin.");
    const { receivers } = visit.local;
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Notifications"),
      panel(
        "Receivers",
        null,
        !receivers
          ? waiting(state)
          : receivers.length === 0
            ? empty("Nobody is notified yet. Add the chat of your team.")
            : list(receivers, state, visit),
      ),
      receivers && panel("Add a chat", null, h("div", { class: "body" }, addForm(visit))),
    );
  },
};

function list(receivers, state, visit) {
  return table(
    ["Receiver", "Kind", "Host", "Topics", "Apps", "Set", "State", "Actions"],
    receivers.map(({ name, kind, host, topics, apps, actor, changedAt, failures, trouble }) => [
      name,
      kind,
      host,
      topics.join(", "),
      apps.join(", "),
      [since(changedAt, state.now), ` ago by ${actor}`],
      failures > 0
        ? [badge({ tone: "bad", text: "failing" }), ` ${trouble ?? ""}`]
        : badge({ tone: "good", text: "working" }),
      h(
        "div",
        { class: "row" },
        button("Test", () => test(visit, name), "", { "aria-label": `Test ${name}` }),
        button("Remove", () => remove(visit, name), "danger", { "aria-label": `Remove ${name}` }),
      ),
    ]),
  );
}

function addForm(visit) {
  return form(
    "Add",
    (data) => add(visit, data),
    field(
      "Name",
      textField("name", {
        required: true,
        maxlength: 63,
        pattern: "[a-z0-9]([a-z0-9\\-]*[a-z0-9])?",
      }),
      "A receiver of this name is replaced.",
    ),
    field(
      "URL of the chat",
      textField("url", { required: true, maxlength: 2000, placeholder: "https://" }),
      "Of Slack, Mattermost or another. 'autoserve notify add' also adds webhooks and e-mail.",
    ),
    field(
      "Topics",
      textField("topics", { placeholder: usualTopics().join(", ") }),
      `Empty: those in grey. Also possible: ${otherTopics().join(", ")}.`,
    ),
    field("Apps", textField("apps", { placeholder: "shop-*, blog" }), "Empty: all apps."),
  );
}

function usualTopics() {
  return TOPICS.filter(([, usual]) => usual).map(([topic]) => topic);
}

function otherTopics() {
  return TOPICS.filter(([, usual]) => !usual).map(([topic]) => topic);
}

function path(name) {
  return `/api/v1/receivers/${encodeURIComponent(name)}`;
}

async function add(visit, data) {
  const name = data.get("name").trim();
  const topics = listOf(data.get("topics"));
  const apps = listOf(data.get("apps"));
  const wish = {
    kind: "Slack",
    url: data.get("url").trim(),
    topics: topics.length > 0 ? topics : usualTopics(),
    ...(apps.length > 0 && { apps }),
  };
  const set = await attempt(visit.store, `${name} is notified from now on`, () =>
    write("PUT", path(name), JSON.stringify(wish)),
  );
  await load(visit).catch(() => {}); // the next poll retries
  return set !== undefined;
}

async function test(visit, name) {
  await attempt(visit.store, `${name} accepted a notification`, async () => {
    const { delivered, trouble } = await write("POST", `${path(name)}/test`);
    if (!delivered) throw new Problem(0, `${name} did not accept the notification: ${trouble}`);
  });
}

async function remove(visit, name) {
  const sure = await confirmed({
    title: `Remove the receiver ${name}?`,
    text: "It is not notified of any event that follows.",
    label: "Remove",
    danger: true,
  });
  if (!sure) return;
  await attempt(visit.store, `The receiver ${name} is removed`, () => write("DELETE", path(name)));
  await load(visit).catch(() => {}); // the next poll retries
}
