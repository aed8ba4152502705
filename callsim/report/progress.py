"""Trends in plain words, for the terminal and for the pages: the same sentences, with the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from callsim.report.charts import Mark
from callsim.report.names import DIMENSION_NAMES, check_name
from callsim.scoring.practice import Demand, Loss, Moved, Next, Suggested
from callsim.scoring.progress import (
    FIRST,
    LATEST,
    LEAST_LATEST,
    LEAST_PAIRS,
    SCORES,
    Change,
    Grouping,
    Period,
    SameScripts,
    ScoreName,
    Spread,
    Verdict,
)

if TYPE_CHECKING:
    from callsim.library.trends import ScoreTrend, Sought, Trend, Whose

SCORE_NAMES: Mapping[ScoreName, str] = {
    score: "Overall" if score == "overall" else DIMENSION_NAMES[score] for score in SCORES
}
VERDICTS: Mapping[Verdict, str] = {
    "better": "better",
    "worse": "worse",
    "unclear": "no clear change",
    "too few": "too few calls to say",
}
GROUPINGS: Mapping[Grouping, str] = {"week": "by week", "month": "by month", "calls": "call after call"}
WHOSE: Mapping[Whose, str] = {
    "machine": "The scores are the machine's.",
    "coach": "The scores are a coach's where one overruled the machine, else the machine's.",
}
_TEAM = (
    f"Now is the mean of the latest calls, {LATEST} at most; since their start holds the latest against their own "
    f"first {FIRST}, with a 95 % interval."
)
_TEAM_OF_ALL = "Since their start goes by all calls of a trainee, not only by those chosen here."
SURE = (
    "Intervals are of 95 %, counted out exactly for so few calls. They take calls as equally hard: hold them against "
    "the same call scripts, where knowing the script may be a part of it."
)
POINTS_ARE = "Each point is the mean of its calls, with the lowest and the highest; one call has no spread."
_DEMANDS: Mapping[Demand, str] = {
    "story": "its caller tells a long story: {} words to hear out",
    "impatience": "its caller asks whether you are there after {:g} seconds of silence",
    "frustration": "its caller begins at a frustration of {} out of 100",
    "needs": "its caller needs {} things solved",
    "nouns": "its caller names {} things that you can name too",
    "any": "any call has a place for it",
}


def day_name(day: date) -> str:
    """A day in short, with its year: 3 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def period_name(period: Period, by: Grouping) -> str:
    """Which calls a point stands for: a week from its Monday, a month, or the days of so many calls."""
    if by == "month":
        return f"{period.first:%B %Y}"
    if by == "week":
        return f"week of {day_name(period.first)}"
    if period.first == period.last:
        return day_name(period.first)
    return f"{day_name(period.first)} to {day_name(period.last)}"


def signed(value: float) -> str:
    """A difference: +4.0, −2.5, 0.0; never a minus before a zero."""
    return f"{value:+.1f}".replace("-", "−") if value else "0.0"


def interval_says(change: Change) -> str:
    """Between what a difference lies."""
    if change.low is None or change.high is None:
        return "no interval"
    return f"{signed(change.low)} to {signed(change.high)}"


def change_says(change: Change | None) -> str:
    """A change in a table: +9.2 (+2.1 to +17.0)."""
    return "too few calls" if change is None else f"{signed(change.difference)} ({interval_says(change)})"


def basis_says(trend: Trend) -> list[str]:
    """What the figures of a trend rest on."""
    says = [WHOSE[trend.sought.whose]]
    if trend.sought.chooses:
        says.append(
            "The points and the latest calls are those chosen here; what is said of the start, of the same call "
            "scripts, of what improved or fell and of what to practise rests on every call there is "
            f"({trend.all_calls})."
        )
    if trend.overruled:
        says.append(f"A coach overruled something in {trend.overruled} of {len(trend.calls)} calls.")
    if trend.rubrics > 1:
        says.append(
            f"They were made by {trend.rubrics} different rubrics, so that a step between two points may be the "
            "rubric's: `callsim rescore` makes them alike."
        )
    return says


def team_says(sought: Sought) -> str:
    """What the figures of the table of all trainees are."""
    return " ".join([_TEAM, *([_TEAM_OF_ALL] if sought.chooses else []), WHOSE[sought.whose]])


def spread_says(one: Spread | None) -> str:
    """A mean with what it rests on: 61.5 (3 calls, 50.0 to 70.2)."""
    if one is None:
        return "not measured"
    if one.low is None or one.high is None:
        return f"{one.mean:.1f} (1 call)"
    return f"{one.mean:.1f} ({one.n} calls, {one.low:.1f} to {one.high:.1f})"


def spread_cell(one: Spread | None, calls: int) -> str:
    """The same in a table that says how many calls there were: 61.5 (50.0–70.2), with their number where it differs."""
    if one is None:
        return "not measured"
    spread = "" if one.low is None or one.high is None else f" ({one.low:.1f}–{one.high:.1f})"
    return f"{one.mean:.1f}{spread}{'' if one.n == calls else f' of {one.n}'}"


def start_says(change: Change | None, measured: int) -> str:
    """The latest calls against the first."""
    if change is None:
        return (
            f"Too few calls to say: {measured} so far. It takes {FIRST + LEAST_LATEST}, so that the first {FIRST} can "
            "be held against later ones."
        )
    return (
        f"{change.before:.1f} in the first {change.n_before} calls, {change.after:.1f} in the latest {change.n_after}: "
        f"{signed(change.difference)} ({interval_says(change)}), {VERDICTS[change.verdict]}."
    )


def starts_say(scores: Mapping[ScoreName, ScoreTrend]) -> list[str]:
    """Each score against their own start."""
    return _of_each({score: start_says(one.since_start, one.measured) for score, one in scores.items()})


def same_scripts_say(scores: Mapping[ScoreName, ScoreTrend]) -> list[str]:
    """Each score on the same call scripts."""
    return _of_each({score: pairs_say(one.same_scripts) for score, one in scores.items()})


def _of_each(says: Mapping[ScoreName, str]) -> list[str]:
    """What is said of all alike is said once."""
    if len({*says.values()}) == 1:
        return [next(iter(says.values()))]
    return [f"{SCORE_NAMES[score]}: {sentence}" for score, sentence in says.items()]


def pairs_say(same: SameScripts) -> str:
    """The same scripts, the latest time against the first."""
    change, count = same.change, len(same.pairs)
    if change is None:
        return "No call script was taken twice yet."
    scripts = "1 script" if count == 1 else f"{count} scripts"
    moved = f"{change.before:.1f} the first time, {change.after:.1f} the latest: {signed(change.difference)}"
    if change.verdict == "too few":
        return f"{scripts} taken again: {moved}. Too few to say: it takes {LEAST_PAIRS} scripts."
    return f"{scripts} taken again: {moved} ({interval_says(change)}), {VERDICTS[change.verdict]}."


def moved_says(one: Moved) -> str:
    """A check then and now."""
    change = one.change
    return (
        f"{check_name(one.check)}: {change.before:.0f} % of its points in the first {change.n_before} calls, "
        f"{change.after:.0f} % in the latest {change.n_after}"
    )


def none_moved(tested: int) -> str:
    """What there is to say where no check moved."""
    return "No check clearly did." if tested else "Too few calls to say."


def chance_says(tested: int, by_chance: float) -> str:
    """How much of it may be nothing."""
    if not tested:
        return f"No check could be made in {FIRST + LEAST_LATEST} calls yet, so none can be compared."
    would = f"about {by_chance:g} of them would look moved by chance alone on average, or fewer"
    return f"{tested} checks were compared; {would}."


def loss_says(loss: Loss) -> str:
    """What a check costs."""
    where = "the latest call" if loss.calls == 1 else f"the latest {loss.calls} calls"
    seen = "" if loss.made == loss.calls else f", made in {loss.made} of them"
    return (
        f"{check_name(loss.check)} cost {loss.per_call:.1f} points of the overall score a call in {where}: "
        f"{100 * loss.share:.0f} % of its own points{seen}."
    )


def script_says(one: Suggested) -> str:
    """Which script, and why."""
    return f"Practise it on “{one.title}”: {_why(one)}."


def _why(one: Suggested) -> str:
    if one.share is not None:
        taken = "once" if one.takes == 1 else "twice" if one.takes == 2 else f"{one.takes} times"
        return f"taken {taken}, and the last time this lost {100 * one.share:.0f} % of its points there"
    new = "not taken yet" if not one.takes else "taken before"
    much = one.much / 1000 if one.demand == "impatience" else one.much
    return f"{new}, and {_DEMANDS[one.demand].format(much)}"


def next_says(one: Next) -> str:
    """What to practise, and where."""
    if one.on is None:
        return loss_says(one.loss)
    return f"{loss_says(one.loss)} {script_says(one.on)}"


def marks_of(periods: Sequence[Period], by: Grouping, score: ScoreName) -> list[Mark]:
    """The points of a score in a chart: weeks and months where they lie in time, calls one beside the other."""
    shown = [(number, period) for number, period in enumerate(periods) if score in period.scores]
    return [
        Mark(
            at=_place(periods, number, by),
            mean=one.mean,
            low=one.low,
            high=one.high,
            n=one.n,
            name=period_name(period, by),
            short=_short(period.first, by, with_year=number == 0 or period.first.month == 1),
        )
        for number, period in shown
        for one in [period.scores[score]]
    ]


def _short(day: date, by: Grouping, *, with_year: bool) -> str:
    """What stands below a point."""
    if by == "month":
        return f"{day:%b %Y}" if with_year else f"{day:%b}"
    return f"{day.day} {day:%b}"


def _place(periods: Sequence[Period], number: int, by: Grouping) -> float:
    """From 0 to 1; in the middle where there is only one."""
    if len(periods) == 1:
        return 0.5
    if by == "calls":
        return number / (len(periods) - 1)
    return (periods[number].first - periods[0].first) / (periods[-1].first - periods[0].first)
