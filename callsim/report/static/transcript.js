// The transcript: the spoken word is lit, each word plays from where it was said, and all of it is one tab stop.
// Words are found by their place in the text and lit with highlights, so that a long call stays a small page.

const NOT_FOLLOWING_MS = 5_000;

/** The lines of the page with the times of their words. */
export class Transcript {
  #box;
  #player;
  #lines;
  #current = [];
  #here = 0;
  #word = -1;
  #touched = -Infinity;
  #lights = {};

  constructor(box, lines, player) {
    this.#box = box;
    this.#player = player;
    const says = box.querySelectorAll(".say");
    this.#lines = lines.map(([, start, end, hundredths], at) => timed(says[at], start, end, hundredths));
    for (const name of ["spoken", "pointed", "chosen"]) this.#lights[name] = light(name);
    player.addEventListener("time", () => this.#follow());
    box.addEventListener("click", (event) => this.#click(event));
    box.addEventListener("pointermove", (event) => this.#point(event));
    box.addEventListener("pointerleave", () => this.#lights.pointed.clear());
    box.addEventListener("keydown", (event) => this.#key(event));
    for (const what of ["wheel", "touchmove", "keydown"]) {
      box.addEventListener(what, () => (this.#touched = performance.now()), { passive: true });
    }
  }

  /** Give the focus to the line that is being spoken, or was last. */
  enter() {
    const at = this.#player.at;
    const now = this.#lines.findLastIndex((line) => line.start <= at);
    this.#focus(Math.max(0, now));
  }

  #follow() {
    const at = this.#player.at;
    const now = this.#lines.filter((line) => line.start <= at && at < line.end);
    const before = this.#current;
    for (const line of before) if (!now.includes(line)) line.row.classList.remove("current");
    this.#current = now;
    this.#lights.spoken.clear();
    for (const line of now) {
      line.row.classList.add("current");
      const word = line.starts.findLastIndex((start) => start <= at);
      if (word >= 0) this.#lights.spoken.add(rangeOf(line, word));
    }
    if (now.length && now.at(-1) !== before.at(-1)) this.#show(now.at(-1).row);
  }

  /** Keep a row in sight, in its own box: the page itself never moves by itself. */
  #show(row) {
    if (performance.now() - this.#touched < NOT_FOLLOWING_MS) return;
    const box = this.#box;
    const top = row.offsetTop - box.offsetTop;
    if (top >= box.scrollTop && top + row.offsetHeight <= box.scrollTop + box.clientHeight) return;
    box.scrollTo({ top: top - box.clientHeight / 4 });
  }

  #under(event) {
    const row = event.target.closest(".line");
    const number = row ? this.#lines.findIndex((line) => line.row === row) : -1;
    if (number < 0) return null;
    return { number, word: wordAt(this.#lines[number], event.clientX, event.clientY) };
  }

  #click(event) {
    const found = this.#under(event);
    if (!found || !getSelection().isCollapsed) return;
    this.#touched = -Infinity;
    this.#focus(found.number, found.word);
    this.#play();
  }

  #point(event) {
    const found = this.#under(event);
    this.#lights.pointed.clear();
    if (found && found.word >= 0) this.#lights.pointed.add(rangeOf(this.#lines[found.number], found.word));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.key in steps) this.#focus(Math.min(this.#lines.length - 1, Math.max(0, this.#here + steps[event.key])));
    else if (event.key === "ArrowRight") this.#choose(this.#word + 1);
    else if (event.key === "ArrowLeft") this.#choose(this.#word - 1);
    else if (event.key === "Enter") this.#play();
    else if (event.key === " ") this.#player.toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #focus(number, word = -1) {
    if (!this.#lines.length) return;
    this.#lines[this.#here].say.tabIndex = -1;
    this.#here = number;
    const { say } = this.#lines[number];
    say.tabIndex = 0;
    say.focus({ preventScroll: false });
    this.#choose(word);
  }

  #choose(word) {
    const line = this.#lines[this.#here];
    this.#word = Math.min(line.starts.length - 1, Math.max(-1, word));
    this.#lights.chosen.clear();
    if (this.#word < 0) return;
    this.#lights.chosen.add(rangeOf(line, this.#word));
    this.#box.dispatchEvent(new CustomEvent("word", { detail: line.words[this.#word] }));
  }

  #play() {
    const line = this.#lines[this.#here];
    this.#player.from(this.#word < 0 ? line.start : line.starts[this.#word]);
  }
}

/** A line of the page with its words, where each begins in its text, and when it was said. */
function timed(say, start, end, hundredths) {
  const text = say.querySelector(".text").firstChild;
  const words = text ? text.data.split(" ") : [];
  const places = [];
  let place = 0;
  for (const word of words) {
    places.push(place);
    place += word.length + 1;
  }
  let at = Math.round(start / 10);
  const starts = hundredths.map((gap) => (at += gap) * 10);
  return { say, row: say.closest(".line"), text, words, places, start, end, starts };
}

function rangeOf(line, word) {
  const range = new Range();
  range.setStart(line.text, line.places[word]);
  range.setEnd(line.text, line.places[word] + line.words[word].length);
  return range;
}

/** The number of the word under a point; -1 where there is none. */
function wordAt(line, x, y) {
  const caret = document.caretPositionFromPoint?.(x, y);
  const found = caret ? [caret.offsetNode, caret.offset] : rangeAt(x, y);
  if (!found || found[0] !== line.text) return -1;
  return Math.min(line.starts.length - 1, line.places.findLastIndex((place) => place <= found[1]));
}

function rangeAt(x, y) {
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? [range.startContainer, range.startOffset] : null;
}

/** A highlight; where a browser has none, the line that is spoken is still marked. */
function light(name) {
  if (!CSS.highlights) return new Set();
  const made = new Highlight();
  CSS.highlights.set(name, made);
  return made;
}
