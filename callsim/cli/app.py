"""`callsim app`, which is also what `callsim` alone does."""

from __future__ import annotations

from pathlib import Path

import click

from callsim.cli.commands import callsim
from callsim.errors import InputError

_FILE = click.Path(path_type=Path)


@callsim.command()
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to serve on (else a free one).")
@click.option("--no-browser", is_flag=True, help="Only print the address, and open no browser.")
@click.option("--host", metavar="ADDRESS", help="A training room: serve other computers too, at this address.")
@click.option("--certificate", type=_FILE, metavar="FILE", help="The room's TLS certificate with its chain, in PEM …")
@click.option("--key", type=_FILE, metavar="FILE", help="… and the key of it.")
@click.option(
    "--behind-proxy",
    metavar="ADDRESS",
    help="Instead: where a proxy comes from that does TLS, and that must set X-Forwarded-For itself (see below).",
)
@click.option("--origin", metavar="URL", help="Where browsers find the room, as in https://callsim.example.org.")
def app(  # noqa: PLR0917 - click passes them by name
    port: int | None, no_browser: bool, host: str | None, certificate: Path | None, key: Path | None,
    behind_proxy: str | None, origin: str | None,
) -> None:  # fmt: skip
    """Open callsim in the browser, where calls are taken and heard again. It is served to this machine alone.

    With --host it is a training room: whoever has an account (`callsim account add`) signs in there from another
    computer, coaches hear everybody's calls, trainees their own. Calls are still taken here, where the headset is.

    A proxy before it leaves the Host as it is and must itself set X-Forwarded-For to the IP address of who asks,
    whatever they have written there; whoever comes past it is refused.
    """
    if host is None:
        if certificate or key or behind_proxy or origin:
            raise InputError("Certificates, proxies and origins are for a training room: say --host ADDRESS too")
        # A web server is more than any other command needs.
        from callsim.app.serving import serve  # noqa: PLC0415

        serve(port or 0, open_browser=not no_browser)
        return
    from callsim.cli.accounts import need_passwords  # noqa: PLC0415 - its commands are its own

    need_passwords()
    from callsim.app.roomserving import Plan, serve_room  # noqa: PLC0415

    serve_room(Plan(host, port, origin, certificate, key, behind_proxy))
