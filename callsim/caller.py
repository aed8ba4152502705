"""What the caller makes of a turn of the trainee, and what it answers. Pure, without any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from callsim.acts import acts_of
from callsim.content import next_content, told
from callsim.mind import Felt, Mind, Response, content_ending, feel, goodbye
from callsim.promises import contradicts, promised
from callsim.replies import Reply, asked_about, newly_met, reaction, reply, rest_of, spoken
from callsim.script import Answer, Need
from callsim.temper import CUT_IN, CUT_STORY, DEAD_AIR, NEED_MET, TWO_TIMES, moves
from callsim.whims import misheard

DEMANDS_FROM = 88
ACCEPTS_SUPERVISOR_FROM = 60
PROMPTS_BEFORE_HANG_UP = 3


def answer(mind: Mind, text: str, unfinished: Reply | None = None) -> Response:
    """The caller's answer to a finished turn; `unfinished` is the rest of a line that the turn cut off."""
    acts = acts_of(text, name=mind.script.caller.name)
    return replace(respond(mind, text, [act.act for act in acts], unfinished), acts=acts)


def respond(mind: Mind, text: str, acts: Iterable[str], unfinished: Reply | None = None) -> Response:
    """The same for a turn whose acts are known already."""
    names = tuple(acts)
    felt_before, mind = mind.acts, replace(mind, acts=mind.acts + names)
    if mind.settled and "refusal" in names:
        mind = _unsettled(mind)
    mind, felt = feel(mind, moves(names, Counter(felt_before), story=mind.story))
    met = newly_met(mind.script, mind.memory, names, text) if mind.story == "told" else ()
    mind, relief = _relieved(mind, met)
    mind, doubt, complaint = _held_to_the_time(mind, text, names, met)
    turn = _Turn(mind, text, frozenset(names), felt + relief + doubt, met, unfinished, complaint)
    response = _last_words(turn) or _content(turn)
    mind = replace(response.mind, prompts=0)
    all_felt = turn.felt + response.felt
    return replace(response, mind=mind, felt=all_felt, met=tuple(need.id for need in met))


def _unsettled(mind: Mind) -> Mind:
    """What was promised last is taken back: the caller wants it after all."""
    memory = replace(mind.memory, needs_met=mind.memory.needs_met[:-1])
    return replace(mind, memory=memory, settled=False)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn while it is being answered; `complaint` is what the caller says to a promise that was changed."""

    mind: Mind
    text: str
    acts: frozenset[str]
    felt: tuple[Felt, ...]
    met: tuple[Need, ...]
    unfinished: Reply | None
    complaint: str

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


def _relieved(mind: Mind, met: tuple[Need, ...]) -> tuple[Mind, tuple[Felt, ...]]:
    mind, felt = feel(mind, [NEED_MET] * len(met))
    memory = replace(mind.memory, needs_met=mind.memory.needs_met + tuple(need.id for need in met))
    return replace(mind, memory=memory, pressed=0 if met else mind.pressed), felt


def _held_to_the_time(
    mind: Mind, text: str, acts: tuple[str, ...], met: tuple[Need, ...]
) -> tuple[Mind, tuple[Felt, ...], str]:
    """Remembers a time that was promised; another day for what had one already is noticed, and complained about."""
    when = promised(text) if "timeframe" in acts and "refusal" not in acts else None
    if when is None or mind.story != "told":
        return mind, (), ""
    before = mind.memory.promises
    if met or not before or not contradicts(before[-1], when):
        return replace(mind, memory=replace(mind.memory, promises=(*before, when))), (), ""
    mind = replace(mind, memory=replace(mind.memory, promises=(*before[:-1], when)))
    mind, felt = feel(mind, [TWO_TIMES])
    memory, complaint = spoken(mind.memory, mind.script.prompts.two_times, mind.frustration)
    return replace(mind, memory=memory), felt, complaint.replace("{when}", before[-1])


def _last_words(turn: _Turn) -> Response | None:
    """The line that ends the call, or demands somebody senior, where the turn brought it to that."""
    mind = turn.mind
    gave_up_on_us = mind.story == "told" and mind.frustration >= ACCEPTS_SUPERVISOR_FROM
    if "escalation" in turn.acts and (mind.demanded or gave_up_on_us):
        return goodbye(mind, "supervisor", "you offered somebody senior, and the caller takes it")
    # Nobody hangs up without having asked for somebody senior, or before having said a word.
    if mind.frustration >= DEMANDS_FROM and mind.demanded:
        return goodbye(mind, "hang_up", "the caller has had enough")
    if mind.settled and not turn.asked and not turn.hurts:
        return goodbye(mind, content_ending(mind), "everything that the caller needed is promised")
    if mind.lines >= mind.script.limit_lines:
        return _going_round(mind)
    if mind.frustration >= DEMANDS_FROM and mind.memory.told and not mind.demanded:
        return _demanded(turn)
    return None


def _demanded(turn: _Turn) -> Response:
    mind, opener = _reacted(turn)
    memory, text = spoken(mind.memory, mind.script.prompts.demand, mind.frustration)
    mind = replace(mind, memory=memory, demanded=True)
    return Response(mind, reply("demand", opener, text), "the caller is angry enough to want somebody senior")


def _going_round(mind: Mind) -> Response:
    memory, text = spoken(mind.memory, mind.script.prompts.going_round, mind.frustration)
    last = goodbye(replace(mind, memory=memory), "hang_up", "the call went on and on without getting anywhere")
    return replace(last, reply=reply("going_round", text, *last.reply.parts))


def _content(turn: _Turn) -> Response:
    """A reaction, and what the caller has to say next."""
    mind = turn.mind
    if turn.unfinished:
        return _resumed(mind, turn.unfinished)
    if "hold" in turn.acts and mind.memory.told and not (turn.met or turn.asked or turn.hurts):
        memory, text = spoken(mind.memory, mind.script.prompts.waiting, mind.frustration)
        why = "you explained a wait, and the caller waits"
        return Response(replace(mind, memory=memory), reply("waiting", text), why, patience="holding")
    if mind.story == "told" and not (turn.hurts or turn.met):
        memory, text = misheard(mind.script, mind.memory, turn.text, mind.frustration)
        if text:
            mind = replace(mind, memory=memory)
            return Response(mind, reply("misheard", text), "the caller misheard a word of yours")
    mind, opener = _reacted(turn)
    content = next_content(mind, turn.asked, early="too_early" in turn.rules)
    line = reply(content.reply.id, opener, *content.reply.parts)
    return Response(content.mind, line, content.why, content.felt)


def _resumed(mind: Mind, unfinished: Reply) -> Response:
    memory, text = spoken(mind.memory, mind.script.prompts.resume, mind.frustration)
    origin = unfinished.id.removesuffix(".resume")
    line = reply(f"{origin}.resume", text, *unfinished.parts)
    return Response(replace(mind, memory=memory), line, "the caller goes back to the line that you cut off")


def _reacted(turn: _Turn) -> tuple[Mind, str]:
    mind, rules = turn.mind, turn.rules
    if turn.complaint:
        return mind, turn.complaint
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


def speak_up(mind: Mind) -> Response:
    """What the caller says when the trainee has been silent for too long."""
    why = "nobody said anything"
    if mind.memory.told == 0:
        content = told(mind)
        return Response(content.mind, content.reply, why)
    if mind.settled:
        return goodbye(mind, content_ending(mind), "everything that the caller needed is promised")
    mind, felt = feel(mind, [DEAD_AIR])
    mind = replace(mind, prompts=mind.prompts + 1)
    if mind.prompts > PROMPTS_BEFORE_HANG_UP or mind.frustration >= 100:
        return replace(goodbye(mind, "hang_up", why), felt=felt)
    memory, text = spoken(mind.memory, mind.script.prompts.still_there, mind.frustration)
    return Response(replace(mind, memory=memory), reply("still_there", text), why, felt)


def puzzled(mind: Mind) -> Response:
    """What the caller says to a voice in which no word could be made out."""
    memory, text = spoken(mind.memory, mind.script.prompts.pardon, mind.frustration)
    return Response(replace(mind, memory=memory), reply("pardon", text), "there was a voice, and no word in it")


def cut_in_on(mind: Mind, line: Reply) -> tuple[Mind, tuple[Felt, ...]]:
    """Being cut in on hurts, in the story most; not in a line that only moves the call along ("Hello?")."""
    if not _matters(line):
        return mind, ()
    return feel(mind, [CUT_STORY if line.id.startswith("story.") else CUT_IN])


def after_cut(line: Reply, heard_ms: int, full_ms: int) -> Reply | None:
    """What the caller will come back to when a line was cut; nothing for lines that only move the call along."""
    if not _matters(line):
        return None
    return reply(line.id, rest_of(line.text, heard_ms, full_ms))


def said_whole(mind: Mind, line: Reply) -> Mind:
    """The mind after a line was said to its end: a part of the story counts as heard."""
    told_part = line.id.startswith("story.") and mind.heard_out < mind.memory.told
    return replace(mind, heard_out=mind.heard_out + 1) if told_part else mind


def _matters(line: Reply) -> bool:
    return line.id.split(".")[0] in {"story", "answer", "need"}
