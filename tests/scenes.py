"""Calls written like a score: `scene().caller("My fridge is dead.").trainee("i am sorry to hear that", after_ms=400)`.

Every word lasts equally long (`wpm`), words of one utterance touch, and times count from the end of what was added
last, so that a reader can work every measure out by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from callsim.events import (
    Decided,
    Ended,
    Event,
    Heard,
    LineEnded,
    LineStarted,
    NeedMet,
    SpeechEnded,
    SpeechStarted,
    TurnEnded,
    Word,
)
from callsim.scoring.evidence import Evidence, ScriptFacts, from_events, from_listening

FACTS = ScriptFacts(
    title="The dead fridge",
    caller_name="Dana Whitfield",
    company="Oakfield Appliances",
    needs=("replacement", "apology"),
    nouns=("fridge", "saturday", "milk"),
)


@dataclass(frozen=True)
class Part:
    """One voice for a while."""

    who: str
    text: str
    start_ms: int
    end_ms: int
    full_ms: int = 0
    heard: bool = True

    @property
    def words(self) -> tuple[Word, ...]:
        """The words as a recogniser would give them."""
        words = self.text.lower().replace(",", "").replace(".", "").replace("?", "").split() if self.heard else []
        each_ms = (self.end_ms - self.start_ms) // max(len(words), 1)
        starts = [self.start_ms + index * each_ms for index in range(len(words))]
        return tuple(Word(word, at_ms, at_ms + each_ms) for word, at_ms in zip(words, starts, strict=True))


@dataclass
class Scene:
    """A call in the making; each method adds something and gives the scene back."""

    wpm: int = 150
    parts: list[Part] = field(default_factory=list)
    others: list[Event] = field(default_factory=list)
    facts: ScriptFacts = FACTS

    @property
    def end_ms(self) -> int:
        """Where the last voice ends."""
        return max((part.end_ms for part in self.parts), default=0)

    def _from(self, after_ms: int) -> int:
        return (self.parts[-1].end_ms if self.parts else 0) + after_ms

    def _lasting(self, text: str) -> int:
        return len(text.split()) * 60_000 // self.wpm

    def caller(self, text: str, after_ms: int = 500, cut_after_ms: int | None = None) -> Scene:
        """A line of the caller; `cut_after_ms`: only so much of it is heard."""
        start_ms, full_ms = self._from(after_ms), self._lasting(text)
        heard_ms = full_ms if cut_after_ms is None else cut_after_ms
        self.parts.append(Part("caller", text, start_ms, start_ms + heard_ms, full_ms))
        return self

    def trainee(self, text: str, after_ms: int = 500, into_ms: int | None = None) -> Scene:
        """The trainee speaks; `into_ms` counts from the start of the caller's last line instead."""
        start_ms = self._from(after_ms)
        if into_ms is not None:
            start_ms = [part for part in self.parts if part.who == "caller"][-1].start_ms + into_ms
        self.parts.append(Part("trainee", text, start_ms, start_ms + self._lasting(text)))
        return self

    def noise(self, lasting_ms: int, into_ms: int) -> Scene:
        """The trainee's voice without a word (a cough), `into_ms` after the start of the caller's last line."""
        start_ms = [part for part in self.parts if part.who == "caller"][-1].start_ms + into_ms
        self.parts.append(Part("trainee", "", start_ms, start_ms + lasting_ms, heard=False))
        return self

    def met(self, need: str) -> Scene:
        """One of the needs is met now."""
        self.others.append(NeedMet(self.end_ms, self.end_ms, need))
        return self

    def mood(self, before: int, after: int, because: str) -> Scene:
        """The frustration moves now."""
        self.others.append(Decided(self.end_ms, self.end_ms, because, "test", before, after))
        return self

    def ends(self, ending: str, after_ms: int = 0) -> Scene:
        """The call is over."""
        at_ms = self.end_ms + after_ms
        self.others.append(Ended(at_ms, at_ms, ending))  # type: ignore[arg-type]
        return self

    def shifted(self, by_ms: int) -> Scene:
        """The same scene, later."""
        parts = [replace(part, start_ms=part.start_ms + by_ms, end_ms=part.end_ms + by_ms) for part in self.parts]
        others = [replace(one, at_ms=one.at_ms + by_ms, noticed_ms=one.noticed_ms + by_ms) for one in self.others]
        return Scene(self.wpm, parts, others, self.facts)

    def events(self) -> list[Event]:
        """What a simulated call would have left in events.jsonl, in the order of noticing."""
        events: list[Event] = list(self.others)
        lines = 0
        for part in self.parts:
            if part.who == "caller":
                lines += 1
                events += _line(part, lines)
            else:
                events += [*_heard(part, "trainee"), TurnEnded(part.end_ms, part.end_ms + 600)]
        return sorted(events, key=lambda event: event.noticed_ms)

    def evidence(self, **known) -> Evidence:
        """The evidence of the scene as a simulated call."""
        return from_events(self.events(), self.facts, **known)

    def imported(self, **known) -> Evidence:
        """The evidence of the same sounds as an imported recording."""
        ours, theirs = [], []
        for part in self.parts:
            (ours if part.who == "trainee" else theirs).extend(_heard(part, part.who))
        return from_listening(ours, theirs, **{"length_ms": self.end_ms} | known)


def _line(part: Part, number: int) -> list[Event]:
    heard_ms = part.end_ms - part.start_ms
    return [
        LineStarted(part.start_ms, part.start_ms, number, f"line-{number}", part.text, part.full_ms),
        LineEnded(part.end_ms, part.end_ms, number, heard_ms, heard_ms < part.full_ms),
    ]


def _heard(part: Part, who: str) -> list[Event]:
    late_ms = part.end_ms + 300
    return [
        SpeechStarted(part.start_ms, part.start_ms + 130, who),
        SpeechEnded(part.end_ms, late_ms, part.start_ms, who),
        Heard(part.start_ms, late_ms + 200, part.end_ms, part.words, who),
    ]


def scene(wpm: int = 150) -> Scene:
    """An empty call; every word lasts 60,000 / `wpm` ms."""
    return Scene(wpm)


GREETING = "good morning oakfield appliances this is sam how can i help you"
STORY = "My fridge has been dead since Saturday and all the milk went off and nobody has called me back."


def good_call() -> Scene:
    """A calm, short, competent call."""
    return (
        scene()
        .trainee(GREETING)
        .caller(STORY)
        .mood(55, 45, "you let the caller tell the story")
        .trainee("i am so sorry dana i can imagine how upsetting that is to lose all your food", after_ms=600)
        .trainee("so the fridge stopped on saturday and nobody called you back is that right")
        .caller("Yes, exactly, and I have two small children here.")
        .trainee("i will send you a new fridge tomorrow before noon and i will call you myself", after_ms=700)
        .met("replacement")
        .met("apology")
        .caller("Oh. That would be good, that really helps.")
        .trainee("does that work for you is there anything else i can do", after_ms=600)
        .caller("No, that is all, thank you.")
        .mood(45, 15, "you said what will be done")
        .trainee("thank you for telling us dana goodbye have a lovely day", after_ms=500)
        .caller("Goodbye.")
        .ends("thankful")
    )


def rude_call() -> Scene:
    """The trainee blames, interrupts and solves nothing."""
    return (
        scene()
        .trainee("yes what is it")
        .caller(STORY, cut_after_ms=3000)
        .trainee("you should have read the manual that is not my department", into_ms=2000)
        .caller("Excuse me? I bought it from you!")
        .trainee("calm down i can't do anything about that it is our policy", after_ms=4500)
        .caller("I want to talk to your supervisor, right now.")
        .ends("supervisor")
    )


def silent_call() -> Scene:
    """The trainee never says a word."""
    return (
        scene()
        .caller("Hello? Is anybody there?", after_ms=2500)
        .caller(STORY, after_ms=6000)
        .caller("Hello? Are you still there?", after_ms=6000)
        .ends("hang_up", after_ms=6000)
    )
