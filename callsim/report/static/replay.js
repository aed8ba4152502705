// The replay page: ties the player, the stage, the transcript and the keys together.
import { clock, within } from "./clock.js";
import { Player } from "./player.js";
import { Stage } from "./stage.js";
import { CoachTools } from "./tools.js";
import { Transcript } from "./transcript.js";

const part = (id) => document.getElementById(id);
const SPEEDS = Array.from(part("speed").options, (option) => Number(option.value));
const data = JSON.parse(part("replay-data").textContent);
const player = new Player(part("sound"), data.length);
const shown = new Set(Array.from(document.querySelectorAll(".chip"), (chip) => chip.dataset.kind));
const names = ["stage", "view", "canvas", "passage", "ghost", "headline", "hint"];
const stage = new Stage(Object.fromEntries(names.map((name) => [name, part(name)])), data, player, shown);
const transcript = new Transcript(part("flow"), data.lines, player);
const tools = new CoachTools(player);

/** All that can be jumped to, in order of time. */
function stops() {
  const marks = data.marks.filter(([kind]) => shown.has(data.kinds[kind])).map(([, at, , text]) => [at, text]);
  const steps = data.steps.map(([at, before, after, because]) => [at, `Frustration ${before} → ${after}: ${because}`]);
  return [...marks, ...(shown.has("mood") ? steps : [])].sort(([one], [other]) => one - other);
}

// What is told of a moment is taken back once the sound has left it behind.
const TOLD_FOR_MS = 6_000;
let toldAt = null;

function tell(text, at = null) {
  part("moment").textContent = text;
  toldAt = at;
}

function jump(by) {
  // While it plays the mark just jumped to lies a moment back; going back means the one before.
  const at = player.at - (by < 0 && player.playing ? 900 : 0);
  const found = by > 0 ? stops().find(([stop]) => stop > at + 20) : stops().findLast(([stop]) => stop < at - 20);
  if (!found) {
    tell(by > 0 ? "No mark after this" : "No mark before this");
    return;
  }
  player.from(found[0]);
  const together = stops().filter(([stop]) => stop === found[0]);
  tell(`${clock(found[0])}  ${together.map(([, text]) => text).join(", ")}`, found[0]);
}

function loopFrom() {
  player.repeat([player.at, player.passage && player.passage[1] > player.at + 200 ? player.passage[1] : player.length]);
  tell(`Looping from ${clock(player.at)}; press ] where it ends`);
}

function loopTo() {
  player.repeat([player.passage && player.passage[0] < player.at - 200 ? player.passage[0] : 0, player.at]);
}

function toggleLoop() {
  if (player.passage) player.repeat(null);
  else if (player.playing || player.at) loopFrom();
  else tell("Drag over the waveform to choose what to loop");
}

function faster(by) {
  const place = within(0, SPEEDS.indexOf(player.speed) + by, SPEEDS.length - 1);
  player.speed = SPEEDS[place];
  showState();
}

const BUTTONS = {
  previous: () => jump(-1),
  back: () => player.seek(player.at - 5_000),
  play: () => player.toggle(),
  ahead: () => player.seek(player.at + 5_000),
  next: () => jump(1),
  loop: toggleLoop,
  wider: () => stage.zoom(2),
  closer: () => stage.zoom(0.5),
  help: () => part("keys").showModal(),
};
const KEYS = {
  " ": BUTTONS.play,
  ArrowLeft: (event) => player.seek(player.at - (event.shiftKey ? 1_000 : 5_000)),
  ArrowRight: (event) => player.seek(player.at + (event.shiftKey ? 1_000 : 5_000)),
  ",": BUTTONS.previous,
  ".": BUTTONS.next,
  k: BUTTONS.previous,
  j: BUTTONS.next,
  "[": loopFrom,
  "]": loopTo,
  Escape: () => player.repeat(null),
  "+": BUTTONS.closer,
  "=": BUTTONS.closer,
  "-": BUTTONS.wider,
  0: () => stage.whole(),
  "<": () => faster(-1),
  ">": () => faster(1),
  n: () => tools.write(),
  t: () => transcript.enter(),
  "?": BUTTONS.help,
};
const ON_THE_SLIDER = {
  Home: () => player.seek(0),
  End: () => player.seek(player.length),
  PageUp: () => player.seek(player.at + 30_000),
  PageDown: () => player.seek(player.at - 30_000),
};

function key(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || part("keys").open) return;
  if (target.matches("select, input, textarea")) return;
  // A button keeps its own space key.
  if (event.key === " " && target.matches("button, a, summary, [role=button]")) return;
  const does = KEYS[event.key] ?? (target === part("view") ? ON_THE_SLIDER[event.key] : undefined);
  if (!does) return;
  event.preventDefault();
  does(event);
}

function showState() {
  part("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
  part("player").classList.toggle("playing", player.playing);
  part("speed").value = String(player.speed);
}

function showTime() {
  const text = clock(player.at);
  if (part("now").textContent !== text) part("now").textContent = text;
  if (toldAt !== null && Math.abs(player.at - toldAt) > TOLD_FOR_MS) tell("");
}

function showPassage() {
  const passage = player.passage;
  part("loop").setAttribute("aria-pressed", String(Boolean(passage)));
  part("loop").textContent = passage ? `Loop ${clock(passage[0])}–${clock(passage[1])}` : "Loop";
}

function showZoom() {
  part("wider").disabled = stage.isWhole;
}

function showTrouble() {
  part("play").disabled = true;
  tell("The sound cannot be played here: this browser may know neither Opus nor WAV, or the file is gone.");
  part("moment").classList.add("trouble");
}

// A seek is over before anybody could read of it; a sound that is still being packed is not.
const PATIENCE_MS = 400;
let patience = 0;

function showWaiting() {
  clearTimeout(patience);
  if (player.waiting) patience = setTimeout(() => showLoading(true), PATIENCE_MS);
  else if (part("play").hasAttribute("aria-busy")) showLoading(false);
}

function showLoading(loading) {
  if (loading) part("play").setAttribute("aria-busy", "true");
  else part("play").removeAttribute("aria-busy");
  tell(loading ? "Loading the sound …" : "");
}

for (const [id, does] of Object.entries(BUTTONS)) {
  part(id).addEventListener("click", does);
  part(id).disabled = false;
}
part("speed").disabled = false;
part("speed").addEventListener("change", () => (player.speed = Number(part("speed").value)));
part("view").addEventListener("look", showZoom);
part("flow").addEventListener("word", (event) => tell(event.detail));
document.addEventListener("keydown", key);
document.addEventListener("click", (event) => {
  // After the mouse the space key is the player's again.
  if (event.detail) event.target.closest("button")?.blur();
  const hear = event.target.closest(".hear");
  if (hear?.dataset.to) player.repeat([Number(hear.dataset.at), Number(hear.dataset.to)]);
  if (hear) player.from(Number(hear.dataset.at));
  const chip = event.target.closest(".chip");
  if (!chip) return;
  const on = chip.getAttribute("aria-pressed") !== "true";
  chip.setAttribute("aria-pressed", String(on));
  if (on) shown.add(chip.dataset.kind);
  else shown.delete(chip.dataset.kind);
  stage.draw();
});
player.addEventListener("state", showState);
player.addEventListener("time", showTime);
player.addEventListener("passage", showPassage);
player.addEventListener("waiting", showWaiting);
player.addEventListener("trouble", showTrouble);
showZoom();
// A link to a moment.
const moment = /^#t=(\d+)$/.exec(location.hash);
if (moment) player.seek(Number(moment[1]));
// What went wrong before anybody listened; until the page has loaded a sound may merely not have begun to.
addEventListener("load", () => player.broken && showTrouble());
