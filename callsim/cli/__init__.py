"""The command line: every command; with app/, the only place that picks real devices."""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path

import click

from callsim.cli.console import complain
from callsim.errors import CallsimError, OurBug

INTERRUPTED = 130

# Read when numpy is loaded, which is later. Its products are small here: a second thread gains nothing, and waits
# spinning for a core that the recogniser needs (an utterance's acts took 100 times as long on a busy machine).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process: 0 well, 2 bad input or machine, 70 our bug, 130 Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:  # noqa: PLR0911 - one return for each way to end
    """Run one command; returns the exit code. Every mistake comes out as one sentence on standard error."""
    try:
        # Imported late, so that Ctrl-C while everything loads is answered as at any other time.
        from callsim.cli.commands import callsim  # noqa: PLC0415

        # Not click's own `main`, which prints a line of its own at Ctrl-C.
        with callsim.make_context("callsim", sys.argv[1:] if arguments is None else list(arguments)) as context:
            callsim.invoke(context)
        return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, click.Abort):
        complain("Stopped; anything recorded until now is kept")
        return INTERRUPTED
    except click.ClickException as wrong:
        complain(f"{wrong.format_message().rstrip('.')}; `callsim --help` lists what there is")
        return 2
    except CallsimError as wrong:
        complain(str(wrong))
        return wrong.exit_code
    except BrokenPipeError:
        return 0
    except Exception as bug:
        complain(as_our_bug(bug))
        return OurBug.exit_code


def as_our_bug(bug: Exception) -> str:
    """What went wrong and where, without the message: it might hold what was said in a call."""
    at = traceback.extract_tb(bug.__traceback__)[-1]
    return f"callsim has a bug: {type(bug).__name__} at {Path(at.filename).name}:{at.lineno}; please report it"
