"""`callsim trends`: one trainee over time, or all of them in a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from callsim.catalogue import script_files
from callsim.cli.commands import DAY, callsim
from callsim.cli.console import OUT
from callsim.cli.shelving import current_library, need_the_library, plain, times
from callsim.cli.tables import print_table
from callsim.report.figures import team_figures, trend_figures
from callsim.report.names import DIMENSION_NAMES
from callsim.report.progress import (
    GROUPINGS,
    POINTS_ARE,
    SCORE_NAMES,
    SURE,
    basis_says,
    chance_says,
    change_says,
    day_name,
    moved_says,
    next_says,
    none_moved,
    period_name,
    same_scripts_say,
    spread_cell,
    starts_say,
    team_says,
)
from callsim.script import Script, read_script

if TYPE_CHECKING:
    from callsim.library.trends import Sought, TeamRow, Trend
    from callsim.scoring.practice import Moved
    from callsim.scoring.progress import Grouping, Period

_TEAM = ("trainee", "calls", "now", "since their start", "last call", "best", "weakest", "reviewed", "to do")
_MOVED = 8


@callsim.command()
@click.argument("trainee", required=False)
@click.option("--script", help="Only calls on this call script.")
@click.option("--from", "since", type=DAY, metavar="DAY", help="From this day on, as in 2026-01-31.")
@click.option("--to", "until", type=DAY, metavar="DAY", help="Up to this day, which counts.")
@click.option("--by", type=click.Choice(["week", "month", "calls"]), help="What makes a point (else what suits).")
@click.option("--coach", is_flag=True, help="Coaches' points where they overruled the machine, instead of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON and nothing else.")
def trends(  # noqa: PLR0917 - click passes them by name
    trainee: str | None,
    script: str | None,
    since: datetime | None,
    until: datetime | None,
    by: Grouping | None,
    coach: bool,
    as_json: bool,
) -> None:
    """Show how TRAINEE's scores move and what to practise next; without a name, all trainees in a table."""
    need_the_library()
    from callsim.library.trends import Sought, team, trend  # noqa: PLC0415 - see `opened_library`

    first, last = (day.date() if day else None for day in (since, until))
    sought = Sought(script, first, last, "coach" if coach else "machine")
    with current_library() as shelf:
        if trainee is None:
            rows = team(shelf, sought)
            _print_json(team_figures(rows)) if as_json else _show_team(rows, sought)
        else:
            found = trend(shelf, trainee, sought, shipped_scripts(), by)
            _print_json(trend_figures(found)) if as_json else _show(found)


def shipped_scripts() -> Mapping[str, Script]:
    """The scripts there are to practise, by name."""
    return {name: read_script(path) for name, path in script_files().items()}


def _print_json(told: object) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def _show_team(rows: Sequence[TeamRow], sought: Sought) -> None:
    if not rows:
        OUT.print("No trainee has a scored call yet", soft_wrap=True)
        return
    print_table([_TEAM, *(tuple(_team_cells(row)) for row in rows)], {1, 2, 7, 8})
    OUT.print(f"\n{team_says(sought)}", soft_wrap=True, markup=False)


def _team_cells(row: TeamRow) -> Iterator[str]:
    yield plain(row.trainee)
    yield str(row.calls)
    yield f"{row.now.mean:.1f}" if row.now else "-"
    yield change_says(row.change)
    yield day_name(row.last) if row.last else "-"
    yield DIMENSION_NAMES[row.best] if row.best else "-"
    yield DIMENSION_NAMES[row.worst] if row.worst else "-"
    yield str(row.reviewed)
    yield str(row.follow_ups)


def _show(trend: Trend) -> None:
    if not trend.calls:
        OUT.print(f"{plain(trend.trainee)} has no scored call like that yet", soft_wrap=True, markup=False)
        return
    for line in (f"{plain(trend.trainee)}: {times(len(trend.calls), 'call')}", *basis_says(trend)):
        OUT.print(line, soft_wrap=True, markup=False)
    OUT.print()
    head = (GROUPINGS[trend.grouping], "calls", *SCORE_NAMES.values())
    print_table([head, *map(partial(_period_cells, trend.grouping), trend.periods)], {1})
    OUT.print(f"\n{POINTS_ARE}", soft_wrap=True)
    for title, lines in _sections(trend):
        OUT.print(f"\n[bold]{title}[/]")
        for line in lines:
            OUT.print(f"  {line}", soft_wrap=True, markup=False)


def _period_cells(by: Grouping, period: Period) -> tuple[str, ...]:
    calls = len(period.sessions)
    found = (spread_cell(period.scores.get(score), calls) for score in SCORE_NAMES)
    return period_name(period, by), str(calls), *found


def _sections(trend: Trend) -> Iterator[tuple[str, Sequence[str]]]:
    yield "Against their own start", starts_say(trend.scores)
    yield "On the same call scripts", same_scripts_say(trend.scores)
    yield "What improved", _moved(trend.moves.better) or [none_moved(trend.moves.tested)]
    yield "What fell", _moved(trend.moves.worse) or [none_moved(trend.moves.tested)]
    yield "How sure that is", [chance_says(trend.moves.tested, trend.moves.by_chance), SURE]
    yield "What to practise next", [*map(next_says, trend.practise)] or ["Nothing was lost in the latest calls."]


def _moved(moved: Sequence[Moved]) -> list[str]:
    more = len(moved) - _MOVED
    rest = [f"and {times(more, 'more check')} (--json shows all)"] if more > 0 else []
    return [*map(moved_says, moved[:_MOVED]), *rest]
