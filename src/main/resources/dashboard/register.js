// The page that registers a new app from its spec.

import { write } from "./api.js";
import { may } from "./actions.js";
import { h } from "./dom.js";
import { editor, typeOf } from "./editor.js";
import { missing, panel } from "./parts.js";

const EXAMPLE = `apiVersion: v1
kind: App
metadata:
  name: my-app
spec:
  image: registry.example.com/my-app:1.0
  ports:
    - containerPort: 8080
scaling:
  minReplicas: 2
healthCheck:
  path: /health
`;

export const registerPage = {
  title: () => "Register an app",
  view(state, visit) {
    if (!may(state.session)) return missing("Registering an app requires the role deployer.");
    const save = async (name, text) => {
      await write("POST", "/api/v1/apps", text, typeOf(text));
      visit.store.renew(name, 0);
      location.hash = `#/apps/${name}`;
    };
    return h(
      "div",
      { class: "page" },
      h("h1", null, "Register an app"),
      panel(
        "Spec",
        h("a", { href: "/api/v1/schemas/app.v1.json" }, "All fields"),
        h("div", { class: "body" }, editor(visit, { initial: EXAMPLE, verb: "Register", save })),
      ),
    );
  },
};
