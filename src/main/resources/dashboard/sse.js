// Parses server-sent events. The browser's EventSource is not enough, for three reasons. It hides
// comments, without which a dead connection cannot be noticed. It delivers only those types of
// events that are registered one by one. It gives up for good when a load balancer answers 503.

/**
 * Yields {id, type, data} until the stream ends. Throws if nothing arrives for `silence`
 * milliseconds, not even a comment.
 */
export async function* messages(body, silence) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { value, done } = await within(silence, reader.read());
      if (done) return;
      text += value.replaceAll("\r\n", "\n");
      const whole = text.split("\n\n");
      text = whole.pop();
      yield* whole.map(message).filter((it) => it.data !== "");
    }
  } finally {
    reader.cancel().catch(() => {}); // the stream is over, so an error does not matter
  }
}

function message(block) {
  const found = { id: null, type: "message", data: [] };
  for (const line of block.split("\n")) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === "id") found.id = value;
    if (field === "event") found.type = value;
    if (field === "data") found.data.push(value);
  }
  return { ...found, data: found.data.join("\n") };
}

function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("The connection is not responding.")), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
