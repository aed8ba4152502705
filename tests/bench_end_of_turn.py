"""How soon the caller answers, and how often that cuts into a pause: the rules of callsim/endpoint.py against silence,
and on real sound with and without the turn model (its weights named by CALLSIM_TURN_MODEL).

Run it as `CALLSIM_RECORDINGS=… python tests/bench_end_of_turn.py`. An inner pause is cut into when it is longer than
the wait after the words before it. Four grounds:

    switchboard  real conversations: words and who goes on are known, pauses only as boundaries. Each boundary counts
                 with the lengths of all the pauses of the support call (supposes that lengths do not hang on words)
    agents       role-played bank calls, the agents' side: words and real lengths, by hand and by a recogniser
    call         a real support call, both sides, through the real voice activity and recogniser
    small grid   sentences of our own, where the recordings are absent

The rules were made on half of the conversations ("developed on"); the other half ("kept apart") was looked at last.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

import soundfile
import soxr

from callsim.devices import models
from callsim.devices.silero import SileroActivity
from callsim.devices.smart_turn import SmartTurn
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.endpoint import ASKED_MS, LONGEST_MS, SHORTEST_MS, wait_ms
from callsim.events import Heard
from callsim.listening import GAP_MS, listen
from callsim.timeline import RATE_HZ, Ms, sample_at

# Where no call is measured: deciles (5 %, 15 % … 95 %) of the call's inner pauses.
USUAL_LENGTHS_MS: tuple[Ms, ...] = (300, 400, 460, 560, 650, 680, 720, 1_000, 1_070, 2_100)
SCALES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5)
SILENCES_MS: tuple[Ms, ...] = (450, 560, 690, 900, 1_200, 1_500, 2_000)
# A side takes the floor no earlier than this before the other ends; pauses over 3 s end a turn.
OVERLAP_MS: Ms = 1_000
# Switchboard's segments carry about 0.4 s of silence at each edge.
SEGMENT_GAP_MS: Ms = 2_200
ANSWER_WITHIN_MS: Ms = 4_000
BACKCHANNELS = frozenset(
    "um-hum uh-huh uh huh hum hm um yeah yes right okay oh really sure exactly wow mm true gosh good neat no".split()
)
BACKCHANNEL_PHRASES = ("i see", "oh i see", "that's right", "that's true", "that's good")
VOSK_HIDES = 0.7


@dataclass(frozen=True)
class Stretch:
    """A piece of one side's speech."""

    start_ms: Ms
    end_ms: Ms
    text: str
    chance: float | None = None


@dataclass(frozen=True)
class Moment:
    """Where somebody stops: `text` is the turn so far. An inner pause has the lengths it may have, an end has none."""

    text: str
    pauses_ms: tuple[Ms, ...] = ()
    chance: float | None = None


Waiting = Callable[[Moment], Ms]


# --- what happened: stretches of two sides to moments --------------------------------------------------------------


def is_backchannel(text: str) -> bool:
    """Whether this only says: I am listening."""
    words = text.split()
    return text in BACKCHANNEL_PHRASES or (len(words) <= 3 and all(word in BACKCHANNELS for word in words))


def moments(ours: Sequence[Stretch], theirs: Sequence[Stretch], longest_ms: Ms = LONGEST_MS) -> Iterator[Moment]:
    """The ends of `ours`, in order: an inner pause where the same side goes on first, an end where the other does.

    Acknowledgements of the other side take no floor; where both talk, or nobody goes on, there is nothing to learn.
    """
    floors = [one for one in theirs if one.text and not is_backchannel(one.text)]
    turn: list[str] = []
    for now, after in zip(ours, [*ours[1:], None], strict=True):
        turn.append(now.text)
        text = " ".join(part for part in turn if part)
        answer = next((one.start_ms for one in floors if one.start_ms >= now.end_ms - OVERLAP_MS), None)
        talked_over = any(one.start_ms < now.end_ms - OVERLAP_MS < now.end_ms < one.end_ms for one in floors)
        pause = None if after is None else after.start_ms - now.end_ms
        goes_on = after is not None and (answer is None or after.start_ms <= answer)
        if text and not talked_over and goes_on and pause is not None and pause < longest_ms:
            yield Moment(text, (pause,), now.chance)
        elif text and not talked_over and not goes_on and answer is not None and answer < now.end_ms + ANSWER_WITHIN_MS:
            yield Moment(text, (), now.chance)
        if not goes_on or (pause is not None and pause >= longest_ms):
            turn = []


# --- Switchboard ---------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """A transcript as words: without noises and broken-off words, slips as they were meant."""
    text = re.sub(r"\[laughter-([^\]]*)\]", r"\1", text.lower())
    text = re.sub(r"\[(?:[^\[\]]|\[[^\]]*\])*/([^\[\]]*)\]", r"\1", text).replace("{", "").replace("}", "")
    kept = (word for word in text.split() if not re.search(r"[\[\]<]|^-|-$", word))
    return " ".join(word.split("_")[0] for word in kept)


def recognised(moment: Moment, luck: random.Random) -> Moment:
    """As Vosk would have it: no um-hum, and most of um and uh gone."""
    hidden = {"um-hum": 1.0, "uh-huh": 1.0, "um": VOSK_HIDES, "uh": VOSK_HIDES}
    words = (word for word in moment.text.split() if luck.random() >= hidden.get(word, 0.0))
    return Moment(" ".join(words), moment.pauses_ms)


def switchboard(files: Iterable[Path], lengths_ms: tuple[Ms, ...]) -> list[Moment]:
    """The moments of both sides; each boundary inside a turn may be as long as any of `lengths_ms`."""
    found: list[Moment] = []
    for file in files:
        channels = json.loads(file.read_text(encoding="utf-8"))["channels"].values()
        one, other = ([_segment(part) for part in channel["segments"] if part["speech"]] for channel in channels)
        one, other = ([part for part in side if part.text] for side in (one, other))
        for ours, theirs in ((one, other), (other, one)):
            said = [part for part in ours if not is_backchannel(part.text)]
            found += moments(said, theirs, SEGMENT_GAP_MS)
    return [Moment(moment.text, lengths_ms if moment.pauses_ms else ()) for moment in found]


def _segment(part: dict) -> Stretch:
    return Stretch(round(part["start"] * 1000), round(part["end"] * 1000), plain(part["text"]))


# --- role-played bank calls ----------------------------------------------------------------------------------------


def agents(files: Iterable[Path], transcript: str) -> list[Moment]:
    """The agents' moments, with the words of the transcript of that name; who speaks is what people heard."""
    found: list[Moment] = []
    for file in files:
        parts = json.loads(file.read_text(encoding="utf-8"))["segments"]
        spoken = [part for part in parts if plain(part["human_transcript"])]
        agent, caller = ([part for part in spoken if part["speaker_role"] == role] for role in ("agent", "caller"))
        # Here every "yes" is an answer.
        floors = [replace(_utterance(part, transcript), text="(an answer)") for part in caller]
        found += moments([_utterance(part, transcript) for part in agent], floors)
    return found


def _utterance(part: dict, transcript: str) -> Stretch:
    start_ms = part["offset_ms"]
    return Stretch(start_ms, start_ms + part["duration_ms"], plain(part[transcript]))


# --- a real call ---------------------------------------------------------------------------------------------------


def call(folder: Path, model: VoskModel, turn_model: SmartTurn | None) -> list[list[Moment]]:
    """Both sides' moments, the agent's first."""
    sides = (folder / f"Auto_Repairs_40_UTC_{who}.wav" for who in ("agent", "caller"))
    agent, caller = (_stretches(side, model, turn_model) for side in sides)
    return [list(moments(agent, caller)), list(moments(caller, agent))]


def _stretches(file: Path, model: VoskModel, turn_model: SmartTurn | None) -> list[Stretch]:
    sound, rate_hz = soundfile.read(file, dtype="int16")
    samples = soxr.resample(sound, rate_hz, RATE_HZ)
    events = listen([samples], SileroActivity(), VoskRecogniser(model))
    heard = [Stretch(event.at_ms, event.end_ms, event.text) for event in events if isinstance(event, Heard)]
    if turn_model is None:
        return heard
    return [replace(one, chance=turn_model.finished_chance(samples[: sample_at(one.end_ms + GAP_MS)])) for one in heard]


# --- a small grid --------------------------------------------------------------------------------------------------


def small_grid() -> list[Moment]:
    """A few sentences of each kind; a statement may end a turn or not."""
    asked = ["what is the number on the back of the oven", "could you tell me when it stopped", "any questions right"]
    closed = ["i will send somebody tomorrow thank you", "one moment please", "yes i can do that"]
    stated = ["i have found your order", "that must have been a long week", "i am sending you a new one"]
    broken = ["let me", "i will check that and", "the number is four four", "if you", "it should be with you by the"]
    ends = [Moment(text) for text in (*asked, *closed, *stated)]
    return [*ends, *(Moment(text, USUAL_LENGTHS_MS) for text in (*stated, *broken))]


# --- measures ------------------------------------------------------------------------------------------------------


def cut_share(found: Sequence[Moment], waiting: Waiting) -> float:
    """The share of inner pauses that are longer than the wait in them."""
    inner = [moment for moment in found if moment.pauses_ms]
    return sum(sum(p > waiting(m) for p in m.pauses_ms) / len(m.pauses_ms) for m in inner) / len(inner)


def end_waits(found: Sequence[Moment], waiting: Waiting) -> list[Ms]:
    """The wait at each end of a turn."""
    return [waiting(moment) for moment in found if not moment.pauses_ms]


def by_rules(scale: float = 1.0) -> Waiting:
    """The rules, all waits made longer or shorter together: one point of the curve."""
    return lambda moment: max(SHORTEST_MS, round(scale * wait_ms(moment.text)))


def by_sound(scale: float = 1.0) -> Waiting:
    """The rules with the turn model's word."""
    return lambda moment: max(SHORTEST_MS, round(scale * wait_ms(moment.text, (), moment.chance)))


def learning(found: Sequence[Moment]) -> dict[int, Ms]:
    """The wait at each moment of one speaker (by its identity), when the pauses before it are known."""
    known: list[Ms] = []
    waits: dict[int, Ms] = {}
    for moment in found:
        waits[id(moment)] = wait_ms(moment.text, known)
        known += moment.pauses_ms
    return waits


def line(name: str, found: Sequence[Moment], waiting: Waiting) -> str:
    """One point as it is printed."""
    waits = end_waits(found, waiting)
    middle, late, cut = median(waits), quantiles(waits, n=10)[-1], cut_share(found, waiting)
    return f"  {name:<22} median {middle:5.0f} ms   9 of 10 {late:5.0f} ms   cut {cut:6.1%}"


def report(name: str, found: Sequence[Moment]) -> None:
    """Prints both curves and what the rules took for what."""
    inner = sum(bool(moment.pauses_ms) for moment in found)
    print(f"\n{name}: {inner} inner pauses, {len(found) - inner} ends of turns")
    for silence_ms in SILENCES_MS:
        print(line(f"silence of {silence_ms} ms", found, lambda _, wait=silence_ms: wait))
    for scale in SCALES:
        print(line("rules" if scale == 1 else f"rules x {scale}", found, by_rules(scale)))
    if any(moment.chance is not None for moment in found):
        for scale in SCALES:
            print(line("with sound" if scale == 1 else f"with sound x {scale}", found, by_sound(scale)))
    confusion(found)


def confusion(found: Sequence[Moment]) -> None:
    """Prints what the rules took inner pauses and ends for."""
    open_ms, asked_ms = wait_ms("and"), ASKED_MS
    for label, inside in (("inner pauses", True), ("ends", False)):
        waits = [wait_ms(moment.text) for moment in found if bool(moment.pauses_ms) is inside]
        short, long = waits.count(asked_ms), waits.count(open_ms)
        print(f"  {label:<14} taken for: asked {short}, statement {len(waits) - short - long}, broken off {long}")


def main() -> None:
    """Measures on the recordings, or says that they are not there."""
    folder = os.environ.get("CALLSIM_RECORDINGS")
    if not folder:
        print("CALLSIM_RECORDINGS names no folder with real speech: only the small grid is measured.")
        report("small grid", small_grid())
        return
    lengths_ms = _report_call(Path(folder) / "calls")
    texts = Path(folder) / "texts"
    for part, name in enumerate(("developed on", "kept apart")):
        spoken = switchboard(sorted((texts / "switchboard").glob("*.json"))[part::2], lengths_ms)
        luck = random.Random(3)
        heard = [moment for moment in (recognised(one, luck) for one in spoken) if moment.text]
        report(f"switchboard, {name}, as said", spoken)
        report(f"switchboard, {name}, as recognised", heard)
        calls = sorted((texts / "harper").glob("*.json"))[part::2]
        report(f"agents, {name}, as said", agents(calls, "human_transcript"))
        report(f"agents, {name}, as recognised", agents(calls, "transcript"))


def _report_call(folder: Path) -> tuple[Ms, ...]:
    """Reports the call and gives the lengths of its pauses; without a speech model, the usual ones."""
    model = models.find(None)
    if model is None:
        print("There is no speech model (callsim setup): the call is not measured, the usual lengths stand in.")
        return USUAL_LENGTHS_MS
    weights = os.environ.get("CALLSIM_TURN_MODEL")
    if not weights:
        print("CALLSIM_TURN_MODEL names no turn model: only words are measured.")
    with models.tuned(model) as tuned:
        agent, caller = call(folder, VoskModel(tuned), SmartTurn(Path(weights).parent) if weights else None)
    both = [*agent, *caller]
    report("call, both sides", both)
    learnt = learning(agent) | learning(caller)
    print(line("rules, learning pauses", both, lambda moment: learnt[id(moment)]))
    report("call, agent", agent)
    return tuple(pause for moment in both for pause in moment.pauses_ms)


if __name__ == "__main__":
    main()
