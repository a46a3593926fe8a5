// Calls the API. A call that fails throws a Problem, with the server's message if there is one.

export class Problem extends Error {
  /**
   * @param errors each {message, pointer?, line?, parameter?}
   * @param retryAfter how many seconds the server asks to wait before a retry; 0 if it does not ask
   */
  constructor(status, detail, errors = [], retryAfter = 0) {
    super(detail);
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/**
 * @param accepted statuses that count as success, besides 2xx
 * @returns the response of a successful request; throws a Problem otherwise
 */
export async function ask(path, { accepted = [], ...options } = {}) {
  // A read is repeated, so its next answer shows whether the trouble is over. A write is not.
  const note = (trouble) => options.method || whenAnswered(path.split("?")[0], trouble);
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (failure) {
    if (options.signal?.aborted) throw failure;
    const silence = new Problem(0, "No controller answers. Retry in a few seconds.");
    note(silence);
    throw silence;
  }
  if (response.ok || accepted.includes(response.status)) {
    note(null);
    return response;
  }
  const refusal = await problem(response);
  note(refusal.status >= 500 ? refusal : null);
  if (refusal.status === 401) whenSignedOut(refusal);
  throw refusal;
}

export async function read(path, options) {
  return (await ask(path, options)).json();
}

/**
 * Sends a write with the header X-Autoserve-Actor. When authentication is off, the header names the
 * actor of the events. Pages of other origins cannot send it, so the server accepts a write with
 * the session's cookie if the request has this header.
 */
export async function write(method, path, body, type = "application/json") {
  const headers = { "X-Autoserve-Actor": "dashboard" };
  if (body !== undefined) headers["Content-Type"] = type;
  const response = await ask(path, { method, headers, body });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

async function problem(response) {
  const bare = `The server answered with status ${response.status}.`;
  try {
    const told = await response.json();
    const wait = Number(response.headers.get("Retry-After")) || 0;
    const detail = told.detail ?? told.title ?? bare;
    return new Problem(response.status, detail, told.errors ?? [], wait);
  } catch {
    return new Problem(response.status, bare);
  }
}

let whenAnswered = () => {};

/**
 * @param listener called after each read with its path, and with the Problem if no controller
 *   answered or the answer was an error of the server, otherwise with null
 */
export function onAnswer(listener) {
  whenAnswered = listener;
}

let whenSignedOut = () => {};

/** @param listener called with the Problem when the server requires the user to sign in */
export function onSignedOut(listener) {
  whenSignedOut = listener;
}

export const appPath = (name) => `/api/v1/apps/${encodeURIComponent(name)}`;
