"""Serves a training room: the app for other computers, with TLS here or at a proxy, and never without."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from callsim.app.desk import Desk
from callsim.app.room import Room
from callsim.app.server import Place, application
from callsim.app.serving import listening
from callsim.catalogue import script_files
from callsim.cli.console import OUT
from callsim.errors import InputError
from callsim.library.accounts import accounts
from callsim.library.shelf import library
from callsim.sessions.names import sessions_dir

_ANYWHERE = ("0.0.0.0", "::")
_TLS_PORT = 443
_ORIGIN = re.compile(r"https://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:(?P<port>\d{1,5}))?/?")
# TLS 1.2 with forward secrecy and authenticated encryption only (RFC 9325, 4.2); those of TLS 1.3 are all so. Said
# aloud, because uvicorn before 0.36 asks for those of TLS 1.0.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


@dataclass(frozen=True, slots=True)
class Plan:
    """How somebody wants a room served; `proxy` is the address of a proxy that does the TLS."""

    host: str
    port: int | None = None
    origin: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    proxy: str | None = None


def serve_room(plan: Plan) -> None:
    """Serve until Ctrl-C. Raises InputError where that would be unsafe or nobody could come in, MachineError."""
    tls = _tls(plan)
    proxy = None if plan.proxy is None else _address(plan.proxy)
    wanted = None if plan.origin is None else _origin(plan.origin)
    port = _port(plan, wanted)
    with library(os.environ) as shelf:
        if not any(account.role == "coach" for account in accounts(shelf)):
            raise InputError("There is no coach for this room yet: run `callsim account add NAME --role coach` first")
        with listening(plan.host, port) as listener:
            chosen = listener.getsockname()[1]
            room = Room(shelf, wanted or _own_origin(plan.host, chosen), proxy)
            place = Place(sessions_dir(os.environ), script_files(), "", chosen, room)
            server = uvicorn.Server(
                uvicorn.Config(
                    application(place, Desk()), log_level="critical", access_log=False, server_header=False,
                    ws="websockets-sansio", ws_max_size=4096, timeout_graceful_shutdown=2, proxy_headers=False, **tls,
                )
            )  # fmt: skip
            OUT.print(f"callsim is at {room.origin}", soft_wrap=True, markup=False)
            OUT.print("Whoever has an account signs in there. Ctrl-C ends it.")
            with suppress(KeyboardInterrupt):
                server.run([listener])


def _tls(plan: Plan) -> dict[str, Any]:
    """What the server is told of certificate and key, which have been tried; nothing where a proxy does it."""
    if plan.proxy is not None:
        if plan.certificate or plan.key:
            raise InputError("Either a proxy does the TLS or this app: give --behind-proxy, or --certificate and --key")
        if plan.origin is None:
            raise InputError("Say where the proxy is reached: --origin https://NAME")
        return {}
    if plan.certificate is None or plan.key is None:
        raise InputError(
            "Passwords and voices do not travel without TLS: give --certificate FILE and --key FILE, or say "
            "--behind-proxy ADDRESS of a proxy that does it"
        )
    _try(plan.certificate, plan.key)
    return {"ssl_certfile": plan.certificate, "ssl_keyfile": plan.key, "ssl_ciphers": _CIPHERS}


def _try(certificate: Path, key: Path) -> None:
    for path in (certificate, key):
        try:
            path.open("rb").close()
        except OSError as wrong:
            raise InputError(f"{path} cannot be read ({wrong.strerror or wrong}): give a PEM file") from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password)
    except ssl.SSLError as wrong:
        if wrong.reason == "KEY_VALUES_MISMATCH":
            raise InputError(f"The key {key} does not belong to the certificate {certificate}: give its own") from None
        raise InputError(f"{certificate} and {key} are no certificate and key in PEM: give such files") from None


def _no_password() -> str:
    raise InputError("The key has a password, which nobody can type here: give one without, readable by you alone")


def _address(proxy: str) -> str:
    try:
        return str(ipaddress.ip_address(proxy))
    except ValueError:
        raise InputError(f"{proxy!r} is no IP address: give the one that the proxy comes from") from None


def _origin(given: str) -> str:
    match = _ORIGIN.fullmatch(given.lower())
    if match is None or int(match["port"] or _TLS_PORT) not in range(1, 65_536):
        raise InputError(f"{given!r} is not where a room can be: write https://NAME, or https://NAME:PORT")
    port = int(match["port"] or _TLS_PORT)
    return f"https://{match['host']}" + ("" if port == _TLS_PORT else f":{port}")


def _port(plan: Plan, origin: str | None) -> int:
    """The one that is asked for; else with a proxy a free one makes no sense, and without it that of the origin."""
    if plan.port is not None:
        return plan.port
    if plan.proxy is not None:
        raise InputError("Say which port the proxy comes to: --port NUMBER")
    match = _ORIGIN.fullmatch(origin or "")
    return int(match["port"] or _TLS_PORT) if match else 0


def _own_origin(host: str, port: int) -> str:
    if host in _ANYWHERE:
        raise InputError(f"{host} is no name that a browser can go to: say --origin https://NAME of this computer")
    name = f"[{host}]" if ":" in host else host
    return _origin(f"https://{name}:{port}")
