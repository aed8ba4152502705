"""What acts, checks, moments and endings are called on a page: plain words, from the trainee's side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from callsim.events import Ending
from callsim.scoring.checks import Dimension
from callsim.scoring.evidence import VOSK
from callsim.scoring.rereading import WHISPER

MarkKind: TypeAlias = Literal[
    "cut_in", "caller_cut_in", "early_start", "backchannel", "dead_air", "hold", "helps", "hurts", "note"
]

# One and many of each, for the legend; the third says in a tooltip what it means.
MARKS: Mapping[MarkKind, tuple[str, str, str]] = {
    "cut_in": ("cut-in", "cut-ins", "You spoke into what the caller was saying"),
    "caller_cut_in": ("caller cut-in", "caller cut-ins", "The caller spoke into what you were saying"),
    "early_start": ("early start", "early starts", "You started in the caller's last half second, which is fine"),
    "backchannel": ("sign of listening", "signs of listening", "A short word that showed you were listening"),
    "dead_air": ("silence", "silences", "Nobody spoke, and you had not said why"),
    "hold": ("hold", "holds", "You had the caller on hold"),
    "helps": ("helpful phrase", "helpful phrases", "Words that help: understanding, a solution, a time and the like"),
    "hurts": ("harmful phrase", "harmful phrases", "Words that hurt: blame, a bare refusal, hurrying and the like"),
    "note": ("note", "notes", "What a coach wrote at this moment"),
}

ACTS: Mapping[str, str] = {
    "greeting": "greeting",
    "closing": "goodbye",
    "empathy": "understanding",
    "apology": "apology",
    "ownership": "taking it on",
    "solution": "solution",
    "timeframe": "by when",
    "alliance": "on their side",
    "question": "asking",
    "recap": "saying it back",
    "name_use": "their name",
    "thanks": "thanks",
    "escalation": "handing over",
    "satisfaction_check": "does that help",
    "hold": "explaining a wait",
    "blame": "blame",
    "defensiveness": "defending yourself",
    "refusal": "refusal",
    "minimising": "making it small",
    "rushing": "hurrying",
    "hedging": "sounding unsure",
}
HURTING = frozenset({"blame", "defensiveness", "refusal", "minimising", "rushing", "hedging"})

DIMENSION_NAMES: Mapping[Dimension, str] = {
    "pacing": "Pacing",
    "interruptions": "Interruptions",
    "phrasing": "Phrasing",
}

CHECKS: Mapping[str, str] = {
    "pacing.words_per_minute": "Speed of speech",
    "pacing.response_gap": "Time to answer",
    "pacing.dead_air": "Silences",
    "pacing.longest_turn": "Longest turn",
    "pacing.talk_share": "Share of the talk",
    "pacing.fillers": "Ums and uhs",
    "pacing.steadiness": "Steady under fire",
    "interruptions.cut_ins": "Cutting in",
    "interruptions.heard_out": "Hearing the story out",
    "interruptions.talking_over": "Talking over the caller",
    "interruptions.listening": "Signs of listening",
    "phrasing.greeting": "Greeting",
    "phrasing.empathy": "Understanding",
    "phrasing.apology": "Apology",
    "phrasing.alliance": "Being on their side",
    "phrasing.question": "Asking",
    "phrasing.ownership": "Taking it on",
    "phrasing.solution": "Solution",
    "phrasing.timeframe": "By when",
    "phrasing.needs": "What the caller needed",
    "phrasing.middle": "The middle of the call",
    "phrasing.handover": "Handing over",
    "phrasing.recap": "Saying it back",
    "phrasing.name": "Using their name",
    "phrasing.concrete": "Naming things",
    "phrasing.thanks": "Thanks",
    "phrasing.satisfaction_check": "Asking whether it helps",
    "phrasing.closing": "Goodbye",
    "phrasing.blame": "No blame",
    "phrasing.defensiveness": "No self-defence",
    "phrasing.refusal": "No bare refusal",
    "phrasing.minimising": "Taking it seriously",
    "phrasing.rushing": "No hurry",
    "phrasing.hedging": "Sounding sure",
    "phrasing.rote": "No empty repeats",
    "phrasing.order": "Listening before offering",
}

ENDINGS: Mapping[Ending | None, str] = {
    "thankful": "Solved, and the caller was thankful",
    "cool": "Solved, but the caller stayed cool",
    "supervisor": "The caller asked for a supervisor",
    "hang_up": "The caller hung up",
    "abandoned": "The line went dead",
    None: "",
}

READERS: Mapping[str, str] = {
    VOSK: "The words were read by Vosk as the call went, and some may be wrong.",
    WHISPER: "The words were read by Whisper, a second time after the call.",
}

MODES: Mapping[str, str] = {
    "headless": "Run without a headset",
    "overview": "Overview",
    "practice": "Practice",
    "test": "Test",
    "imported": "Recorded call",
}


def check_name(id: str) -> str:
    """The name of a check; a rubric of a later version may know one that has none here."""
    return CHECKS.get(id) or id.partition(".")[2].replace("_", " ").capitalize()
