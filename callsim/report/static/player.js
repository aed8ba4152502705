// Plays the call. Times are whole milliseconds.
import { within } from "./clock.js";

/** One audio element with a passage to loop; tells of "time", "state", "passage", "waiting" and "trouble". */
export class Player extends EventTarget {
  #audio;
  #frame = 0;
  passage = null;

  constructor(audio, length) {
    super();
    this.#audio = audio;
    this.length = length;
    audio.controls = false;
    audio.hidden = true;
    audio.preservesPitch = true;
    for (const what of ["play", "pause", "ended", "ratechange"]) audio.addEventListener(what, () => this.#changed());
    for (const what of ["seeked", "timeupdate"]) audio.addEventListener(what, () => this.#moved());
    for (const what of ["play", "pause", "waiting", "playing"]) audio.addEventListener(what, () => this.#tell("waiting"));
    // A source that cannot be played tells so itself; its event does not bubble.
    audio.addEventListener("error", () => this.broken && this.#tell("trouble"), true);
  }

  get at() {
    return Math.round(this.#audio.currentTime * 1000);
  }

  get playing() {
    return !this.#audio.paused && !this.#audio.ended;
  }

  get waiting() {
    return this.playing && this.#audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  get broken() {
    return this.#audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE || this.#audio.error !== null;
  }

  get speed() {
    return this.#audio.playbackRate;
  }

  set speed(value) {
    this.#audio.playbackRate = value;
  }

  seek(ms) {
    this.#audio.currentTime = within(0, ms, this.length) / 1000;
    this.#moved();
  }

  play() {
    if (this.passage && (this.at < this.passage[0] || this.at >= this.passage[1])) this.seek(this.passage[0]);
    this.#audio.play().catch(() => this.broken && this.#tell("trouble"));
  }

  pause() {
    this.#audio.pause();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Play from a moment; outside of the passage that is looped, the loop ends. */
  from(ms) {
    if (this.passage && (ms < this.passage[0] || ms >= this.passage[1])) this.repeat(null);
    this.seek(ms);
    this.play();
  }

  /** Loop a passage, or none. */
  repeat(passage) {
    this.passage = passage && passage[1] - passage[0] >= 200 ? passage : null;
    this.#tell("passage");
  }

  #changed() {
    this.#tell("state");
    cancelAnimationFrame(this.#frame);
    if (this.playing) this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #tick() {
    this.#moved();
    if (this.playing) this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #moved() {
    if (this.passage && this.playing && this.at >= this.passage[1]) {
      this.#audio.currentTime = this.passage[0] / 1000;
    }
    this.#tell("time");
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }
}
