// The page of the cluster: controllers, database, nodes, and the controllers' own checks.

import { attempt, mayAdminister, seesAll } from "./actions.js";
import { ask, Problem, read, write } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h } from "./dom.js";
import { bytes, count } from "./format.js";
import { badge, button, panel, since, table } from "./parts.js";
import { waiting } from "./waiting.js";

/** A controller that was not seen for this time, although another one was, does not answer. */
const SILENT_MILLIS = 15_000;

/** A controller's view may lag for a moment. More events than this are a problem. */
const EVENTS_BEHIND = 1000;

/**
 * Returns how the cluster is doing in one word and a colour: {tone, text}. The text is empty if
 * there is no problem.
 */
export function clusterCondition(cluster) {
  if (!cluster) return { tone: "", text: "" };
  const { leader, members, database } = cluster;
  if (!leader) return { tone: "bad", text: "no leader" };
  if (!database.primary) return { tone: "bad", text: "no primary database" };
  const silent = members.filter((member) => silentFor(member, members) > SILENT_MILLIS);
  if (silent.length > 0) return { tone: "warn", text: `${silent[0].name} does not answer` };
  if (members.some((member) => behind(member, members) > EVENTS_BEHIND))
    return { tone: "warn", text: "a controller is behind" };
  if (database.replicas.some(({ state }) => state !== "streaming"))
    return { tone: "warn", text: "a standby is not streaming" };
  return { tone: "good", text: "" };
}

function silentFor({ lastSeen }, members) {
  return Math.max(...members.map((member) => new Date(member.lastSeen))) - new Date(lastSeen);
}

function behind({ viewSeq }, members) {
  return Math.max(...members.map((member) => member.viewSeq)) - viewSeq;
}

export const clusterPage = {
  title: () => "Cluster",

  // The comparison of the views with the tables is costly, hence the long pause.
  enter: (visit) => visit.poll(30, () => load(visit)),

  view(state, visit) {
    const { cluster, session, now } = state;
    const { checks, nodes } = visit.local;
    const complete = cluster && (checks || !seesAll(session)); // otherwise panels would move later
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Cluster"),
      complete
        ? [
            checks && checkList(checks),
            controllers(cluster, now),
            database(cluster.database),
            nodes && nodeTable(nodes, state, visit),
          ]
        : panel("Controllers", null, waiting(state)),
    );
  },
};

/** During an outage, some of the reads fail. The page still shows what the others answer. */
async function load(visit) {
  if (!seesAll(visit.store.state.session)) return;
  const { signal } = visit;
  const [checks, views, nodes] = await Promise.allSettled([
    checked(signal),
    read("/api/v1/cluster/health", { signal }).then(viewChecks),
    read("/api/v1/nodes", { signal }),
  ]);
  visit.put({
    checks: [...checksOf("controller", checks), ...checksOf(VIEWS, views)],
    nodes: nodes.value?.nodes ?? visit.local.nodes,
  });
}

/** Returns the checks that were read. If the read failed, that is one failed check. */
function checksOf(name, { value, reason }) {
  return value ?? [{ name, ok: false, detail: reason.message }];
}

const VIEWS = "controllers' views";

/** Returns the comparison of the controllers' views with the tables, as checks. */
function viewChecks({ problems }) {
  return problems.length > 0
    ? problems.map((detail) => ({ name: VIEWS, ok: false, detail }))
    : [{ name: VIEWS, ok: true, detail: "they match the tables of the database" }];
}

/** Reads the controller's checks. The answer has the status 503 if the controller cannot serve. */
async function checked(signal) {
  const response = await ask("/health", { signal, accepted: [503] });
  const answer = await response.json().catch(() => null); // a load balancer answers no JSON
  if (!answer?.checks) throw new Problem(response.status, "No controller answers.");
  return answer.checks;
}

function checkList(all) {
  const failed = all.filter(({ ok }) => !ok);
  return panel(
    "Checks",
    badge(
      failed.length === 0
        ? { tone: "good", text: "all succeed" }
        : { tone: "bad", text: `${failed.length} of ${all.length} fail` },
    ),
    h(
      "ul",
      { class: "checks" },
      [...failed, ...all.filter(({ ok }) => ok)].map(({ name, ok, detail }) =>
        h(
          "li",
          { key: `${name} ${detail}` },
          badge({ tone: ok ? "good" : "bad", text: ok ? "ok" : "failed" }),
          h("b", null, name),
          h("span", { class: "reason" }, detail),
        ),
      ),
    ),
    failed.length > 0 &&
      h(
        "p",
        { class: "body muted" },
        "On the machine, ",
        h("code", null, "autoserve doctor"),
        " shows more checks and how to repair each.",
      ),
  );
}

function controllers(cluster, now) {
  const { members, leader, term, leaderSince } = cluster;
  return panel(
    "Controllers",
    leader
      ? h("span", { class: "muted" }, `${leader} leads term ${term} for `, since(leaderSince, now))
      : badge({ tone: "bad", text: "no leader, an election is in progress" }),
    table(
      ["Controller", "Role", "Version", "Address", "Events behind", "Last seen"],
      members.map((member) => [
        member.name,
        badge({ tone: member.role === "leader" ? "good" : "calm", text: member.role }),
        member.version,
        member.address ?? "–",
        String(behind(member, members)),
        [since(member.lastSeen, now), " ago"],
      ]),
    ),
  );
}

function database({ primary, replicas }) {
  return panel(
    "Database",
    h(
      "span",
      { class: "muted" },
      replicas.length === 0 ? "no standby" : count(replicas.length, "standby"),
    ),
    table(
      ["Server", "Role", "State", "Behind"],
      [
        primary
          ? [primary, "primary", badge({ tone: "good", text: "accepts writes" }), "–"]
          : ["none", "primary", badge({ tone: "bad", text: "missing" }), "–"],
        ...replicas.map(({ name, state, lagBytes }) => [
          name,
          "standby",
          badge({ tone: state === "streaming" ? "good" : "warn", text: state }),
          bytes(lagBytes),
        ]),
      ],
    ),
  );
}

const NODE_TONES = { Ready: "good", Draining: "coming", Drained: "warn" };

function nodeTable(all, { session, now }, visit) {
  const admin = mayAdminister(session);
  return panel(
    "Nodes",
    null,
    table(
      ["Node", "State", "Instances", "Changed", ...(admin ? ["Actions"] : [])],
      all.map(({ name, state, instances, since: changed, actor }) => [
        name,
        badge({ tone: NODE_TONES[state] ?? "calm", text: state.toLowerCase() }),
        String(instances),
        changed ? [since(changed, now), ` ago by ${actor}`] : "–",
        ...(admin ? [nodeAction(name, state, visit)] : []),
      ]),
    ),
  );
}

function nodeAction(name, state, visit) {
  const path = `/api/v1/nodes/${encodeURIComponent(name)}`;
  const act = async (done, order) => {
    await attempt(visit.store, `The node ${name} ${done}`, () => write("POST", `${path}/${order}`));
    await load(visit).catch(() => {}); // the next poll retries
  };
  return state === "Ready"
    ? button("Drain", () => drain(name, act), "danger", { "aria-label": `Drain ${name}` })
    : button("Uncordon", () => act("runs instances again", "uncordon"), "", {
        "aria-label": `Uncordon ${name}`,
      });
}

async function drain(name, act) {
  const sure = await confirmed({
    title: `Drain the node ${name}?`,
    text: "All instances leave the node, and none starts there until it is uncordoned.",
    label: "Drain",
    danger: true,
    typed: name,
  });
  if (sure) await act("is being drained", "drain");
}
