"""All of the caller's behaviour in time: `step(state, event) -> state, actions`. No sound, no clock, no device.

Two phases, then silence:

    listening   the trainee has the floor, speaking or not; ticks decide when the caller takes it
    speaking    a line has been asked for or is being said; the trainee may cut in, acknowledge, or go on in a pause
    over        the caller has hung up

`step` answers every (phase, event); a pair that cannot happen raises IllegalEvent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from callsim.actions import Action, Cut, HangUp, Note, Say
from callsim.acts import Act, is_backchannel
from callsim.caller import after_cut, answer, cut_in_on, puzzled, said_whole, speak_up
from callsim.endpoint import SHORTEST_MS, wait_ms
from callsim.errors import IllegalEvent
from callsim.events import (
    Acted,
    Chose,
    Decided,
    Ended,
    Ending,
    Heard,
    Hearing,
    LineEnded,
    LineStarted,
    NeedMet,
    Pressed,
    SpeechEnded,
    SpeechStarted,
    TurnEnded,
    Word,
)
from callsim.floor import Input, Line, State, Tick, Turn
from callsim.mind import Felt, Response, feel, to_json
from callsim.replies import reply, spoken
from callsim.temper import UNEXPLAINED_HOLD
from callsim.timeline import Ms

# A cut-in can be recognised as one when it has lasted this long and is more than an acknowledgement …
CUT_AFTER_MS: Ms = 500
# … and without any words when it is longer than a backchannel can be (DESIGN.md, measures: ≤ 1 s).
CUT_ANYWAY_AFTER_MS: Ms = 1_000
# In a line's last half second a start is early, not a cut-in: the caller just finishes.
EARLY_START_MS: Ms = 500
# Nobody reacts to a voice faster than this (a spoken reply takes 200 ms at the very least): a trainee who sets in so
# soon after the caller did not cut in but was only pausing, and the caller gives way.
BACK_OFF_MS: Ms = 350
# Having given way once, the caller leaves the rest of that turn this much room.
AFTER_GIVING_WAY_MS: Ms = 1_500
PAUSES_REMEMBERED = 30
# How long a recogniser may be late before the caller answers on its guess.
RECOGNISER_GRACE_MS: Ms = 700
# Voice without a word in it, this long, gets a "sorry?"; anything shorter was a cough.
PUZZLING_MS: Ms = 600
PUZZLED_AFTER_MS: Ms = 1_500
HOLD_PATIENCE_MS: Ms = 45_000


Stepped: TypeAlias = tuple[State, tuple[Action, ...]]


def step(state: State, event: Input) -> Stepped:  # noqa: PLR0911, PLR0912 - one branch a pair
    """What the caller makes of one event. Raises IllegalEvent for one that cannot happen in this phase."""
    if isinstance(event, Tick):
        state = replace(state, now_ms=max(state.now_ms, event.at_ms), lead_ms=event.lead_ms)
    else:
        state = replace(state, now_ms=max(state.now_ms, event.noticed_ms))
    match state.phase, event:
        case "over", SpeechStarted() | SpeechEnded() | Hearing() | Heard() | Pressed() | Tick():
            return state, ()
        case "listening", Tick(voiced=voiced):
            return (state, ()) if voiced else _wait(state)
        case "listening", SpeechStarted() as began:
            return _voice_began(state, began), ()
        case "listening", Hearing() as guess:
            return _guessed(state, guess), ()
        case "listening" | "speaking", SpeechEnded() as ended:
            return _voice_ended(state, ended), ()
        case "listening", Heard() as heard:
            return _settled(state, heard), ()
        case "listening" | "speaking", Pressed():
            return _pressed(state, event)
        case "speaking", Tick(voiced=voiced):
            return _interrupted(state, voiced=voiced)
        case "speaking", SpeechStarted() as began:
            return _interrupted(_voice_began(state, began))
        case "speaking", Hearing() as guess:
            return _interrupted(_guessed(state, guess))
        case "speaking", Heard() as heard:
            return _overlapping_words(state, heard), ()
        case "speaking", LineStarted() as began if _line(state).started_ms is None:
            return _line_began(state, began)
        case "speaking", LineEnded() as ended if _line(state).started_ms is not None:
            return _line_ended(state, ended)
    raise IllegalEvent(state.phase, type(event).__name__)


# --- what is heard, in either phase -------------------------------------------------------------------------------


def _voice_began(state: State, event: SpeechStarted) -> State:
    state = _paused(state, state.turn, event.at_ms)
    turn = replace(state.turn, speaking_since_ms=event.at_ms, open_stretches=state.turn.open_stretches + 1)
    return replace(state, turn=turn)


def _paused(state: State, turn: Turn, resumed_ms: Ms) -> State:
    """The trainee went on after a pause inside a turn, which tells how long this one's pauses are."""
    if not turn.text or turn.ended_ms is None:
        return state
    pauses_ms = (*state.pauses_ms, max(0, resumed_ms - turn.ended_ms))[-PAUSES_REMEMBERED:]
    return replace(state, pauses_ms=pauses_ms)


def _voice_ended(state: State, event: SpeechEnded) -> State:
    turn = replace(state.turn, speaking_since_ms=None, ended_ms=event.at_ms, finished_chance=event.finished_chance)
    return replace(state, turn=turn)


def _guessed(state: State, event: Hearing) -> State:
    return state if state.late_stretches else replace(state, turn=replace(state.turn, guess=event.text))


def _settled(state: State, event: Heard) -> State:
    if state.late_stretches:
        return replace(state, late_stretches=state.late_stretches - 1)
    turn = replace(state.turn, guess="", open_stretches=state.turn.open_stretches - 1)
    if event.words:
        turn = replace(turn, heard=(*turn.heard, event))
    else:
        turn = replace(turn, wordless_ms=turn.wordless_ms + event.end_ms - event.at_ms)
    return replace(state, turn=turn)


# --- listening ----------------------------------------------------------------------------------------------------


def _wait(state: State) -> Stepped:
    turn = state.turn
    if state.opening:
        opening = Response(state.mind, state.opening, "the call begins again from here")
        return _reply(replace(state, opening=None), opening)
    if turn.speaking_since_ms is not None:
        return state, ()
    if turn.text:
        return _take_turn(state) if _finished(state) else (state, ())
    if turn.wordless_ms >= PUZZLING_MS and state.now_ms - (turn.ended_ms or 0) >= PUZZLED_AFTER_MS:
        return _reply(state, puzzled(state.mind))
    if state.now_ms - max(state.quiet_since_ms, turn.ended_ms or 0) >= _patience_ms(state) - state.lead_ms:
        return _reply(state, speak_up(state.mind))
    return state, ()


def _finished(state: State) -> bool:
    turn = state.turn
    silence_ms = state.now_ms - (turn.ended_ms or 0)
    enough_ms = wait_ms(turn.text, state.pauses_ms, turn.finished_chance)
    if turn.gave_way:
        enough_ms = max(enough_ms, AFTER_GIVING_WAY_MS)
    # Who answers a little sooner is heard in time; but no answer comes before the end of the voice is known.
    enough_ms = max(enough_ms - state.lead_ms, SHORTEST_MS)
    return silence_ms >= enough_ms and (not turn.open_stretches or silence_ms >= enough_ms + RECOGNISER_GRACE_MS)


def _patience_ms(state: State) -> Ms:
    caller = state.mind.script.caller
    if state.mind.memory.told == 0:
        return caller.greeting_wait_ms
    return HOLD_PATIENCE_MS if state.holding or state.on_hold else caller.patience_ms


def _take_turn(state: State) -> Stepped:
    ended = TurnEnded(state.turn.ended_ms or state.now_ms, state.now_ms)
    return _reply(state, answer(state.mind, state.turn.text, state.unfinished), Note(ended))


def _reply(state: State, response: Response, *notes: Action) -> Stepped:
    mind = replace(response.mind, lines=response.mind.lines + 1)
    said = replace(
        state,
        mind=mind,
        phase="speaking",
        turn=Turn(),
        line=Line(response.reply, state, response.ending),
        holding=response.patience == "holding",
        last_reply=response.reply,
        unfinished=None if _comes_back(response) else state.unfinished,
        late_stretches=state.late_stretches + state.turn.open_stretches,
    )
    chose = Chose(state.now_ms, state.now_ms, response.reply.id, response.why, to_json(mind))
    return said, (*notes, *_notes(state, response), Note(chose), Say(response.reply, mind.frustration))


def _comes_back(response: Response) -> bool:
    """Whether this is the line that was cut off, or there will be none after it."""
    return response.ending is not None or response.reply.id.endswith(".resume")


def _notes(state: State, response: Response) -> tuple[Note, ...]:
    now_ms = state.now_ms
    acted = (Note(_acted(state, act)) for act in response.acts)
    met = (Note(NeedMet(now_ms, now_ms, need)) for need in response.met)
    return (*acted, *met, *_felt(state, response.felt))


def _felt(state: State, felt: tuple[Felt, ...]) -> tuple[Note, ...]:
    now_ms = state.now_ms
    return tuple(Note(Decided(now_ms, now_ms, one.move.because, one.move.rule, one.before, one.after)) for one in felt)


def _acted(state: State, act: Act) -> Acted:
    """The act in the call's time, from the words it covers; words only guessed at have no time, the turn's end stands
    in for theirs."""
    words: list[Word] = [word for heard in state.turn.heard for word in heard.words][act.first : act.last]
    ended_ms = state.turn.ended_ms or state.now_ms
    first_ms, last_ms = (words[0].start_ms, words[-1].end_ms) if words else (ended_ms, ended_ms)
    return Acted(first_ms, state.now_ms, last_ms, act.act, act.quote)


# --- the phone's keys ---------------------------------------------------------------------------------------------


def _pressed(state: State, event: Pressed) -> Stepped:
    match event.key:
        case "hold":
            return _put_on_hold(state)
        case "unhold":
            return replace(state, on_hold=False, quiet_since_ms=state.now_ms), ()
        case "again" if state.phase == "listening" and state.last_reply and not state.turn.text:
            return _reply(state, Response(state.mind, state.last_reply, "you asked to hear it again"))
    return state, ()


def _put_on_hold(state: State) -> Stepped:
    """A hold that was not explained hurts, in the middle of the caller's line as much as any cut-in."""
    state = replace(state, on_hold=True, quiet_since_ms=state.now_ms)
    if state.phase == "speaking":
        line = _line(state)
        if _is_said_anyway(line) or line.stopped != "no":
            return state, ()
        mind, felt = cut_in_on(state.mind, line.reply)
        return replace(state, mind=mind, line=replace(line, stopped="cut_in")), (*_felt(state, felt), Cut())
    if state.holding:
        return state, ()
    mind, felt = feel(state.mind, [UNEXPLAINED_HOLD])
    return replace(state, mind=mind), _felt(state, felt)


# --- speaking -----------------------------------------------------------------------------------------------------


def _line_began(state: State, event: LineStarted) -> Stepped:
    line = replace(_line(state), started_ms=event.at_ms, full_ms=event.full_ms)
    return _interrupted(replace(state, line=line))


def _line_ended(state: State, event: LineEnded) -> Stepped:
    line = _line(state)
    if line.ending:
        return _hang_up(state, line.ending)
    state = replace(state, phase="listening", line=None, quiet_since_ms=event.at_ms)
    if event.cut and line.stopped == "back_off":
        return _go_on(state, line)
    if event.cut:
        return replace(state, unfinished=after_cut(line.reply, event.heard_ms, line.full_ms) or state.unfinished), ()
    return replace(state, mind=said_whole(state.mind, line.reply)), ()


def _hang_up(state: State, ending: Ending) -> Stepped:
    ended = Note(Ended(state.now_ms, state.now_ms, ending))
    return replace(state, phase="over", line=None), (ended, HangUp())


def _overlapping_words(state: State, event: Heard) -> State:
    """Words said over the caller count for the turn that follows, but not a mere acknowledgement."""
    if state.late_stretches or not is_backchannel(event.text):
        return _settled(state, event)
    turn = replace(state.turn, guess="", open_stretches=state.turn.open_stretches - 1)
    return replace(state, turn=turn)


def _interrupted(state: State, *, voiced: bool = False) -> Stepped:
    """Whether the trainee's voice stops the caller now, and as what; `voiced`: it is sounding at this very moment."""
    line, since_ms = _line(state), state.turn.speaking_since_ms
    if line.started_ms is None or since_ms is None or line.stopped != "no" or _is_said_anyway(line):
        return state, ()
    if _was_a_pause(line, since_ms):
        return _back_off(state)
    holds_on_ms = state.mind.script.caller.holds_on_ms
    if not _is_a_cut_in(state, since_ms, holds_on_ms, voiced=voiced):
        return state, ()
    mind, felt = cut_in_on(state.mind, line.reply)
    state = replace(state, mind=mind, line=replace(line, stopped="cut_in"))
    return state, (*_felt(state, felt), Cut())


def _is_said_anyway(line: Line) -> bool:
    """A goodbye is said to its end, and so is the caller's own giving way."""
    return line.ending is not None or line.reply.id == "go_on"


def _was_a_pause(line: Line, since_ms: Ms) -> bool:
    return since_ms < (line.started_ms or 0) + BACK_OFF_MS


def _is_a_cut_in(state: State, since_ms: Ms, holds_on_ms: Ms, *, voiced: bool) -> bool:
    line = _line(state)
    overlap_ms = state.now_ms - max(since_ms, line.started_ms or 0) - holds_on_ms
    left_ms = (line.started_ms or 0) + line.full_ms - state.now_ms
    # Silence is on its way as long as sound is: the trainee hears it at the end of this overlap.
    if left_ms <= EARLY_START_MS or overlap_ms + state.lead_ms < CUT_AFTER_MS:
        return False
    says_more = len(state.turn.guess.split()) >= 2 and not is_backchannel(state.turn.guess)
    # A mere acknowledgement is over before its end is known: only a voice that sounds on is cut to ahead of time.
    ahead_ms = state.lead_ms if voiced else 0
    return says_more or overlap_ms + ahead_ms >= CUT_ANYWAY_AFTER_MS


def _back_off(state: State) -> Stepped:
    return replace(state, line=replace(_line(state), stopped="back_off")), (Cut(),)


def _go_on(state: State, line: Line) -> Stepped:
    """The caller spoke into a pause: it takes the answer back, feels as before, and asks the trainee to go on."""
    before, now_ms = line.before, state.now_ms
    because = "the caller took your pause for the end and gave way"
    back = Decided(now_ms, now_ms, because, "back_off", state.mind.frustration, before.mind.frustration)
    memory, text = spoken(before.mind.memory, before.mind.script.prompts.go_on, before.mind.frustration)
    mind = replace(before.mind, memory=memory, lines=state.mind.lines)
    resumed_ms = state.turn.speaking_since_ms
    state = _paused(state, before.turn, now_ms if resumed_ms is None else resumed_ms)
    said, actions = _reply(state, Response(mind, reply("go_on", text), because), Note(back))
    turn = replace(
        state.turn,
        heard=before.turn.heard + state.turn.heard,
        guess=f"{before.turn.guess} {state.turn.guess}".strip(),
        open_stretches=before.turn.open_stretches + state.turn.open_stretches,
        gave_way=True,
    )
    return replace(said, turn=turn, unfinished=before.unfinished, late_stretches=before.late_stretches), actions


def _line(state: State) -> Line:
    if state.line is None:
        raise IllegalEvent(f"{state.phase} without a line", "anything")
    return state.line
