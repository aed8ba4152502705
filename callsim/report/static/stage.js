// The stage: the canvas with its playhead, what is under the pointer, how close one looks, and the looped passage.
import { clock, within } from "./clock.js";
import { across, draw, levelsOf, markHeight, moodHeight, rowsOf } from "./lanes.js";

const CLOSEST_MS = 4_000;
const NEAR = 9;
const COLOURS = {
  caller: "--caller",
  callerSoft: "--caller-soft",
  trainee: "--trainee",
  bad: "--bad",
  badSoft: "--bad-soft",
  good: "--good",
  mend: "--mend",
  mendSoft: "--mend-soft",
  ink: "--ink",
  quiet: "--quiet",
  raised: "--raised",
  rule: "--rule",
  sunk: "--sunk",
};

/** Everything on the stage; `shown` is the set of kinds of marks that are drawn and jumped to. */
export class Stage {
  #player;
  #data;
  #shown;
  #parts;
  #width = 0;
  #down = null;

  constructor(parts, data, player, shown) {
    this.#parts = parts;
    this.#player = player;
    this.#shown = shown;
    this.#data = { ...data, caller: levelsOf(data.caller), trainee: levelsOf(data.trainee) };
    this.view = { from: 0, to: data.length };
    new ResizeObserver(() => this.draw()).observe(parts.view);
    for (const what of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(what).addEventListener("change", () => this.draw());
    }
    player.addEventListener("time", () => this.#move());
    player.addEventListener("passage", () => this.#showPassage());
    this.#listen();
  }

  draw() {
    const { view, canvas } = this.#parts;
    const style = getComputedStyle(view);
    const size = (name) => parseFloat(style.getPropertyValue(name));
    const sizes = { axis: size("--axis"), caller: size("--lane"), trainee: size("--lane"), marks: size("--marks") };
    if (size("--mood")) sizes.mood = size("--mood");
    this.rows = rowsOf(sizes);
    this.#width = view.clientWidth;
    const sharp = Math.max(window.devicePixelRatio, matchMedia("print").matches ? 2 : 1);
    canvas.width = this.#width * sharp;
    canvas.height = view.clientHeight * sharp;
    const pen = canvas.getContext("2d");
    pen.scale(sharp, sharp);
    const colours = Object.fromEntries(Object.entries(COLOURS).map(([name, is]) => [name, style.getPropertyValue(is)]));
    draw(pen, { data: this.#data, view: this.view, width: this.#width, rows: this.rows, colours, shown: this.#shown });
    this.#move();
    this.#showPassage();
  }

  /** Look closer (factor below 1) or wider, around the playhead where it is in sight. */
  zoom(factor, around = this.#player.at) {
    const long = within(Math.min(CLOSEST_MS, this.#data.length), (this.view.to - this.view.from) * factor, this.#data.length);
    const middle = around >= this.view.from && around <= this.view.to ? around : (this.view.from + this.view.to) / 2;
    const share = (middle - this.view.from) / (this.view.to - this.view.from);
    this.#look(middle - share * long, long);
  }

  whole() {
    this.#look(0, this.#data.length);
  }

  get isWhole() {
    return this.view.to - this.view.from >= this.#data.length;
  }

  #look(from, long) {
    const first = within(0, from, this.#data.length - long);
    this.view = { from: first, to: first + long };
    this.#parts.view.dispatchEvent(new Event("look"));
    this.draw();
  }

  #x(ms) {
    return across(ms, this.view, this.#width);
  }

  #ms(x) {
    return within(0, Math.round(this.view.from + (x / this.#width) * (this.view.to - this.view.from)), this.#data.length);
  }

  #move() {
    const at = this.#player.at;
    const long = this.view.to - this.view.from;
    if (!this.#down && this.#width && (at < this.view.from || at > this.view.to)) this.#look(at - long / 10, long);
    const { headline, view } = this.#parts;
    headline.style.transform = `translateX(${this.#x(at)}px)`;
    const second = String(Math.floor(at / 1000));
    if (view.getAttribute("aria-valuenow") !== second) {
      view.setAttribute("aria-valuenow", second);
      view.setAttribute("aria-valuetext", `${clock(at)} of ${clock(this.#data.length)}`);
    }
  }

  #showPassage(passage = this.#player.passage) {
    const shown = this.#parts.passage;
    shown.hidden = !passage;
    if (!passage) return;
    const from = within(0, this.#x(passage[0]), this.#width);
    shown.style.left = `${from}px`;
    shown.style.width = `${Math.max(0, within(0, this.#x(passage[1]), this.#width) - from)}px`;
  }

  #listen() {
    const { view } = this.#parts;
    view.addEventListener("pointerdown", (event) => this.#press(event));
    view.addEventListener("pointermove", (event) => this.#point(event));
    view.addEventListener("pointerup", (event) => this.#release(event));
    view.addEventListener("pointercancel", () => (this.#down = null));
    view.addEventListener("pointerleave", () => this.#hint(null));
    view.addEventListener("wheel", (event) => this.#turn(event), { passive: false });
  }

  #place(event) {
    const box = this.#parts.view.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #press(event) {
    if (event.button !== 0) return;
    const [x, y] = this.#place(event);
    this.#down = { x, y, dragged: false };
    this.#parts.view.setPointerCapture(event.pointerId);
  }

  #point(event) {
    const [x, y] = this.#place(event);
    if (this.#down) {
      // A finger that taps moves further than a mouse that clicks.
      this.#down.dragged ||= Math.abs(x - this.#down.x) > (event.pointerType === "touch" ? 12 : 4);
      if (this.#down.dragged) this.#showPassage([this.#ms(this.#down.x), this.#ms(x)].sort((a, b) => a - b));
    }
    this.#hint(this.#under(x, y), x);
  }

  #release(event) {
    const [x, y] = this.#place(event);
    const down = this.#down;
    this.#down = null;
    if (!down) return;
    if (down.dragged) {
      const passage = [this.#ms(down.x), this.#ms(x)].sort((a, b) => a - b);
      this.#player.repeat(passage);
      if (this.#player.passage) this.#player.from(passage[0]);
      return;
    }
    const mark = this.#under(x, y);
    if (mark.text) this.#player.from(mark.at);
    else this.#player.seek(mark.at);
  }

  #turn(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.#ms(this.#place(event)[0]));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !this.isWhole) {
      event.preventDefault();
      const long = this.view.to - this.view.from;
      this.#look(this.view.from + (event.deltaX / this.#width) * long, long);
    }
  }

  /** What lies under a point: { at, text }, where the text is empty beside all marks. */
  #under(x, y) {
    let found = { at: this.#ms(x), text: "", away: NEAR };
    for (const [kind, from, to, text] of this.#data.marks) {
      const name = this.#data.kinds[kind];
      if (!this.#shown.has(name) || Math.abs(y - markHeight(name, this.rows.marks)) > this.rows.marks.height * 0.25) continue;
      const long = name === "dead_air" || name === "hold" ? this.#x(to) : this.#x(from);
      const away = Math.max(this.#x(from) - x, x - long, 0);
      if (away < found.away) found = { at: from, text, away };
    }
    if (!this.rows.mood || !this.#shown.has("mood") || y < this.rows.mood.top) return found;
    for (const [at, before, after, because] of this.#data.steps) {
      const away = Math.hypot(x - this.#x(at), (y - moodHeight(after, this.rows.mood)) / 3);
      if (away < found.away) found = { at, text: `Frustration ${before} → ${after}: ${because}`, away };
    }
    return found;
  }

  #hint(under, x) {
    const { hint, ghost, stage, view } = this.#parts;
    hint.hidden = ghost.hidden = !under;
    if (!under) return;
    hint.textContent = under.text ? `${clock(under.at)}  ${under.text}` : clock(under.at);
    ghost.style.transform = `translateX(${under.text ? this.#x(under.at) : x}px)`;
    const most = stage.clientWidth - hint.offsetWidth;
    hint.style.transform = `translateX(${within(0, view.offsetLeft + x - hint.offsetWidth / 2, most)}px)`;
    view.classList.toggle("on-mark", Boolean(under.text));
  }
}
