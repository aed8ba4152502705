"""`callsim app`, which is also what `callsim` alone does."""

from __future__ import annotations

import click

from callsim.cli.commands import callsim


@callsim.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="The port to serve on (else a free one).")
@click.option("--no-browser", is_flag=True, help="Only print the address, and open no browser.")
def app(port: int, no_browser: bool) -> None:
    """Open callsim in the browser, where calls are taken and heard again. It is served to this machine alone."""
    # A web server is more than any other command needs.
    from callsim.app.serving import serve  # noqa: PLC0415

    serve(port, open_browser=not no_browser)
