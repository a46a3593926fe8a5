// Makes the document match a description. Pages are pure functions that return descriptions. Data
// becomes text or the value of an attribute, never markup. Unchanged elements keep their nodes, so
// that focus, selection and scroll position survive.

/**
 * @param {string} tag
 * @param {object} props attributes and `on…` functions. With a `key`, a child keeps its node when
 *   it moves. An `island` {mount(node, input), update(node, input), unmount(node)} draws itself
 *   from its `input`
 * @param children descriptions, text, numbers, or lists of them; null, undefined and false are
 *   left out
 */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: flat(children) };
}

/** Makes the children of `parent` match the descriptions. */
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
  if (node.drawn === child) return; // a page may return a description again that has not changed
  node.drawn = child;
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
  node.drawn = child;
  node.props = props;
  node.key = props.key;
  node.island = props.island;
  if (node.island)
    queueMicrotask(() => node.isConnected && node.island.mount(node, node.props.input));
  else agree(node, children);
  return node;
}

/** Set as properties, because the attribute has no effect once the user has changed the value. */
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
