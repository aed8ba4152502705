// The headset check as it goes: which step, how loud, and what was found.

import { CLOSED, fill, follow } from "./live.js";

const find = (id) => document.getElementById(id);
const STEPS = ["room", "tone", "voice"];
const AFTER = ["checked", "failed", "declined"];
let stage = "";

function seen(facts, changed) {
  if (changed.microphones || changed.speakers) {
    choices(find("microphone"), facts.microphones, facts.microphone);
    choices(find("speaker"), facts.speakers, facts.speaker);
    find("devices").hidden = false;
  }
  if ("level" in changed) {
    fill(find("level"), Math.sqrt(facts.level));
    find("meter").setAttribute("aria-valuenow", Math.round(Math.sqrt(facts.level) * 100));
  }
  if (facts.stage !== stage) {
    stage = facts.stage;
    enter(facts);
  }
}

function enter(facts) {
  const at = stage === "checked" ? STEPS.length : STEPS.indexOf(stage);
  document.querySelectorAll("[data-step]").forEach((step, number) => {
    step.classList.toggle("done", number < at);
    step.toggleAttribute("aria-current", number === at);
  });
  if (at >= 0 && at < STEPS.length) {
    find("status").textContent = document.querySelector(`[data-step="${stage}"]`).innerText;
  }
  if (stage === "checked") {
    result(facts);
  } else if (stage === "failed") {
    wrong(facts.wrong);
  }
  if (AFTER.includes(stage)) {
    fill(find("level"), 0);
    find("again").hidden = false;
    find("begin").textContent = "Check it again";
  }
}

function result(facts) {
  const head = document.createElement("h2");
  head.textContent = facts.fit ? "Your headset is fit for a call." : "Something is to be changed.";
  const list = document.createElement("ul");
  list.className = "stack tight verdicts";
  list.append(...facts.verdicts.map(verdict));
  find("result").replaceChildren(head, list);
  find("result").focus();
}

function verdict(one) {
  const row = document.createElement("li");
  const tag = document.createElement("span");
  tag.className = `tag ${one.fit ? "good" : "bad"}`;
  tag.textContent = one.fit ? "good" : "mend";
  const says = document.createElement("span");
  says.textContent = `${one.says}.`;
  row.append(tag, says);
  return row;
}

function choices(select, names, chosen) {
  select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
}

function wrong(says) {
  find("wrong").textContent = says;
  find("wrong").hidden = false;
  find("again").hidden = false;
}

if (find("check").dataset.checking === "yes") {
  follow("headset", seen, (why) => why === "closed" && wrong(CLOSED));
}
