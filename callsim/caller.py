"""The caller's mind: what a turn of the trainee does to it, and what it answers. Pure, without any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from callsim.acts import Act, acts_of
from callsim.events import Ending
from callsim.replies import Memory, Reply, asked_about, newly_met, pick, reaction, rest_of, spoken, unmet
from callsim.script import CALM_BELOW, Answer, Need, Script
from callsim.temper import (
    ASKED_AGAIN,
    CUT_IN,
    CUT_STORY,
    DEAD_AIR,
    NEED_MET,
    PRESSED_AGAIN,
    Move,
    Story,
    calmest,
    moved,
    moves,
)

DEMANDS_FROM = 88
ACCEPTS_SUPERVISOR_FROM = 60
PROMPTS_BEFORE_HANG_UP = 3
ASKS_IN_PEACE = 3


@dataclass(frozen=True, slots=True)
class Mind:
    """What the caller feels and knows.

    `heard_out` counts the parts of the story said without being cut off, `pressed` how often in a row the caller has
    asked for something it needs.
    """

    script: Script
    frustration: int
    memory: Memory
    acts: tuple[str, ...] = ()
    heard_out: int = 0
    demanded: bool = False
    settled: bool = False
    prompts: int = 0
    pressed: int = 0
    lines: int = 0

    @property
    def story(self) -> Story:
        """How far the story has been told."""
        if self.heard_out >= len(self.script.story):
            return "told"
        return "begun" if self.heard_out else "untold"


@dataclass(frozen=True, slots=True)
class Felt:
    """One move of frustration, with the level before and after."""

    move: Move
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Response:
    """What comes of a turn: the mind afterwards, a line to say, and why; with an `ending` the line is the last one."""

    mind: Mind
    reply: Reply
    felt: tuple[Felt, ...] = ()
    acts: tuple[Act, ...] = ()
    met: tuple[str, ...] = ()
    ending: Ending | None = None
    patience: Literal["usual", "holding"] = "usual"


def new_mind(script: Script, seed: int) -> Mind:
    """The caller as the phone is picked up."""
    return Mind(script, script.caller.frustration, Memory(seed))


def answer(mind: Mind, text: str, unfinished: Reply | None = None) -> Response:
    """The caller's answer to a finished turn; `unfinished` is the rest of a line that the turn cut off."""
    acts = acts_of(text, name=mind.script.caller.name)
    names = tuple(act.act for act in acts)
    felt_before, mind = mind.acts, replace(mind, acts=mind.acts + names)
    if mind.settled and "refusal" in names:
        mind = _unsettled(mind)
    mind, felt = feel(mind, moves(names, Counter(felt_before), story=mind.story))
    met = newly_met(mind.script, mind.memory, names, text) if mind.story == "told" else ()
    mind, relief = _relieved(mind, met)
    turn = _Turn(mind, text, frozenset(names), felt + relief, met, unfinished)
    response = _last_words(turn) or _content(turn)
    mind = replace(response.mind, prompts=0)
    return replace(response, mind=mind, felt=felt + relief + response.felt, acts=acts, met=tuple(n.id for n in met))


def _unsettled(mind: Mind) -> Mind:
    """What was promised last is taken back: the caller wants it after all."""
    memory = replace(mind.memory, needs_met=mind.memory.needs_met[:-1])
    return replace(mind, memory=memory, settled=False)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn while it is being answered."""

    mind: Mind
    text: str
    acts: frozenset[str]
    felt: tuple[Felt, ...]
    met: tuple[Need, ...]
    unfinished: Reply | None

    @property
    def rules(self) -> set[str]:
        return {felt.move.rule for felt in self.felt}

    @property
    def hurts(self) -> bool:
        """Whether anything in it made the caller angrier."""
        return any(felt.move.by > 0 for felt in self.felt)

    @property
    def asked(self) -> Answer | None:
        """What the trainee wants to know, where the script foresees it."""
        return asked_about(self.mind.script, self.text) if "question" in self.acts else None


def feel(mind: Mind, all_moves: Iterable[Move]) -> tuple[Mind, tuple[Felt, ...]]:
    """The mind after some moves of its frustration, one after another."""
    felt: list[Felt] = []
    for move in all_moves:
        after = moved(mind.frustration, move, calmest(mind.acts))
        felt.append(Felt(move, mind.frustration, after))
        mind = replace(mind, frustration=after)
    return mind, tuple(felt)


def _relieved(mind: Mind, met: tuple[Need, ...]) -> tuple[Mind, tuple[Felt, ...]]:
    mind, felt = feel(mind, [NEED_MET] * len(met))
    memory = replace(mind.memory, needs_met=mind.memory.needs_met + tuple(need.id for need in met))
    return replace(mind, memory=memory, pressed=0 if met else mind.pressed), felt


def _last_words(turn: _Turn) -> Response | None:
    """The line that ends the call, or demands somebody senior, where the turn brought it to that."""
    mind = turn.mind
    gave_up_on_us = mind.story == "told" and mind.frustration >= ACCEPTS_SUPERVISOR_FROM
    if "escalation" in turn.acts and (mind.demanded or gave_up_on_us):
        return goodbye(mind, "supervisor")
    if mind.frustration >= 100 or (mind.demanded and mind.frustration >= DEMANDS_FROM):
        return goodbye(mind, "hang_up")
    if mind.settled and not turn.asked and not turn.hurts:
        return goodbye(mind, content_ending(mind))
    if mind.lines >= mind.script.limit_lines:
        return _going_round(mind)
    if mind.frustration >= DEMANDS_FROM and not mind.demanded:
        mind, opener = _reacted(turn)
        memory, text = spoken(mind.memory, mind.script.prompts.demand, mind.frustration)
        return Response(replace(mind, memory=memory, demanded=True), Reply("demand", f"{opener} {text}".strip()))
    return None


def _going_round(mind: Mind) -> Response:
    memory, text = spoken(mind.memory, mind.script.prompts.going_round, mind.frustration)
    last = goodbye(replace(mind, memory=memory), "hang_up")
    return replace(last, reply=Reply("going_round", f"{text} {last.reply.text}"))


def content_ending(mind: Mind) -> Ending:
    """How a call that solved the problem ends: thankful where the caller has calmed down, cool where not."""
    return "thankful" if mind.frustration < CALM_BELOW else "cool"


def goodbye(mind: Mind, ending: Ending) -> Response:
    """The last line of the call."""
    memory, text = pick(mind.memory, getattr(mind.script.endings, ending))
    return Response(replace(mind, memory=memory), Reply(f"ending.{ending}", text), ending=ending)


def _content(turn: _Turn) -> Response:
    """A reaction, and what the caller has to say next."""
    mind = turn.mind
    if turn.unfinished:
        return _resumed(mind, turn.unfinished)
    if "hold" in turn.acts and mind.memory.told and not (turn.met or turn.asked or turn.hurts):
        memory, text = spoken(mind.memory, mind.script.prompts.waiting, mind.frustration)
        return Response(replace(mind, memory=memory), Reply("waiting", text), patience="holding")
    mind, opener = _reacted(turn)
    mind, felt, reply = _next(replace(turn, mind=mind))
    return Response(mind, Reply(reply.id, f"{opener} {reply.text}".strip()), felt)


def _resumed(mind: Mind, unfinished: Reply) -> Response:
    memory, text = spoken(mind.memory, mind.script.prompts.resume, mind.frustration)
    origin = unfinished.id.removesuffix(".resume")
    return Response(replace(mind, memory=memory), Reply(f"{origin}.resume", f"{text} {unfinished.text}"))


def _reacted(turn: _Turn) -> tuple[Mind, str]:
    mind, rules = turn.mind, turn.rules
    if turn.met:
        memory, text = spoken(mind.memory, turn.met[0].met, mind.frustration, again=False)
        return replace(mind, memory=memory), text
    if mind.memory.told == 0:
        return mind, ""
    if "too_many_apologies" in rules:
        rules.add("too_much_apology")
    if "escalation" in rules:
        rules.add("escalation_unneeded")
    memory, text = reaction(mind.script, mind.memory, rules, mind.frustration)
    return replace(mind, memory=memory), text


def _next(turn: _Turn) -> tuple[Mind, tuple[Felt, ...], Reply]:
    """An answer where the trainee asked, else the story's next part, else the next need, else content."""
    mind, script = turn.mind, turn.mind.script
    if turn.asked and mind.memory.told:
        return _answered(mind, turn.asked)
    if mind.memory.told < len(script.story):
        return _told(mind, early="too_early" in turn.rules)
    if need := unmet(script, mind.memory):
        return _pressed(mind, need)
    memory, text = spoken(mind.memory, script.prompts.settled, mind.frustration, again=False)
    return replace(mind, memory=memory, settled=True), (), Reply("settled", text)


def _pressed(mind: Mind, need: Need) -> tuple[Mind, tuple[Felt, ...], Reply]:
    mind, felt = feel(mind, [PRESSED_AGAIN] if mind.pressed >= ASKS_IN_PEACE else [])
    memory, text = spoken(mind.memory, need.ask, mind.frustration)
    return replace(mind, memory=memory, pressed=mind.pressed + 1), felt, Reply(f"need.{need.id}", text)


def _answered(mind: Mind, known: Answer) -> tuple[Mind, tuple[Felt, ...], Reply]:
    felt: tuple[Felt, ...] = ()
    said, rule = known.say, f"answer.{known.id}"
    if known.id in mind.memory.answered:
        mind, felt = feel(mind, [ASKED_AGAIN])
        said, rule = known.again or known.say, f"answer.{known.id}.again"
    memory, text = spoken(mind.memory, said, mind.frustration)
    if felt:
        memory, complaint = spoken(memory, mind.script.prompts.told_already, mind.frustration)
        text = text if known.again else f"{complaint} {text}"
    memory = replace(memory, answered=(*memory.answered, known.id))
    return replace(mind, memory=memory), felt, Reply(rule, text)


def _told(mind: Mind, *, early: bool) -> tuple[Mind, tuple[Felt, ...], Reply]:
    memory, opener = mind.memory, ""
    if early:
        memory, opener = spoken(memory, mind.script.prompts.not_finished, mind.frustration)
    part = mind.script.story[memory.told]
    memory, text = spoken(memory, part.say, mind.frustration)
    memory = replace(memory, told=memory.told + 1)
    return replace(mind, memory=memory), (), Reply(f"story.{part.id}", f"{opener} {text}".strip())


def speak_up(mind: Mind) -> Response:
    """What the caller says when the trainee has been silent for too long."""
    if mind.memory.told == 0:
        mind, _, reply = _told(mind, early=False)
        return Response(mind, reply)
    if mind.settled:
        return goodbye(mind, content_ending(mind))
    mind, felt = feel(mind, [DEAD_AIR])
    mind = replace(mind, prompts=mind.prompts + 1)
    if mind.prompts > PROMPTS_BEFORE_HANG_UP or mind.frustration >= 100:
        return replace(goodbye(mind, "hang_up"), felt=felt)
    memory, text = spoken(mind.memory, mind.script.prompts.still_there, mind.frustration)
    return Response(replace(mind, memory=memory), Reply("still_there", text), felt)


def puzzled(mind: Mind) -> Response:
    """What the caller says to a voice in which no word could be made out."""
    memory, text = spoken(mind.memory, mind.script.prompts.pardon, mind.frustration)
    return Response(replace(mind, memory=memory), Reply("pardon", text))


def cut_in_on(mind: Mind, reply: Reply) -> tuple[Mind, tuple[Felt, ...]]:
    """Being cut in on hurts, in the story most; not in a line that only moves the call along ("Hello?")."""
    if not _matters(reply):
        return mind, ()
    return feel(mind, [CUT_STORY if reply.id.startswith("story.") else CUT_IN])


def after_cut(reply: Reply, heard_ms: int, full_ms: int) -> Reply | None:
    """What the caller will come back to when a line was cut; nothing for lines that only move the call along."""
    if not _matters(reply):
        return None
    return Reply(reply.id, rest_of(reply.text, heard_ms, full_ms))


def said_whole(mind: Mind, reply: Reply) -> Mind:
    """The mind after a line was said to its end: a part of the story counts as heard."""
    told = reply.id.startswith("story.") and mind.heard_out < mind.memory.told
    return replace(mind, heard_out=mind.heard_out + 1) if told else mind


def _matters(reply: Reply) -> bool:
    return reply.id.split(".")[0] in {"story", "answer", "need"}
