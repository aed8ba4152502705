// The page's end of a WebSocket: facts come in as they change, words go out.

const DONE = 1000;
const NOTHING_THERE = 4404;
const TRY_AGAIN_MS = 500;
const TRIES = 12;

// Calls `seen(all, changed)` with all facts known and those that are new; `gone(why)` once nothing more will come:
// "done", "nothing" (there is no such work), "closed" (the app does not answer any more).
export function follow(what, seen, gone) {
  const all = {};
  let socket;
  let failed = 0;

  function open() {
    socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/live/${what}`);
    socket.addEventListener("message", (message) => {
      failed = 0;
      const changed = JSON.parse(message.data);
      Object.assign(all, changed);
      seen(all, changed);
    });
    socket.addEventListener("close", (event) => {
      if (event.code === DONE) {
        gone("done");
      } else if (event.code === NOTHING_THERE) {
        gone("nothing");
      } else if (++failed > TRIES) {
        gone("closed");
      } else {
        setTimeout(open, TRY_AGAIN_MS);
      }
    });
  }

  open();
  return (word) => {
    if (socket.readyState === WebSocket.OPEN) {
      socket.send(word);
    }
  };
}

export const CLOSED = "callsim was closed. Start it again in the terminal; what was recorded is kept.";

// How far something has come, under a sentence that says what it is.
export function showProgress(bar, sentence, says, done) {
  if (sentence.textContent !== says) {
    sentence.textContent = says;
  }
  if (done === null || done === undefined) {
    bar.removeAttribute("value");
  } else {
    bar.value = done;
  }
}

export function fill(element, share) {
  element.style.transform = `scaleX(${Math.max(0, Math.min(1, share))})`;
}
