"""A shipped script played through in text, by trainees of different kinds: `play(SCRIPTS["parcel"], RUDE, seed=0)`.

To read the calls: `python tests/playing.py [SCRIPT] [TRAINEE] [SEED]`.
"""

from __future__ import annotations

import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from callsim.caller import answer, said_whole, speak_up
from callsim.catalogue import script_files
from callsim.mind import new_mind
from callsim.script import Script, read_script

SCRIPTS = {name: read_script(path) for name, path in script_files().items()}
SEEDS = range(5)

# What a trainee says to a line of the caller, by the line's id (or "" for any), one after another; the last is said
# again, None is silence. To a line that is not among them the trainee says "okay".
Says = dict[str, list[str | None]]

TRAINEE_FILES = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
    for file in sorted((Path(__file__).parent / "trainees").glob("*.toml"))
}
LISTENS: dict[str, Says] = {name: said["listens"] for name, said in TRAINEE_FILES.items()}
CURT: dict[str, Says] = {name: said["curt"] for name, said in TRAINEE_FILES.items()}

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
    raised: tuple[str, ...] = ()

    @property
    def wanted(self) -> set[str]:
        """The needs of this call: the script's, and of its second ones those that came up."""
        return {need.id for need in self.script.needs if not need.second or need.id in self.raised}

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
        played.raised = mind.memory.raised
    return played


def _next(says: Says, line_id: str, given: dict[str, int]) -> str | None:
    key = next((key for key in (line_id.split("+", maxsplit=1)[0], "") if key in says), None)
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
