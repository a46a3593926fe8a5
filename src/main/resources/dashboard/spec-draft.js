// Writes the spec of a new app from a few answers. All functions are pure.

const HEALTH_CHECK = ["healthCheck:", "  path: /health"];
const manual = (instances) => [`  minReplicas: ${instances}`];

/** What a spec can begin with: a label, its section `scaling`, and the sections after it. */
export const TEMPLATES = {
  health: { label: "a health check", scaling: manual, rest: HEALTH_CHECK },
  plain: { label: "no health check", scaling: manual, rest: [] },
  auto: {
    label: "instances that follow the load",
    scaling: (instances) => [
      "  mode: auto",
      `  minReplicas: ${instances}`,
      `  maxReplicas: ${instances * 5}`,
      "  targetRPSPerReplica: 50",
    ],
    rest: HEALTH_CHECK,
  },
  canary: {
    label: "a canary for new revisions",
    scaling: manual,
    rest: [...HEALTH_CHECK, "rollout:", "  steps:", "    - weight: 10", "      holdSeconds: 60"],
  },
};

export const FIRST_ANSWERS = {
  name: "my-app",
  image: "registry.example.com/my-app:1.0",
  port: "8080",
  instances: "2",
  template: "health",
};

/** Returns the spec in YAML. @param answers texts in the form of FIRST_ANSWERS */
export function specOf({ name, image, port, instances, template }) {
  const { scaling, rest } = TEMPLATES[template];
  return [
    "apiVersion: v1",
    "kind: App",
    "metadata:",
    `  name: ${scalar(name)}`,
    "spec:",
    `  image: ${scalar(image)}`,
    "  ports:",
    `    - containerPort: ${port}`,
    "scaling:",
    ...scaling(instances),
    ...rest,
    "",
  ].join("\n");
}

const WORDS = /^(true|false|yes|no|on|off|null)$/i;

/** Quotes a text that YAML might read as something else. */
function scalar(text) {
  const plain = /^[A-Za-z][A-Za-z0-9./:@_-]*[A-Za-z0-9]$/.test(text) && !WORDS.test(text);
  return plain ? text : JSON.stringify(text);
}
