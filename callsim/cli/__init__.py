"""The command line: every command; with app/, the only place that picks real devices."""

from __future__ import annotations

import sys

import click

from callsim.cli.commands import callsim
from callsim.cli.console import complain
from callsim.errors import CallsimError

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process: 0 well, 2 bad input or machine, 70 our bug, 130 Ctrl-C."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code. Every mistake comes out as one sentence on standard error."""
    try:
        # Not click's own `main`, which prints a line of its own at Ctrl-C.
        with callsim.make_context("callsim", sys.argv[1:] if arguments is None else list(arguments)) as context:
            callsim.invoke(context)
        return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, click.Abort):
        complain("Stopped; what was recorded until now is kept")
        return INTERRUPTED
    except click.ClickException as wrong:
        complain(f"{wrong.format_message().rstrip('.')}; `callsim --help` lists what there is")
        return 2
    except CallsimError as wrong:
        complain(str(wrong))
        return wrong.exit_code
    except BrokenPipeError:
        return 0
