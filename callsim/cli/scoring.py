"""`callsim score`."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from callsim.cli.cards import present
from callsim.cli.cluster import run_on_cluster
from callsim.cli.commands import PATH, Side, accurate_option, callsim, json_option, model_option, rubric_option
from callsim.cli.engines import model_folder
from callsim.cli.many import How, OneCall, Result, calls_in, needs_ears, read_card
from callsim.cli.pool import Done, Failed, cores, run_all
from callsim.cli.scored import Reading, Scored, had_callers_words, score_files, score_recording, score_session
from callsim.cli.scoring_many import (
    Runner,
    print_outcomes,
    print_outcomes_as_json,
    score_many,
    tell_failures,
)
from callsim.cli.second import weights
from callsim.cli.waiting import progress_at_a_terminal
from callsim.errors import InputError
from callsim.library.folders import by_name
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.sessions.folder import ABOUT, SCORECARD, read_about
from callsim.sessions.names import sessions_dir


@callsim.command()
@click.argument("what", type=PATH, required=False)
@click.option("--trainee", type=click.Choice(["left", "right"]), help="Which channel of a recording the trainee is on.")
@click.option("--trainee-file", type=PATH, help="The trainee's side, where each side is a file of its own.")
@click.option("--caller-file", type=PATH, help="The caller's side.")
@click.option(
    "--caller-offset-ms",
    type=int,
    help="How much later than the trainee's file the caller's begins (negative: earlier).",
)
@click.option("--caller-words", is_flag=True, help="Read the caller's words too, for the transcript (twice the work).")
@accurate_option
@rubric_option
@json_option
@model_option
@click.option("--out", type=PATH, help="Of a folder: where the scorecards of recordings go (else beside them).")
@click.option("--again", is_flag=True, help="Of a folder: score what is scored already, too (--model needs it).")
@click.option(
    "--workers", type=click.IntRange(1, 1024), help="Of a folder: how many at a time (else one on each core)."
)
@click.option(
    "--cluster", metavar="ADDRESS", help="Of a folder: by the workers of this Dask scheduler, tcp://HOST:PORT."
)
@click.pass_context
def score(  # noqa: PLR0917 - click passes them by name
    context: click.Context,
    what: Path | None,
    trainee: Side | None,
    trainee_file: Path | None,
    caller_file: Path | None,
    caller_offset_ms: int | None,
    caller_words: bool,
    accurate: bool,
    rubric: Path | None,
    as_json: bool,
    model: Path | None,
    out: Path | None,
    again: bool,
    workers: int | None,
    cluster: str | None,
) -> None:
    """Score a session again, any recorded two-channel call (no script needed), or a whole folder of them.

    In a folder all are scored side by side, and what is scored already is left out. A session keeps its scorecard
    itself, a recording's is put beside it. Each worker takes up to 500 MB of memory. What cannot be scored is told at
    the end, and the command then ends with 2. As JSON it is one object a line.
    """
    what = what and by_name(what, sessions_dir(os.environ))
    rules, files = read_rubric(rubric), (trainee_file, caller_file, caller_offset_ms)
    for_many = {"--out": out, "--again": again, "--workers": workers, "--cluster": cluster}
    if what is None or not what.is_dir() or (what / ABOUT).exists():
        _leave_out("One call is scored, not a folder of calls", for_many)
        call = _one_call(what, trainee, files, rules, Reading(model, caller_words))
        present(call, accurate=accurate, as_json=as_json, keep_in=what if what and what.is_dir() else None)
        return
    for_one = dict(zip(("--trainee-file", "--caller-file", "--caller-offset-ms"), files, strict=True))
    _leave_out(f"{what} is a folder of calls", for_one)
    if model and not again:
        raise InputError("No scorecard tells which model heard it: with --model give --again too, to score all anew")
    folder = what.resolve() if cluster else what
    calls, how = calls_in(folder, trainee, out and out.resolve()), How(rules, model, caller_words, accurate)
    outcomes = score_many(calls, how, _runner(cluster, workers, how), again=again)
    if as_json:
        print_outcomes_as_json(outcomes)
    else:
        print_outcomes(outcomes, folder)
    context.exit(0 if tell_failures(outcomes) else 2)


def _runner(cluster: str | None, workers: int | None, how: How) -> Runner:
    if cluster is None:
        return partial(_run_here, workers=workers or cores(), how=how)
    if workers is not None:
        raise InputError("A cluster has as many workers as it has: leave --workers or --cluster out")
    return partial(run_on_cluster, address=cluster)


def _run_here(
    calls: Sequence[OneCall], worker: Callable[[OneCall], Result], *, workers: int, how: How
) -> Generator[Done[Result] | Failed]:
    """The models are looked for, and fetched, once and where somebody sees it."""
    if any(needs_ears(call) for call in calls):
        model_folder(how.model)
    if how.accurate and calls:
        with progress_at_a_terminal() as bar:
            weights(bar)
    return run_all(calls, worker, workers)


def _one_call(
    what: Path | None,
    trainee: Side | None,
    files: tuple[Path | None, Path | None, int | None],
    rules: Rubric,
    reading: Reading,
) -> Scored:
    trainee_file, caller_file, caller_offset_ms = files
    if caller_offset_ms is not None and not (trainee_file and caller_file):
        raise InputError(
            "--caller-offset-ms is for two files: name each side with --trainee-file and --caller-file, or leave it out"
        )
    if trainee_file and caller_file and not (what or trainee):
        return score_files(trainee_file, caller_file, caller_offset_ms or 0, rules, reading)
    if what is None or trainee_file or caller_file:
        raise InputError(
            "Name one session or recording, or both --trainee-file and --caller-file (each side a file of its own)"
        )
    if not what.is_dir():
        return score_recording(what, trainee, rules, reading)
    return _session(what, trainee, rules, reading)


def _session(folder: Path, trainee: Side | None, rules: Rubric, reading: Reading) -> Scored:
    """Of an imported one the caller's words are read where that is asked for, or where its scorecard has them."""
    if read_about(folder).mode == "imported":
        _leave_out(f"{folder} is a session, which knows its sides", {"--trainee": trainee})
    else:
        known = f"{folder} is a session, which knows its sides and the caller's words"
        _leave_out(known, {"--trainee": trainee, "--caller-words": reading.caller_words})
    caller_words = reading.caller_words or had_callers_words(read_card(folder / SCORECARD))
    return score_session(folder, rules, replace(reading, caller_words=caller_words))


def _leave_out(why: str, options: Mapping[str, object]) -> None:
    """Raises InputError where one of the options was given."""
    given = " and ".join(name for name, value in options.items() if value is not None and value is not False)
    if given:
        raise InputError(f"{why}: leave {given} out")
