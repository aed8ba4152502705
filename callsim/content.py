"""What the caller has to say next, once it has reacted: an answer, the story, a need, or that all is well. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from callsim.mind import Felt, Mind, feel
from callsim.replies import Reply, reply, spoken, unmet
from callsim.script import Answer, Need
from callsim.temper import ASKED_AGAIN, FOUND_OUT, PRESSED_AGAIN
from callsim.whims import second_problem, tangent

_ASKS_IN_PEACE = 3


@dataclass(frozen=True, slots=True)
class Content:
    """The mind after it, the line, and why it is said."""

    mind: Mind
    reply: Reply
    why: str
    felt: tuple[Felt, ...] = ()


def next_content(mind: Mind, asked: Answer | None, *, early: bool) -> Content:
    """What comes next; `early`: the turn offered something before the story was told."""
    if asked and mind.memory.told:
        return _with_tangent(_answered(mind, asked))
    if mind.memory.told < len(mind.script.story):
        return _with_tangent(told(mind, early=early)) if mind.memory.told else told(mind, early=early)
    if need := unmet(mind.script, mind.memory):
        return _with_tangent(_pressed(mind, need))
    if need := second_problem(mind.script, mind.memory):
        return _raised(mind, need)
    return _settled(mind)


def told(mind: Mind, *, early: bool = False) -> Content:
    """The next part of the story."""
    memory, opener = mind.memory, ""
    if early:
        memory, opener = spoken(memory, mind.script.prompts.not_finished, mind.frustration)
    part = mind.script.story[memory.told]
    memory, text = spoken(memory, part.say, mind.frustration)
    mind = replace(mind, memory=replace(memory, told=memory.told + 1))
    why = f"part {mind.memory.told} of {len(mind.script.story)} of the story comes next"
    return Content(mind, reply(f"story.{part.id}", opener, text), why)


def _answered(mind: Mind, known: Answer) -> Content:
    if known.id in mind.memory.answered:
        return _answered_again(mind, known)
    mind, felt = feel(mind, [FOUND_OUT] if known.hidden else [])
    memory, text = spoken(mind.memory, known.say, mind.frustration)
    memory = replace(memory, answered=(*memory.answered, known.id))
    text = text.replace("{name}", mind.script.caller.name)
    why = f"you asked about the {_spaced(known.id)}"
    return Content(replace(mind, memory=memory), reply(f"answer.{known.id}", text), why, felt)


def _answered_again(mind: Mind, known: Answer) -> Content:
    mind, felt = feel(mind, [ASKED_AGAIN])
    memory, text = spoken(mind.memory, known.again or known.say, mind.frustration)
    text = text.replace("{name}", mind.script.caller.name)
    complaint = ""
    if not known.again:
        memory, complaint = spoken(memory, mind.script.prompts.told_already, mind.frustration)
    why = f"you asked about the {_spaced(known.id)} once more"
    return Content(replace(mind, memory=memory), reply(f"answer.{known.id}.again", complaint, text), why, felt)


def _pressed(mind: Mind, need: Need) -> Content:
    mind, felt = feel(mind, [PRESSED_AGAIN] if mind.pressed >= _ASKS_IN_PEACE else [])
    memory, text = spoken(mind.memory, need.ask, mind.frustration)
    mind = replace(mind, memory=memory, pressed=mind.pressed + 1)
    return Content(mind, reply(f"need.{need.id}", text), f"still open: {need.what}", felt)


def _raised(mind: Mind, need: Need) -> Content:
    memory, opener = spoken(mind.memory, mind.script.prompts.one_more_thing, mind.frustration)
    memory, text = spoken(memory, need.ask, mind.frustration)
    memory = replace(memory, raised=(*memory.raised, need.id))
    why = f"a second problem comes up: {need.what}"
    return Content(replace(mind, memory=memory, pressed=1), reply(f"need.{need.id}", opener, text), why)


def _settled(mind: Mind) -> Content:
    prompts, memory = mind.script.prompts, mind.memory
    if memory.promises:
        memory, text = spoken(memory, prompts.held_to, mind.frustration, again=False)
        # The first time that was promised is mostly that of what matters most.
        text = _starts_a_sentence(text.replace("{when}", memory.promises[0]))
    else:
        memory, text = spoken(memory, prompts.settled, mind.frustration, again=False)
    mind = replace(mind, memory=memory, settled=True)
    return Content(mind, reply("settled", text), "everything that the caller needed is promised")


def _with_tangent(content: Content) -> Content:
    mind = content.mind
    memory, name, text = tangent(mind.script, mind.memory, mind.frustration)
    if not text:
        return content
    said = reply(f"{content.reply.id}+{name}", text, *content.reply.parts)
    return replace(content, mind=replace(mind, memory=memory), reply=said)


def _starts_a_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _spaced(name: str) -> str:
    return name.replace("_", " ")
