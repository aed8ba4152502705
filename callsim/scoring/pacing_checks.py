"""The checks of pacing: rate, gaps, silences, turns, share, fillers."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from callsim.scoring.checks import Outcome, in_band, in_limit, made, not_made, quote_of
from callsim.scoring.measured import Measured
from callsim.scoring.pacing import fillers_per_100_words, words_per_minute
from callsim.scoring.rubric import Pacing, Rubric
from callsim.scoring.steadiness import Steadiness, heated_lines, steadiness
from callsim.scoring.stretches import Stretch
from callsim.scoring.turns import longest_turn, talk_share
from callsim.timeline import Ms

NOTHING_SAID = "the trainee said nothing"
NEVER_ANSWERED = "the trainee never answered the caller"
_WORTH_QUOTING_WORDS = 8


def pacing_checks(call: Measured, rubric: Rubric) -> list[Outcome]:
    """All checks of pacing, in a fixed order; switched-off ones are left out."""
    rules = rubric.pacing
    checks = [
        _words_per_minute(call, rubric),
        _response_gap(call, rules),
        _dead_air(call, rules),
        _longest_turn(call, rules),
        _talk_share(call, rules),
        _fillers(call, rules),
        _steadiness(call, rubric),
    ]
    return [one for one in checks if getattr(rules, one.id.removeprefix("pacing.")).points]


def _words_per_minute(call: Measured, rubric: Rubric) -> Outcome:
    id, rules = "pacing.words_per_minute", rubric.pacing.words_per_minute
    heard, pause_ms = sum(len(one.words) for one in call.ours), rubric.measures.pause_ms
    rate = words_per_minute(call.ours, pause_ms)
    if rate is None or heard < rules.min_words:
        return not_made(id, f"{heard} words were recognised, and it takes {rules.min_words} to know a rate")
    side = "slower" if rate > rules.band[2] else "faster" if rate < rules.band[1] else "as it is"
    why = f"{rate:.0f} words a minute; {rules.band[1]:.0f} to {rules.band[2]:.0f} is good"
    evidence = () if side == "as it is" else (quote_of(one.span, one) for one in _extreme(call, pause_ms, side))
    return made(id, in_band(rate, rules.band), rules.points, why, evidence)


def _extreme(call: Measured, pause_ms: Ms, side: str) -> Iterator[Stretch]:
    """The stretch that shows the rate best: the fastest of some length, or the slowest."""
    long = [one for one in call.ours if len(one.words) >= _WORTH_QUOTING_WORDS]
    pick = max if side == "slower" else min
    if long:
        yield pick(long, key=lambda one: words_per_minute([one], pause_ms) or 0)


def _response_gap(call: Measured, rules: Pacing) -> Outcome:
    id, band = "pacing.response_gap", rules.response_gap.band
    if not call.gaps:
        return not_made(id, NEVER_ANSWERED)
    middle_ms = median(gap.gap_ms for gap in call.gaps)
    good = f"{_seconds(band[1])} to {_seconds(band[2])} is good"
    why = f"answers came after {_seconds(middle_ms)} (median of {len(call.gaps)}); {good}"
    worst = max(call.gaps, key=lambda gap: abs(gap.gap_ms - (band[1] + band[2]) / 2))
    evidence = () if band[1] <= middle_ms <= band[2] else (quote_of(worst.span),)
    return made(id, in_band(middle_ms, band), rules.response_gap.points, why, evidence)


def _dead_air(call: Measured, rules: Pacing) -> Outcome:
    id, evidence = "pacing.dead_air", call.evidence
    if not evidence.caller:
        return not_made(id, "the caller said nothing")
    quiet_ms = sum(span.duration_ms for span in call.dead_air)
    many = "once" if len(call.dead_air) == 1 else f"{len(call.dead_air)} times"
    quiet = f"nobody spoke for {_seconds(quiet_ms)} in all ({many}), unexplained"
    why = quiet if quiet_ms else "no unexplained silence"
    began_ms = min(span.start_ms for span in (*evidence.trainee, *evidence.caller))
    share = in_limit(quiet_ms / (evidence.length_ms - began_ms), rules.dead_air.limit)
    return made(id, share, rules.dead_air.points, why, (quote_of(span) for span in call.dead_air))


def _longest_turn(call: Measured, rules: Pacing) -> Outcome:
    id, limit = "pacing.longest_turn", rules.longest_turn.limit
    turn = longest_turn(call.turns)
    if turn is None:
        return not_made(id, NOTHING_SAID)
    why = f"your longest turn took {_seconds(turn.span.duration_ms)}; up to {_seconds(limit[0])} is good"
    said = next((one for one in call.ours if one.span & turn.span), None)
    evidence = (quote_of(turn.span, said),) if turn.span.duration_ms > limit[0] else ()
    return made(id, in_limit(turn.span.duration_ms, limit), rules.longest_turn.points, why, evidence)


def _talk_share(call: Measured, rules: Pacing) -> Outcome:
    id, band = "pacing.talk_share", rules.talk_share.band
    talk = talk_share(call.evidence.trainee, call.evidence.caller)
    if talk is None or not call.evidence.caller:
        return not_made(id, "the caller said nothing")
    share = round(talk, 3)
    why = f"{share:.0%} of the talk was yours; {band[1]:.0%} to {band[2]:.0%} is good"
    return made(id, in_band(share, band), rules.talk_share.points, why)


def _fillers(call: Measured, rules: Pacing) -> Outcome:
    id, recogniser = "pacing.fillers", call.evidence.recogniser
    per_100 = fillers_per_100_words(call.evidence.trainee_words)
    if recogniser not in rules.fillers.heard_by:
        return not_made(id, f"{recogniser} hides most ums and uhs")
    if per_100 is None:
        return not_made(id, NOTHING_SAID)
    why = f"{per_100:.1f} fillers in 100 words; under {rules.fillers.limit[0]:.0f} is good"
    return made(id, in_limit(per_100, rules.fillers.limit), rules.fillers.points, why)


def _steadiness(call: Measured, rubric: Rubric) -> Outcome:
    id, rules, found = "pacing.steadiness", rubric.pacing.steadiness, steadiness_of(call, rubric)
    if call.evidence.lines is None:
        return not_made(id, "nobody knows when a recorded caller grew heated")
    if found is None:
        return not_made(id, "too little was said after heated lines, or before them, to compare")
    moved = {
        f"{found.loudness_db:+.0f} dB": in_limit(abs(found.loudness_db), rules.loudness_db),
        f"{found.pitch_semitones or 0:+.0f} semitones": in_limit(
            abs(found.pitch_semitones or 0), rules.pitch_semitones
        ),
        f"{found.rate or 0:+.0%} syllables a second": in_limit(abs(found.rate or 0), rules.rate),
    }
    share = min(moved.values())
    why = f"after heated lines against your start: {', '.join(moved)}"
    evidence = (quote_of(span) for span in found.after[:1]) if share < 1 else ()
    return made(id, share, rules.points, why, evidence)


def steadiness_of(call: Measured, rubric: Rubric) -> Steadiness | None:
    """The trainee's steadiness; None where too little is known."""
    rules = rubric.pacing.steadiness
    heated = heated_lines(call.evidence, rules.heated_by)
    pause_ms = rubric.measures.pause_ms
    return steadiness(call.ours, call.evidence, heated, least_ms=rules.least_ms, pause_ms=pause_ms)


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.1f} s"
