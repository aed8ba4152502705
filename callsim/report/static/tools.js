// What a coach writes on the page: notes stand where the player stands, clips are what it loops.
import { clock } from "./clock.js";

const PLACE = "callsim-place";

/** The coach's forms; on a page without them it does nothing. */
export class CoachTools {
  #player;
  #text = document.getElementById("note-text");

  constructor(player) {
    this.#player = player;
    if (!this.#text) return;
    player.addEventListener("time", () => this.#followTime());
    player.addEventListener("passage", () => this.#followPassage());
    for (const form of document.querySelectorAll("[data-coach]")) {
      form.addEventListener("submit", () => this.#remember());
    }
    this.#followTime();
    this.#followPassage();
    this.#return();
  }

  /** Begin a note at this moment. */
  write() {
    if (!this.#text) return;
    this.#stand();
    document.getElementById("note-on").value = "moment";
    this.#text.focus();
  }

  /** A note that has been begun stays where it was begun. */
  #followTime() {
    if (document.activeElement !== this.#text && !this.#text.value) this.#stand();
  }

  #stand() {
    document.getElementById("note-at").value = String(this.#player.at);
    const told = `At ${clock(this.#player.at)}`;
    const option = document.getElementById("note-moment");
    if (option.textContent !== told) option.textContent = told;
  }

  #followPassage() {
    const passage = this.#player.passage;
    document.getElementById("clip-keep").disabled = !passage;
    document.getElementById("clip-start").value = passage ? passage[0] : "";
    document.getElementById("clip-end").value = passage ? passage[1] : "";
    document.getElementById("clip-hint").textContent = passage
      ? `${clock(passage[0])} to ${clock(passage[1])}`
      : "Drag over the waveform to choose a passage.";
  }

  /** The page comes again once a form is sent; it comes where it was. */
  #remember() {
    sessionStorage.setItem(PLACE, JSON.stringify([location.pathname, this.#player.at, scrollY]));
  }

  #return() {
    const [path, at, top] = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
    sessionStorage.removeItem(PLACE);
    if (path !== location.pathname) return;
    this.#player.seek(at);
    scrollTo(0, top);
  }
}
