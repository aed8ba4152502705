"""`callsim acts`: what words do."""

from __future__ import annotations

import io
import json
import sys

import click

from callsim.acts import acts_of
from callsim.cli.commands import callsim


@callsim.command()
@click.option("--name", help='The caller\'s name, as in --name "Dana Whitfield".')
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (always so; kept for clarity).")
def acts(name: str | None, as_json: bool) -> None:  # noqa: ARG001 - the contract names the option; JSON is all there is
    """Say what utterances do: one a line on standard input, one JSON object a line on standard output."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    for line in sys.stdin:
        text = line.rstrip("\r\n")
        found = [{"act": act.act, "quote": act.quote} for act in acts_of(text, name=name)]
        sys.stdout.write(json.dumps({"text": text, "acts": found}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
