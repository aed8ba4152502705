"""The checks of interruptions: was the caller cut in on, heard out, talked over; and credit for listening."""

from __future__ import annotations

from callsim.scoring.checks import Outcome, in_limit, made, not_made, quote_of
from callsim.scoring.evidence import Evidence
from callsim.scoring.measured import Measured
from callsim.scoring.pacing_checks import NEVER_ANSWERED, NOTHING_SAID
from callsim.scoring.rubric import Interruptions, Rubric
from callsim.timeline import total_ms

_IDS = ("cut_ins", "heard_out", "talking_over", "listening")


def interruption_checks(call: Measured, rubric: Rubric) -> list[Outcome]:
    """All checks of interruptions, in a fixed order; switched-off ones are left out."""
    rules = rubric.interruptions
    if reason := _unknowable(call, rules):
        return [not_made(f"interruptions.{name}", reason) for name in _IDS if getattr(rules, name).points]
    checks = [_cut_ins(call, rules), _heard_out(call, rules), _talking_over(call, rules), _listening(call, rules)]
    return [one for one in checks if getattr(rules, one.id.removeprefix("interruptions.")).points]


def is_leaky(evidence: Evidence, rules: Interruptions) -> bool:
    """Whether so much of the caller is in the trainee's microphone that nobody can tell who spoke over whom."""
    return evidence.leak_db is not None and evidence.leak_db > rules.leak_limit_db


def _unknowable(call: Measured, rules: Interruptions) -> str | None:
    if is_leaky(call.evidence, rules):
        return f"the caller can be heard in the trainee's microphone ({call.evidence.leak_db:.0f} dB)"
    if not call.theirs:
        return "the caller said nothing"
    if not call.passages:
        return NOTHING_SAID
    answered = call.passages[-1].span.end_ms > call.theirs[0].span.start_ms
    return None if answered else NEVER_ANSWERED


def _cut_ins(call: Measured, rules: Interruptions) -> Outcome:
    cuts, chances = call.of_kind("cut_in"), max(len(call.caller_turns), len(call.of_kind("cut_in")))
    why = f"you cut in on {len(cuts)} of the caller's {chances} turns" if cuts else "you never cut in"
    share = in_limit(len(cuts) / chances, rules.cut_ins.limit)
    evidence = (quote_of(one.span, one.said) for one in cuts)
    return made("interruptions.cut_ins", share, rules.cut_ins.points, why, evidence)


def _heard_out(call: Measured, rules: Interruptions) -> Outcome:
    id, story = "interruptions.heard_out", call.story
    if story is None:
        return not_made(id, "the caller told no story")
    cut = [one for one in call.of_kind("cut_in") if one.over.span & story]
    why = "you cut in on the caller's story" if cut else "you let the caller tell the story to its end"
    evidence = (quote_of(one.span, one.said) for one in cut)
    return made(id, float(not cut), rules.heard_out.points, why, evidence)


def _talking_over(call: Measured, rules: Interruptions) -> Outcome:
    id, over = "interruptions.talking_over", [one.span for one in call.of_kind("cut_in")]
    over_ms = total_ms(over)
    share = over_ms / total_ms([one.span for one in call.theirs])
    why = f"you talked over {share:.0%} of what the caller said" if over_ms else "you never talked over the caller"
    evidence = (quote_of(span) for span in over)
    return made(id, in_limit(share, rules.talking_over.limit), rules.talking_over.points, why, evidence)


def _listening(call: Measured, rules: Interruptions) -> Outcome:
    id, signs = "interruptions.listening", call.of_kind("backchannel")
    if not signs:
        return not_made(id, "no word of listening was recognised, and recognisers hide many")
    why = "you showed that you were listening"
    return made(id, 1.0, rules.listening.points, why, (quote_of(one.span, one.said) for one in signs))
