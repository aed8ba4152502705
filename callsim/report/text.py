"""A scorecard in the terminal: scores, wins, what to mend and when, and which recogniser's words it rests on.

Readable in 80 columns and without colour.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from callsim.events import Ending
from callsim.scoring.checks import DIMENSIONS, Check, Quote
from callsim.scoring.evidence import SILERO, VOSK
from callsim.scoring.rereading import WHISPER
from callsim.scoring.scorecard import ChangeRow, Measures, Scorecard
from callsim.timeline import Ms

_BAR = 26
_WINS = 6
_LOSSES = 8
_CHANGES = 5
_READINGS: Mapping[str, str] = {
    VOSK: "read by Vosk, as the call went",
    WHISPER: "read by Whisper, a second time after the call",
}
_ENDINGS: Mapping[Ending | None, str] = {
    "thankful": "solved, and the caller was thankful",
    "cool": "solved, but the caller stayed cool",
    "supervisor": "the caller asked for a supervisor",
    "hang_up": "the caller hung up",
    "abandoned": "the line went dead",
    None: "",
}


def show(card: Scorecard, console: Console) -> None:
    """Print the whole scorecard."""
    console.print(_head(card))
    console.print(_scores(card, _Signs(console)))
    _section(console, "Went well", _wins(card))
    _section(console, "To try next", _advice(card))
    _section(console, "Also cost points", _also(card))
    _section(console, "Measured", _measures(card.measures))
    _section(console, "Not measured", _not_measured(card))
    _section(console, "Scored by", _rules(card))
    _section(console, f"The words: {_READINGS.get(card.recogniser, f'read by {card.recogniser}')}", _changes(card))
    _section(console, "The caller's frustration", _moods(card, _Signs(console)))


class _Signs:
    """The signs for bars; plain ones where the terminal cannot show others."""

    def __init__(self, console: Console) -> None:
        plain = console.options.ascii_only
        self.full, self.empty = ("#", ".") if plain else ("█", "░")

    def bar(self, share: float, width: int) -> str:
        """A bar of `width` signs, `share` (0 to 1) of it full."""
        full = round(share * width)
        return self.full * full + self.empty * (width - full)


def _head(card: Scorecard) -> Text:
    parts = [card.title or "Recorded call", clock(card.length_ms), _ENDINGS[card.ending]]
    return Text("\n" + ", ".join(part for part in parts if part), style="bold")


def _scores(card: Scorecard, signs: _Signs) -> Padding:
    rows = _grid(14, None, 7)
    for name in DIMENSIONS:
        value = card.scores[name]
        if value is None:
            rows.add_row(name.capitalize(), Text(f"not measured: {card.not_measured[name]}", style="dim"), "")
        else:
            rows.add_row(name.capitalize(), Text(signs.bar(value / 100, _BAR), style=_colour(value)), f"{value:.1f}")
    if card.overall is not None:
        on = "" if len(card.rests_on) == len(DIMENSIONS) else f"  (from {' and '.join(card.rests_on)})"
        bar = Text.assemble((signs.bar(card.overall / 100, _BAR), _colour(card.overall)), on)
        rows.add_row(Text("Overall", style="bold"), bar, Text(f"{card.overall:.1f}", style="bold"))
    return Padding(rows, (1, 0, 0, 2))


def _wins(card: Scorecard) -> Table | None:
    """What was done in full, as far as the help in the call let it."""
    checks = {one.id: one for one in card.checks}
    rows = _grid(8, None, 9)
    for win in card.wins[:_WINS]:
        rows.add_row(_second(win.evidence), _with_quote(win.said, win.evidence), _points(checks[win.check]))
    return rows if card.wins else None


def _advice(card: Scorecard) -> Table | None:
    rows = _grid(8, None)
    for one in card.advice:
        rows.add_row(_second(one.evidence), _with_quote(one.said, one.evidence))
        rows.add_row("", Text(f"Try: {one.instead}", style="italic"))
    return rows if card.advice else None


def _also(card: Scorecard) -> Table | None:
    """The other checks that lost points, the dearest first; the same reason is said once."""
    named = {one.check for one in card.advice} | {win.check for win in card.wins}
    lost = [one for one in card.checks if one.points < one.of and one.id not in named]
    lost.sort(key=lambda one: one.points - one.of)
    by_why: dict[str, Check] = {}
    for one in lost:
        by_why.setdefault(one.why, one)
    once = list(by_why.values())
    rows = _grid(8, None, 9)
    for one in once[:_LOSSES]:
        quote = one.evidence[0] if one.evidence else None
        rows.add_row(_second(quote), _with_quote(one.why, quote), _points(one))
    if len(once) > _LOSSES:
        rows.add_row("", Text(f"and {len(once) - _LOSSES} smaller ones", style="dim"), "")
    return rows if once else None


def _points(check: Check) -> str:
    return f"{check.points:g}/{check.of:g}"


def _measures(measures: Measures) -> Table:
    gap = measures.response_gap_ms.median
    quiet_ms = sum(end_ms - start_ms for start_ms, end_ms in measures.dead_air)
    rows = _grid(20, 17, 20, None)
    rows.add_row("Words a minute", _number(measures.words_per_minute, ".0f"), "Cut-ins", _number(measures.cut_ins))
    rows.add_row(
        "Syllables a second", _number(measures.articulation_rate, ".1f"), "Early starts", _number(measures.early_starts)
    )
    rows.add_row(
        "Answers after",
        "-" if gap is None else f"{gap / 1000:.1f} s",
        "Signs of listening",
        _number(measures.backchannels),
    )
    rows.add_row(
        "Your share of talk", _number(measures.talk_share, ".0%"), "Caller cut in", _number(measures.caller_cut_ins)
    )
    rows.add_row("Longest turn", f"{measures.longest_turn_ms / 1000:.1f} s", "Dead air", f"{quiet_ms / 1000:.1f} s")
    if steady := measures.steadiness:
        pitch = "" if steady.pitch_semitones is None else f", {steady.pitch_semitones:+.0f} semitones"
        rows.add_row("Under fire", f"{steady.loudness_db:+.0f} dB{pitch}", "", "")
    return rows


def _not_measured(card: Scorecard) -> Table | None:
    """Each reason once, with the checks it holds for."""
    by_reason: dict[str, list[str]] = {}
    for id, why in card.not_measured_checks.items():
        by_reason.setdefault(why, []).append(id.partition(".")[2].replace("_", " "))
    rows = _grid(None)
    if card.activity != SILERO:
        rows.add_row(f"all times rest on {card.activity} alone: any sound counts as a voice")
    for why, names in by_reason.items():
        rows.add_row(f"{', '.join(names)}: {why}")
    return rows if rows.rows else None


def _rules(card: Scorecard) -> Table | None:
    """The rubric, where this call's script sets something otherwise."""
    if not card.rubric.by_script:
        return None
    own = ", ".join(card.rubric.by_script)
    rows = _grid(None)
    rows.add_row(f"the {card.rubric.name} rubric, but this call's script sets {own} itself")
    return rows


def _changes(card: Scorecard) -> Table:
    """Where the second reading changed most, in order of time; no rows where there was none, or it changed nothing."""
    rows = _grid(8, None)
    most = sorted(card.changed, key=lambda one: -len(f"{one.before} {one.after}".split()))[:_CHANGES]
    for one in sorted(most, key=lambda one: one.start_ms):
        rows.add_row(clock(one.start_ms), _change(one))
    if len(card.changed) > _CHANGES:
        rows.add_row("", Text(f"and {len(card.changed) - _CHANGES} smaller changes", style="dim"))
    return rows


def _change(row: ChangeRow) -> str:
    side = "The caller: " if row.who == "caller" else ""
    if not row.before:
        return f'{side}"{row.after}" was not heard before'
    return f'{side}"{row.before}" is now "{row.after}"' if row.after else f'{side}"{row.before}" is gone'


def _moods(card: Scorecard, signs: _Signs) -> Table | None:
    rows = _grid(8, 10, 3, None)
    before = None
    for at_ms, level, because in card.frustration:
        if level != before:
            rows.add_row(clock(at_ms), signs.bar(level / 100, 10), str(level), because)
        before = level
    return rows if card.frustration else None


def clock(at_ms: Ms) -> str:
    """A moment as minutes and seconds: 83,400 ms is 1:23."""
    return f"{at_ms // 60_000}:{at_ms // 1000 % 60:02}"


def _section(console: Console, title: str, body: Table | None) -> None:
    if body is not None:
        console.print(Text(f"\n{title}", style="bold"))
        if body.rows:
            console.print(Padding(body, (0, 0, 0, 2)))


def _grid(*widths: int | None) -> Table:
    """Columns of these widths; None takes what is left. A last number column stands at the right."""
    rows = Table.grid(padding=(0, 1), expand=True)
    for index, width in enumerate(widths):
        right = index == len(widths) - 1 and width is not None
        rows.add_column(width=width, ratio=None if width else 1, justify="right" if right else "left")
    return rows


def _second(quote: Quote | None) -> str:
    return clock(quote.start_ms) if quote else ""


def _with_quote(why: str, quote: Quote | None) -> Text:
    text = Text(why[:1].upper() + why[1:])
    return text.append(f': "{quote.quote}"', style="dim") if quote and quote.quote else text


def _number(value: float | None, form: str = "d") -> str:
    return "-" if value is None else format(value, form)


def _colour(value: float) -> str:
    return "green" if value >= 75 else "yellow" if value >= 50 else "red"
