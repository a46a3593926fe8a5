// Formats figures and times for people.

export function rate(value) {
  return value == null ? "–" : value === 0 ? "0" : value < 10 ? value.toFixed(1) : compact(value);
}

function compact(value) {
  return value < 1000
    ? String(Math.round(value))
    : value < 1e6
      ? `${(value / 1000).toFixed(value < 1e4 ? 1 : 0)}k`
      : `${(value / 1e6).toFixed(1)}M`;
}

export function milliseconds(value) {
  if (value == null) return "–";
  if (value < 10) return `${value.toFixed(1)} ms`;
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function percent(value) {
  if (value == null) return "–";
  return `${value === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} %`;
}

export function bytes(value) {
  if (value == null) return "unknown";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Returns the time that has passed, in the largest unit that fits: 8 s, 3 min, 5 h, 2 d. */
export function ago(from, now) {
  const seconds = Math.max(0, Math.round((now - new Date(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;
}

/** Returns the time that remains, with seconds: 12 s, 4 min 05 s, 2 h 10 min. */
export function until(at, now) {
  const seconds = Math.max(0, Math.round((new Date(at) - now) / 1000));
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  const two = (number) => String(number).padStart(2, "0");
  if (minutes === 0) return `${seconds} s`;
  return hours === 0
    ? `${minutes} min ${two(seconds % 60)} s`
    : `${hours} h ${two(minutes % 60)} min`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** Returns the time of day, with the date if it is not today, and with the year if that differs. */
export function clock(at, now) {
  const [then, today] = [new Date(at), new Date(now)];
  const time = CLOCK.format(then);
  if (then.toDateString() === today.toDateString()) return time;
  const day = then.getFullYear() === today.getFullYear() ? DAY : DATE;
  return `${day.format(then)}, ${time}`;
}

/** Converts InstanceReady to "instance ready". */
export function words(type) {
  return type.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}
