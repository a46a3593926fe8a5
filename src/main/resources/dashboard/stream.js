// Reads a stream until its signal is aborted. If the controller that serves it dies, the stream
// connects again through the load balancer and continues after the last message that it read.

import { ask, Problem } from "./api.js";
import { messages } from "./sse.js";

const SILENCE = 40_000; // a comment comes every 15 seconds
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;

/** Statuses after which a retry cannot succeed: the request or the session is refused. */
const FINAL = new Set([400, 401, 403, 404]);

/** The status if the token or the controller has too many streams open. */
const TOO_MANY = 429;

/**
 * @param opened called after each connect, and awaited before the first message is read. No message
 *   is lost meanwhile. Its argument is true if the stream continues after the last message, and
 *   false if it begins with the next event
 * @param told called with each message
 * @param lost called with the reason whenever the stream ends without an abort
 * @param refused called with the reason when the server refuses the stream because too many are
 *   open. The next try comes after the time that the server asks for
 * @returns when `signal` is aborted, or after a status in FINAL
 */
export async function listen(
  path,
  { signal, opened = () => {}, told, lost = () => {}, refused = () => {} },
) {
  let last = null;
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    let wait = 0;
    let reason = "The connection to the controller ended.";
    try {
      const headers = last === null ? {} : { "Last-Event-ID": last };
      const response = await ask(path, { headers, signal });
      await opened(last !== null);
      pause = FIRST_PAUSE;
      for await (const message of messages(response.body, SILENCE)) {
        await told(message);
        last = message.id ?? last;
      }
    } catch (failure) {
      if (failure instanceof Problem && FINAL.has(failure.status)) return;
      if (failure instanceof Problem) reason = failure.message;
      if (failure instanceof Problem && failure.status === TOO_MANY) {
        wait = failure.retryAfter * 1000;
        refused(failure.message);
      }
    }
    if (signal.aborted) return;
    if (wait === 0) lost(reason);
    await rest(Math.max(wait, pause * (0.75 + Math.random() / 2)), signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** Ends all pauses before the next try of a stream or of the session, as if the network had returned. */
export function retryNow() {
  dispatchEvent(new Event("online"));
}

/** Waits for the time, but ends early when the browser reports that the network is back. */
export async function rest(milliseconds, signal) {
  const over = new AbortController();
  let timer;
  await new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
    addEventListener("online", resolve, { signal: over.signal });
    signal.addEventListener("abort", resolve, { signal: over.signal });
  });
  clearTimeout(timer);
  over.abort(); // removes both listeners, which would pile up during an outage
}
