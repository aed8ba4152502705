// A recording is sent as it is, then read and scored; leads to the call once it is.

import { showProgress } from "./live.js";
import { waitForScore } from "./scored.js";

const find = (id) => document.getElementById(id);
const form = find("form");

function say(wrong) {
  find("wrong").textContent = wrong;
  find("wrong").hidden = !wrong;
  form.hidden = !wrong;
  find("reading").hidden = Boolean(wrong);
}

function send(file, chosen) {
  const asked = new URLSearchParams({ name: file.name, trainee: chosen.get("trainee"), whose: chosen.get("whose") ?? "" });
  const request = new XMLHttpRequest();
  request.open("POST", `/recordings?${asked}`);
  request.responseType = "json";
  // Not `fetch`, which does not tell how far an upload has come.
  request.upload.addEventListener("progress", (at) => {
    showProgress(find("progress"), find("doing"), "Reading the file …", (1000 * at.loaded) / at.total);
  });
  request.addEventListener("load", () => {
    if (request.status === 202) {
      waitForScore("recording", () => (form.hidden = false));
    } else {
      say(request.response?.wrong ?? "The recording could not be read. Try it again.");
    }
  });
  request.addEventListener("error", () => say("The recording could not be sent: is callsim still running?"));
  request.send(file);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const file = find("file").files[0];
  if (file) {
    say("");
    send(file, new FormData(form));
  }
});

if (find("import").dataset.reading === "yes") {
  waitForScore("recording", () => (form.hidden = false));
}
