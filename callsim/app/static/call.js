// The live call: shows what the call's process tells, and sends it the keys.

import { CLOSED, fill, follow, showProgress } from "./live.js";
import { showSaid } from "./said.js";

const find = (id) => document.getElementById(id);
const call = find("call");
const SECTION = { ringing: "ringing", talking: "talking", failed: "over", declined: "over", scored: "waiting" };
const DOING = {
  starting: "Getting ready …",
  fetching: "Fetching the speech model, once …",
  preparing: "The caller is getting ready …",
  answering: "Connecting …",
  ended: "The call is over.",
  scoring: "The call is over. Listening to it again and scoring it …",
  scored: "Opening the call …",
};
// What keeps the trainee from speaking.
const KEPT_FROM = { muted: "muted", hold: "on hold", pause: "paused" };
const ALOUD = { ringing: "The phone rings.", talking: "Connected.", ended: "The call is over." };
const AFTER = ["ended", "scoring", "scored", "failed", "declined"];

let stage = "";
let left = false;

const say = follow("headset", seen, (why) => {
  if (why === "closed") {
    end(CLOSED, null);
  } else if (why === "nothing") {
    location.replace("/");
  }
});

function seen(facts, changed) {
  if (facts.stage !== stage) {
    enter(facts);
  }
  if (stage === "talking") {
    show(facts, changed);
  } else if (SECTION[stage] !== "over") {
    const done = stage === "preparing" ? (1000 * facts.done) / Math.max(1, facts.of) : facts.done;
    showProgress(find("progress"), find("doing"), DOING[stage] ?? DOING.starting, stage === "ringing" ? null : done);
  }
  if (changed.notes) {
    find("notes").replaceChildren(...facts.notes.map(note));
  }
}

function enter(facts) {
  stage = facts.stage;
  call.dataset.stage = stage;
  for (const name of ["waiting", "ringing", "talking", "over"]) {
    find(name).hidden = name !== (SECTION[stage] ?? "waiting");
  }
  for (const key of document.querySelectorAll("[data-key]")) {
    key.disabled = stage !== "talking";
  }
  find("status").textContent = ALOUD[stage] ?? "";
  if (stage === "ringing") {
    find("answer").focus();
  } else if (stage === "failed") {
    end(facts.wrong, facts.session);
  } else if (stage === "declined") {
    end("You did not take the call.", null);
  } else if (stage === "scored") {
    // Something happened that the trainee should read first.
    facts.notes ? end("The call has been scored.", facts.session) : go(facts.session);
  }
}

function show(facts, changed) {
  const minutes = Math.floor(facts.second / 60);
  find("timer").textContent = `${minutes}:${String(facts.second % 60).padStart(2, "0")}`;
  fill(find("level"), Math.sqrt(facts.level));
  find("kept-from").textContent = KEPT_FROM[facts.floor] ?? "";
  find("kept-from").hidden = !(facts.floor in KEPT_FROM);
  find("caller").classList.toggle("now", facts.floor === "caller");
  find("trainee").classList.toggle("now", facts.floor === "trainee");
  for (const key of document.querySelectorAll("[data-switch]")) {
    key.setAttribute("aria-pressed", String(facts.on.includes(key.dataset.switch)));
  }
  if (find("meter") && facts.frustration !== null) {
    showMood(facts);
  }
  if (find("cue") && "cue" in changed) {
    find("cue").textContent = facts.cue;
    find("cue").classList.toggle("shown", facts.cue !== "");
  }
  if (find("said") && ("said" in changed || "guess" in changed)) {
    showSaid(find("said"), facts, find("caller").textContent.trim());
  }
}

function showMood(facts) {
  fill(find("frustration"), facts.frustration / 100);
  find("mood").textContent = facts.mood;
  find("meter").className = `bar ${facts.mood}`;
  find("meter").setAttribute("aria-valuenow", facts.frustration);
  find("meter").setAttribute("aria-valuetext", facts.mood);
}

function note(text) {
  const row = document.createElement("li");
  row.className = "notice mend";
  row.textContent = text;
  return row;
}

function end(says, session) {
  for (const name of ["waiting", "ringing", "talking"]) {
    find(name).hidden = true;
  }
  find("over").hidden = false;
  find("wrong").textContent = says;
  for (const key of document.querySelectorAll("[data-key]")) {
    key.disabled = true;
  }
  if (session) {
    find("hear").href = `/sessions/${encodeURIComponent(session)}`;
    find("hear").hidden = false;
    find("hear").focus();
  }
}

function go(session) {
  if (!left) {
    left = true;
    location.replace(`/sessions/${encodeURIComponent(session)}`);
  }
}

find("answer").addEventListener("click", () => say("answer"));
find("decline").addEventListener("click", () => say("decline"));
for (const key of document.querySelectorAll("[data-key]")) {
  key.addEventListener("click", () => say(key.dataset.key));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || AFTER.includes(stage)) {
    return;
  }
  const letter = event.key.toLowerCase();
  if (stage === "ringing" && letter === "q") {
    say("decline");
  } else if (stage === "talking" && document.querySelector(`[data-key="${CSS.escape(letter)}"]`)) {
    event.preventDefault();
    say(letter);
  }
});
