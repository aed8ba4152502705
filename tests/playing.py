"""A shipped script played through in text, by trainees of different kinds: `play(SCRIPTS["parcel"], RUDE, seed=0)`.

To read the calls: `python tests/playing.py [SCRIPT] [TRAINEE] [SEED]`.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from callsim.caller import answer, new_mind, said_whole, speak_up
from callsim.catalogue import script_files
from callsim.script import Script, read_script

SCRIPTS = {name: read_script(path) for name, path in script_files().items()}
SEEDS = range(5)

# What a trainee says to a line of the caller, by the line's id (or "" for any), one after another; the last is said
# again, None is silence. To a line that is not among them the trainee says "okay".
Says = dict[str, list[str | None]]

LISTENS: dict[str, Says] = {
    "parcel": {
        "hello": ["good morning bluebird toys this is priya speaking how can i help"],
        "story.never_came": ["oh no i'm so sorry to hear that that must be really upsetting"],
        "story.looked": ["i can see why you're worried it's not your fault at all could you give me your order number"],
        "answer.order_number": ["thank you dana let me look into that for you"],
        "story.saturday": ["i understand how much this matters to him i'll sort this out for you"],
        "need.present": ["what i can do is send you another scooter by courier today"],
        "need.before_saturday": ["it will be with you tomorrow before noon"],
        "settled": ["is there anything else i can do for you"],
    },
    "broadband": {
        "hello": ["hello ocean broadband this is sam how can i help you"],
        "story.down_again": ["i'm really sorry marcus that must be so frustrating with a client waiting"],
        "story.fixed_for_good": ["no wonder you're fed up when did it go down today"],
        "answer.since": ["thank you for telling me i'm going to take care of this myself"],
        "story.paying_twice": ["so three outages this month and you're paying for data on top have i got that right"],
        "need.fix": ["i don't want to try another restart i'll send an engineer out to check the line"],
        "need.when": ["the engineer can be with you tomorrow between eight and ten"],
        "need.money": ["and i will take this month off your bill"],
        "settled": ["does that work for you"],
    },
    "bank-charge": {
        "hello": ["good morning ashdown bank my name is helen how may i help you"],
        "story.charged": ["mr pemberton i'm very sorry i can hear how upsetting this is"],
        "story.rang_before": ["that must have been infuriating may i take your account number please"],
        "answer.account_number": ["thank you mr pemberton let me look at that for you"],
        "story.forty_years": ["after so many years with us you deserve better than that"],
        "need.mistake": ["it was our mistake mr pemberton you did nothing wrong"],
        "need.refund": ["i'm refunding the thirty five pounds to your account right now it will be there tomorrow"],
        "need.in_writing": ["i'll send you a letter in the post today that says it was our mistake"],
        "settled": ["is there anything else i can help you with"],
    },
}

CURT: dict[str, Says] = {
    "parcel": {
        "hello": ["yes"],
        "story.never_came": ["what's the order number"],
        "need.present": ["i can send another one"],
        "need.before_saturday": ["friday"],
        "settled": ["bye"],
    },
    "broadband": {
        "hello": ["yes"],
        "story.down_again": ["what's the account number"],
        "need.fix": ["i'll book an engineer"],
        "need.when": ["tomorrow between eight and ten"],
        "need.money": ["you'll get a credit of ten pounds"],
        "settled": ["bye"],
    },
    "bank-charge": {
        "hello": ["yes"],
        "story.charged": ["what's the account number"],
        "need.mistake": ["it was our mistake"],
        "need.refund": ["i'll refund the charge"],
        "need.in_writing": ["i'll send a letter"],
        "settled": ["bye"],
    },
}

RUDE: Says = {
    "hello": ["yes what"],
    "": [
        "well that's your own fault isn't it",
        "there is nothing i can do that's our policy",
        "calm down it's not a big deal",
        "that's not my department",
        "you should have checked that before",
        "look i've got other calls waiting can you get to the point",
        "no i can't do that",
        "don't shout at me it's not my fault",
    ],
}
SILENT: Says = {"": [None]}
HANDS_OVER: Says = {
    **RUDE,
    "demand": ["of course i'll put you through to my manager and i'll explain everything first so you don't have to"],
}


@dataclass
class Played:
    """A whole call: who said what, with the frustration after it, and the mind as it ended."""

    script: Script
    ending: str | None = None
    lines: list[tuple[str, str, str, int]] = field(default_factory=list)
    met: list[str] = field(default_factory=list)

    @property
    def caller_lines(self) -> list[str]:
        """What the caller said."""
        return [text for who, _, text, _ in self.lines if who == "caller"]

    @property
    def levels(self) -> list[int]:
        """The frustration after each line of the caller."""
        return [level for who, _, _, level in self.lines if who == "caller"]

    def __str__(self) -> str:
        rows = (f"{level:3} {who:>7} {what:24} {text}" for who, what, text, level in self.lines)
        return "\n".join((*rows, f"    -> {self.ending}"))


def play(script: Script, says: Says, seed: int) -> Played:
    """The call of a trainee, turn by turn, without sound; nobody cuts in, every line is said to its end."""
    mind, line_id, played = new_mind(script, seed), "hello", Played(script)
    given: dict[str, int] = defaultdict(int)
    while played.ending is None:
        text = _next(says, line_id, given)
        response = speak_up(mind) if text is None else answer(mind, text)
        did = " ".join(act.act for act in response.acts)
        played.lines.append(("trainee", did, text or "...", mind.frustration))
        mind = said_whole(replace(response.mind, lines=response.mind.lines + 1), response.reply)
        line_id, played.ending = response.reply.id, response.ending
        played.lines.append(("caller", line_id, response.reply.text, mind.frustration))
        played.met += response.met
    return played


def _next(says: Says, line_id: str, given: dict[str, int]) -> str | None:
    key = next((key for key in (line_id, "") if key in says), None)
    if key is None:
        return "okay"
    text = says[key][min(given[key], len(says[key]) - 1)]
    given[key] += 1
    return text


TRAINEES: dict[str, Callable[[str], Says]] = {
    "listens": LISTENS.__getitem__,
    "curt": CURT.__getitem__,
    "rude": lambda _: RUDE,
    "silent": lambda _: SILENT,
    "hands_over": lambda _: HANDS_OVER,
}


if __name__ == "__main__":
    scripts, trainees, seeds = (sys.argv[1:] + [""] * 3)[:3]
    for name in [scripts] if scripts else SCRIPTS:
        for who in [trainees] if trainees else TRAINEES:
            for seed in [int(seeds)] if seeds else SEEDS:
                print(f"\n== {name} / {who} / seed {seed}\n{play(SCRIPTS[name], TRAINEES[who](name), seed)}")
