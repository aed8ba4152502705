// Draws the call on a canvas: axis, both waveforms, marks, and the caller's frustration. Knows nothing of the page.
import { clock } from "./clock.js";

const BAR = 2;
const BAR_AND_GAP = 3;
const LOUDEST = 31;
const AXIS_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];
const LABEL_WIDTH = 64;
const NUMBER_WIDTH = 30;

/** Levels from their base-32 digits. */
export function levelsOf(digits) {
  return Uint8Array.from(digits, (digit) => parseInt(digit, 32));
}

/** Where a moment lies on a canvas of this width. */
export function across(ms, view, width) {
  return ((ms - view.from) / (view.to - view.from)) * width;
}

/** The rows of the stage from top to bottom, each with its top and height. */
export function rowsOf(sizes) {
  const rows = {};
  let top = 0;
  for (const [name, height] of Object.entries(sizes)) {
    rows[name] = { top, height, middle: top + height / 2 };
    top += height;
  }
  return rows;
}

/** Draw everything; `scene` is { data, view, width, rows, colours, shown }. */
export function draw(canvas, scene) {
  drawAxis(canvas, scene);
  drawPart(canvas, scene);
  drawStretches(canvas, scene);
  drawLane(canvas, scene, scene.data.caller, scene.rows.caller, scene.colours.caller);
  drawLane(canvas, scene, scene.data.trainee, scene.rows.trainee, scene.colours.trainee);
  drawMarks(canvas, scene);
  if (scene.rows.mood) drawMood(canvas, scene);
}

function drawAxis(canvas, { view, width, rows, colours }) {
  const least = ((view.to - view.from) / 1000) * (LABEL_WIDTH / width);
  const step = (AXIS_STEPS_S.find((one) => one >= least) ?? 3600) * 1000;
  canvas.font = "11px system-ui, sans-serif";
  canvas.textBaseline = "middle";
  for (let at = Math.ceil(view.from / step) * step; at < view.to; at += step) {
    const x = Math.round(across(at, view, width));
    canvas.fillStyle = colours.rule;
    canvas.fillRect(x, rows.axis.height - 4, 1, rows.trainee.top + rows.trainee.height - rows.axis.height + 4);
    canvas.fillStyle = colours.quiet;
    if (x + 34 < width) canvas.fillText(clock(at), x + 4, rows.axis.middle - 1);
  }
}

/** Which part of the call is in sight, where it is not all of it. */
function drawPart(canvas, { data, view, width, colours }) {
  if (view.to - view.from >= data.length) return;
  const whole = { from: 0, to: data.length };
  const from = across(view.from, whole, width);
  canvas.fillStyle = colours.rule;
  canvas.fillRect(0, 0, width, 3);
  canvas.fillStyle = colours.quiet;
  canvas.fillRect(from, 0, Math.max(6, across(view.to, whole, width) - from), 3);
}

function drawStretches(canvas, { data, view, width, rows, colours, shown }) {
  const height = rows.caller.height + rows.trainee.height;
  const grounds = { dead_air: colours.mendSoft, hold: colours.sunk, cut_in: colours.badSoft };
  for (const [kind, from, to] of data.marks) {
    const name = data.kinds[kind];
    if (!(name in grounds) || !shown.has(name)) continue;
    const x = across(from, view, width);
    canvas.fillStyle = grounds[name];
    canvas.fillRect(x, rows.caller.top, Math.max(3, across(to, view, width) - x), height);
  }
}

function drawLane(canvas, { data, view, width }, levels, row, colour) {
  const perBar = ((view.to - view.from) / width) * BAR_AND_GAP;
  const grid = Math.floor(view.from / perBar);
  canvas.fillStyle = colour;
  for (let bar = grid; bar * perBar < view.to; bar += 1) {
    const first = Math.max(0, Math.floor((bar * perBar) / data.step));
    const last = Math.max(first + 1, Math.floor(((bar + 1) * perBar) / data.step));
    const within = levels.slice(first, last);
    // The loudest alone would make every bar of a whole call as tall as the next: each holds a loud moment.
    const mean = within.reduce((sum, level) => sum + level, 0) / Math.max(1, within.length);
    const level = (mean + Math.max(0, ...within)) / 2;
    const half = Math.max(0.5, (level / LOUDEST) * (row.height / 2 - 3));
    canvas.fillRect(across(bar * perBar, view, width), row.middle - half, BAR, half * 2);
  }
}

/** The colour of each kind of mark, and the line of the marks' row that it stands on. */
export const MARK_LOOKS = {
  cut_in: ["bad", 0],
  caller_cut_in: ["caller", 0],
  early_start: ["quiet", 0],
  backchannel: ["trainee", 0],
  dead_air: ["mend", 0],
  hold: ["quiet", 0],
  helps: ["trainee", 1],
  hurts: ["bad", 1],
  note: ["ink", 1],
};

/** The height at which a kind of mark stands. */
export function markHeight(kind, row) {
  return row.top + row.height * (MARK_LOOKS[kind][1] ? 0.74 : 0.28);
}

function drawMarks(canvas, { data, view, width, rows, colours, shown }) {
  for (const [number, from, to] of data.marks) {
    const kind = data.kinds[number];
    if (!shown.has(kind) || to < view.from || from > view.to) continue;
    canvas.fillStyle = canvas.strokeStyle = colours[MARK_LOOKS[kind][0]];
    const x = across(from, view, width);
    SHAPES[kind](canvas, x, markHeight(kind, rows.marks), Math.max(8, across(to, view, width) - x));
  }
}

const SHAPES = {
  note: (canvas, x, y) => fill(canvas, [x - 5, y - 5, x + 5, y - 5, x + 5, y + 2, x, y + 2, x - 3, y + 5, x - 3, y + 2, x - 5, y + 2]),
  cut_in: (canvas, x, y) => fill(canvas, [x - 5, y - 4, x + 5, y - 4, x, y + 5]),
  caller_cut_in: (canvas, x, y) => line(canvas, [x - 4, y - 4, x + 4, y - 4, x, y + 4, x - 4, y - 4], 1.5),
  early_start: (canvas, x, y) => line(canvas, [x, y - 4.5, x + 4.5, y, x, y + 4.5, x - 4.5, y, x, y - 4.5], 1.5),
  backchannel: (canvas, x, y) => disc(canvas, x, y, 3.5),
  dead_air: (canvas, x, y, long) => {
    line(canvas, [x + 1, y - 3, x + 1, y + 3], 1.5);
    line(canvas, [x + 1, y, x + long - 1, y], 1.5);
    line(canvas, [x + long - 1, y - 3, x + long - 1, y + 3], 1.5);
  },
  hold: (canvas, x, y, long) => {
    line(canvas, [x + 2, y - 4, x + 2, y + 4], 2);
    line(canvas, [x + 6, y - 4, x + 6, y + 4], 2);
    if (long > 12) line(canvas, [x + 9, y, x + long, y], 1);
  },
  helps: (canvas, x, y) => canvas.fillRect(x - 1, y - 4, 2, 8),
  hurts: (canvas, x, y) => {
    line(canvas, [x - 3, y - 3, x + 3, y + 3], 2);
    line(canvas, [x - 3, y + 3, x + 3, y - 3], 2);
  },
};

function drawMood(canvas, { data, view, width, rows: { mood }, colours, shown }) {
  if (!data.steps.length) return;
  const height = (level) => moodHeight(level, mood);
  const corners = [[0, height(data.steps[0][1])]];
  for (const [at, before, after] of data.steps) {
    const x = across(at, view, width);
    corners.push([x, height(before)], [x, height(after)]);
  }
  corners.push([across(data.length, view, width), corners.at(-1)[1]]);
  corners[0][0] = across(0, view, width);
  const foot = mood.top + mood.height - 1;
  fill(canvas, [corners[0][0], foot, ...corners.flat(), corners.at(-1)[0], foot], colours.callerSoft);
  canvas.strokeStyle = colours.caller;
  line(canvas, corners.flat(), 1.5);
  if (shown.has("mood")) drawSteps(canvas, { data, view, width, colours }, height);
}

function drawSteps(canvas, { data, view, width, colours }, height) {
  const places = data.steps.map(([at]) => across(at, view, width));
  const crowded = places.length > width / NUMBER_WIDTH;
  const radius = crowded ? 2.5 : 3.5;
  canvas.font = "600 11px system-ui, sans-serif";
  canvas.textBaseline = "alphabetic";
  data.steps.forEach(([, before, after], number) => {
    const x = places[number];
    disc(canvas, x, height(after), radius + 1, colours.raised);
    disc(canvas, x, height(after), radius, after > before ? colours.bad : colours.good);
    // A number stands behind its dot where there is room up to the next.
    if ((places[number + 1] ?? width) - x < NUMBER_WIDTH) return;
    canvas.fillStyle = colours.quiet;
    canvas.fillText(String(after), x + 6, height(after) - 4);
  });
}

/** The height of a level of frustration: 100 at the top of its row. */
export function moodHeight(level, row) {
  const room = row.height - 22;
  return row.top + 16 + room * (1 - level / 100);
}

function disc(canvas, x, y, radius, colour = canvas.fillStyle) {
  canvas.fillStyle = colour;
  canvas.beginPath();
  canvas.arc(x, y, radius, 0, 2 * Math.PI);
  canvas.fill();
}

function trace(canvas, points) {
  canvas.beginPath();
  for (let at = 0; at < points.length; at += 2) canvas.lineTo(points[at], points[at + 1]);
}

function fill(canvas, points, colour = canvas.fillStyle) {
  canvas.fillStyle = colour;
  trace(canvas, points);
  canvas.fill();
}

function line(canvas, points, width) {
  canvas.lineWidth = width;
  trace(canvas, points);
  canvas.stroke();
}
