// Pages are pure functions that return descriptions; this makes the document agree with one. What is data becomes text or
// an attribute's value, never markup. Nodes that stay the same stay the same node, so that focus, selection and scrolling
// survive.

/**
 * @param {string} tag
 * @param {object} props attributes; `on…` functions; `key`, by which a child keeps its node when it moves; `island` and
 *   `input`, for a part that draws itself: {mount(node, input), update(node, input), unmount(node)}
 * @param children descriptions, text, numbers, lists of them; null, undefined and false are nothing
 */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: flat(children) };
}

/** Makes the children of `parent` what is described. */
export function render(parent, ...children) {
  agree(parent, flat(children));
}

function flat(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== "")
    .map((child) => (typeof child === "object" ? child : String(child)));
}

function agree(parent, wanted) {
  const keyed = new Map();
  for (const node of parent.childNodes) {
    if (node.key !== undefined) keyed.set(node.key, node);
  }
  let next = parent.firstChild;
  for (const child of wanted) {
    const key = child.props?.key;
    let node = key === undefined ? next : keyed.get(key);
    if (node && fits(node, child)) {
      update(node, child);
    } else {
      node = create(child, parent);
    }
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    forget(gone);
    gone.remove();
  }
}

function fits(node, child) {
  return typeof child === "string"
    ? node.nodeType === Node.TEXT_NODE
    : node.localName === child.tag &&
        node.key === child.props.key &&
        node.island === child.props.island;
}

function update(node, child) {
  if (typeof child === "string") {
    if (node.data !== child) node.data = child;
    return;
  }
  const before = node.props;
  for (const name in before) {
    if (!(name in child.props)) set(node, name, null);
  }
  for (const name in child.props) {
    if (before[name] !== child.props[name]) set(node, name, child.props[name]);
  }
  node.props = child.props;
  if (node.island) node.island.update(node, child.props.input);
  else agree(node, child.children);
}

const SVG = "http://www.w3.org/2000/svg";

function create(child, parent) {
  if (typeof child === "string") return document.createTextNode(child);
  const { tag, props, children } = child;
  const inSvg =
    tag === "svg" || (parent.namespaceURI === SVG && parent.localName !== "foreignObject");
  const node = inSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const name in props) set(node, name, props[name]);
  node.props = props;
  node.key = props.key;
  node.island = props.island;
  if (node.island)
    queueMicrotask(() => node.isConnected && node.island.mount(node, node.props.input));
  else agree(node, children);
  return node;
}

/** What the user may have changed since is a property, not an attribute. */
const PROPERTIES = new Set(["value", "selected", "disabled"]);
const OURS = new Set(["key", "island", "input"]);

function set(node, name, value) {
  if (OURS.has(name)) return;
  if (name.startsWith("on")) node[name] = value ?? null;
  else if (PROPERTIES.has(name)) node[name] = value ?? false;
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

function forget(node) {
  if (node.island) node.island.unmount(node);
  for (const child of node.childNodes) forget(child);
}
