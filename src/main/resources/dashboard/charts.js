// Charts of figures over time, drawn by uPlot in islands (see dom.js). A mark shows when a scaling
// decision or an event changed the app.

import { h, render } from "./dom.js";
import { clock } from "./format.js";

const { uPlot } = window;
const HEIGHT = 150;
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500]; // the axis of instances has no fractions
const NEAR = 8; // pixels; a mark that is nearer to the pointer shows its text

/**
 * Converts the history to uPlot's form, in which each figure is an array. A missing step is a gap.
 *
 * @returns the times in seconds, the gaps as {from, to} in seconds, and `figures(of)`, which
 *   returns the array of one figure
 */
export function columns(history, step) {
  const rows = [];
  const gaps = [];
  for (const entry of history) {
    const at = new Date(entry.at) / 1000;
    const last = rows.at(-1)?.at;
    if (last !== undefined && at - last > step * 1.5) {
      rows.push({ at: last + step, entry: null });
      gaps.push({ from: last, to: at });
    }
    rows.push({ at, entry });
  }
  return {
    times: rows.map((row) => row.at),
    gaps,
    figures: (of) => rows.map(({ entry }) => (entry === null ? null : of(entry))),
  };
}

/**
 * The island of a chart. Its input is {title, times, gaps, from, to, series: [[label, tone,
 * values]], marks: [{at, tone, text}], format, top, stepped, absent, onzoom}. If `absent` is a text,
 * it is shown in place of the axes. `onzoom(from, to)` is called when the user selects a part of
 * the time axis.
 */
export const chart = {
  mount(node, input) {
    const title = document.createElement("h3");
    const frame = document.createElement("div");
    frame.className = "plot";
    node.append(title, frame);
    const absent = document.createElement("p");
    absent.className = "absent";
    frame.append(absent);
    const held = { input, title, frame, absent };
    node.held = held;
    held.plot = new uPlot(options(held), data(input), frame);
    held.sizes = new ResizeObserver(() =>
      held.plot.setSize({ width: frame.clientWidth, height: HEIGHT }),
    );
    held.sizes.observe(frame);
    held.turned = () => held.plot.redraw();
    addEventListener("themechange", held.turned);
    legend(held, null);
    showAbsence(held);
  },

  update(node, input) {
    const { held } = node;
    if (!held || held.input === input) return;
    held.input = input;
    held.plot.setData(data(input));
    legend(held, held.plot.cursor.idx ?? null);
    showAbsence(held);
  },

  unmount(node) {
    if (!node.held) return;
    removeEventListener("themechange", node.held.turned);
    node.held.sizes.disconnect();
    node.held.plot.destroy();
  },
};

function showAbsence({ frame, absent, input }) {
  absent.textContent = input.absent ?? "";
  frame.classList.toggle("nothing", input.absent !== null);
}

function data({ times, series }) {
  return [times, ...series.map(([, , values]) => values)];
}

function options(held) {
  const { frame, input } = held;
  const ink = (tone) => colour(frame, tone);
  const axis = {
    stroke: () => ink("tone-4"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: () => ink("tone-5"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: frame.clientWidth,
    height: HEIGHT,
    padding: [8, 16, 0, 0], // room at the right for half of the last time label
    legend: { show: false },
    cursor: {
      sync: { key: "load" },
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
    },
    scales: {
      x: {
        time: true,
        range: () => [
          held.input.from ?? Date.now() / 1000 - 600,
          held.input.to ?? Date.now() / 1000,
        ],
      },
      y: { range: (_, __, most) => [0, Math.max(input.top, (most ?? 0) * 1.15)] },
    },
    axes: [
      { ...axis, size: 24, space: 70, values: (_, at) => at.map((it) => dial(it, held.input)) },
      {
        ...axis,
        size: 46,
        space: 32,
        gap: 4,
        ...(input.stepped ? { incrs: WHOLE } : {}),
        values: (_, at) => at.map((value) => short(input.format(value))),
      },
    ],
    series: [
      {},
      ...input.series.map(([label, tone]) => ({
        label,
        stroke: () => ink(`tone-${tone}`),
        width: 1.5,
        points: { show: true, size: 3, filter: alone },
        ...(input.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
      })),
    ],
    hooks: {
      drawClear: [(plot) => drawGaps(plot, held.input.gaps, ink)],
      draw: [(plot) => drawMarks(plot, held.input.marks, ink)],
      setSelect: [(plot) => zoom(plot, held)],
      setCursor: [(plot) => point(plot, held)],
    },
  };
}

/** Returns the indexes of values without neighbours. They have no line, so each needs a point. */
function alone(plot, series) {
  const values = plot.data[series];
  return values
    .map((value, index) => index)
    .filter(
      (index) => values[index] !== null && values[index - 1] == null && values[index + 1] == null,
    );
}

/** Formats a label of the time axis: a date if the axis is longer than a day, otherwise a time. */
function dial(at, { from, to }) {
  const then = new Date(at * 1000);
  const parts =
    to - from > 100_000
      ? { day: "numeric", month: "short" }
      : { hour: "2-digit", minute: "2-digit" };
  return then.toLocaleString("en-GB", parts);
}

const short = (text) =>
  text
    .replace(/ ms$/, "")
    .replace(/ %$/, "%")
    .replace(/\.0(?!\d)/, "");

/** Returns the colour that a CSS class has in the present theme. */
function colour(frame, tone) {
  let probe = frame.querySelector(`:scope > i.${tone}`);
  if (!probe) {
    probe = document.createElement("i");
    probe.className = tone;
    frame.prepend(probe);
  }
  return getComputedStyle(probe).color;
}

/** Shades the times without measurements, so that a gap does not look like an error of the chart. */
function drawGaps(plot, gaps, ink) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = ink("tone-5");
  for (const { from, to } of gaps) {
    const left = Math.max(bbox.left, plot.valToPos(from, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, "x", true));
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

/** Passes on the part of the time axis that the user selected by dragging the pointer. */
function zoom(plot, { input }) {
  const { left, width } = plot.select;
  if (width < NEAR) return; // a click
  const part = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  input.onzoom(...part);
}

function drawMarks(plot, marks, ink) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const { at, tone } of marks) {
    const x = Math.round(plot.valToPos(at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = ctx.fillStyle = ink(tone);
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, bbox.top, 2.5 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}

/** Shows the figures at the pointer in the legend, and the text of the nearest mark in a tip. */
function point(plot, held) {
  const { idx, left } = plot.cursor;
  const away = left === undefined || left < 0;
  legend(held, away ? null : idx);
  const at = away ? null : plot.posToVal(left, "x");
  const mark = away ? null : nearest(plot, held.input.marks, left);
  const gap = away ? null : held.input.gaps.find(({ from, to }) => from < at && at < to);
  if (!mark && !gap) {
    held.tip?.remove();
    held.tip = null;
    return;
  }
  if (!held.tip) {
    held.tip = document.createElement("div");
    held.tip.className = "tip";
    held.frame.append(held.tip);
  }
  const right = left > plot.over.clientWidth / 2;
  held.tip.style.insetInlineStart = right ? "0" : "auto";
  held.tip.style.insetInlineEnd = right ? "auto" : "0";
  const when = (seconds) => h("b", null, clock(seconds * 1000, new Date()));
  render(
    held.tip,
    mark
      ? [when(mark.at), " ", mark.text]
      : [
          when(gap.from),
          " to ",
          when(gap.to),
          " Not measured: the app had no instances, or no controller led.",
        ],
  );
}

function nearest(plot, marks, left) {
  return marks
    .map((mark) => ({ ...mark, distance: Math.abs(plot.valToPos(mark.at, "x") - left) }))
    .filter(({ distance }) => distance <= NEAR)
    .sort((one, other) => one.distance - other.distance)[0];
}

function legend({ title, input }, index) {
  const value = (values) =>
    input.format(index === null ? values.findLast((it) => it !== null) : values[index]);
  render(
    title,
    input.title,
    h(
      "span",
      { class: "legend" },
      input.series.map(([label, tone, values]) =>
        h("span", { key: label }, h("i", { class: `tone-${tone}` }), `${label} ${value(values)}`),
      ),
    ),
  );
}
