// Past calls are being scored by a rubric: shows how far that has come, then what came of it.

import { CLOSED, follow, showProgress } from "./live.js";

const find = (id) => document.getElementById(id);
const OVER = ["rescored", "stopped", "failed"];

follow(
  "rubric",
  (facts) => {
    if (!OVER.includes(facts.stage)) {
      showProgress(find("progress"), find("doing"), find("doing").textContent, facts.done);
    }
  },
  (why) => {
    if (why === "closed") {
      find("doing").textContent = CLOSED;
    } else {
      location.reload();
    }
  },
);
