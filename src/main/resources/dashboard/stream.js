// Reads a stream for as long as somebody wants it: when the controller behind it is gone it comes back through the load
// balancer, to another one, and goes on behind the last message that it has read.

import { ask, Problem } from "./api.js";
import { messages } from "./sse.js";

const SILENCE = 40_000; // a comment comes every 15 seconds
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;

/** What no second try makes better: who asks, or what is asked for. */
const FINAL = new Set([400, 401, 403, 404]);

/**
 * @param opened called at each beginning, and awaited: nothing of the stream is lost meanwhile. Told whether it goes on
 *   behind the last message; otherwise it begins with what happens next
 * @param told called with each message
 * @param lost called at each end that nobody wanted
 * @returns when `signal` is aborted, or where the answer is a final no
 */
export async function listen(path, { signal, opened = () => {}, told, lost = () => {} }) {
  let last = null;
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
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
    }
    if (signal.aborted) return;
    lost();
    await rest(pause * (0.75 + Math.random() / 2), signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** Ends early when the browser says that the network is back. */
function rest(milliseconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    addEventListener("online", resolve, { once: true, signal });
    signal.addEventListener("abort", resolve, { once: true });
  });
}
