// The API as programs see it. Every refusal is a Problem, with the words that the server found for it.

export class Problem extends Error {
  /** @param errors each {message, pointer?, line?, parameter?} */
  constructor(status, detail, errors = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** @returns the fetch's response, if it is one of success */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (failure) {
    if (options.signal?.aborted) throw failure;
    throw new Problem(0, "No controller answers. Retry in a few seconds.");
  }
  if (response.ok) return response;
  const refusal = await problem(response);
  if (refusal.status === 401) whenSignedOut(refusal);
  throw refusal;
}

export async function read(path, options) {
  return (await ask(path, options)).json();
}

/** Writes; the header tells events who it was, and no foreign page can send it. */
export async function write(method, path, body, type = "application/json") {
  const headers = { "X-Autoserve-Actor": "dashboard" };
  if (body !== undefined) headers["Content-Type"] = type;
  const response = await ask(path, { method, headers, body });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

async function problem(response) {
  try {
    const told = await response.json();
    return new Problem(response.status, told.detail ?? told.title, told.errors ?? []);
  } catch {
    return new Problem(response.status, `The server answered with status ${response.status}.`);
  }
}

let whenSignedOut = () => {};

/** @param listener called with the Problem when the server does not know, or no longer, who asks */
export function onSignedOut(listener) {
  whenSignedOut = listener;
}

export const appPath = (name) => `/api/v1/apps/${encodeURIComponent(name)}`;
