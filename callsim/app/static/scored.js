// What every page shows that waits for a score, and where it leads.

import { CLOSED, follow, showProgress } from "./live.js";

const SAYS = {
  starting: "Getting ready …",
  reading: "Reading the recording …",
  fetching: "Fetching the speech model, once …",
  scoring: "Listening to the call and scoring it …",
  scored: "Opening the call …",
};

// `what` is the work to follow; `page` holds #reading, #doing, #progress and #wrong.
export function waitForScore(what, onWrong = () => {}) {
  const find = (id) => document.getElementById(id);

  function wrong(says) {
    find("reading").hidden = true;
    find("wrong").textContent = says;
    find("wrong").hidden = false;
    onWrong();
  }

  follow(
    what,
    (facts) => {
      if (facts.stage === "failed") {
        wrong(facts.wrong);
        return;
      }
      showProgress(find("progress"), find("doing"), SAYS[facts.stage] ?? SAYS.starting, facts.done);
      if (facts.stage === "scored") {
        location.replace(`/sessions/${encodeURIComponent(facts.session)}`);
      }
    },
    (why) => why === "closed" && wrong(CLOSED),
  );
}
