"""A training room without a socket: a coach, two trainees, a call of each; what the tests of it share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from shelved import put
from sqlalchemy import insert
from starlette.testclient import TestClient

from callsim.app.desk import Desk
from callsim.app.room import COOKIE, Room
from callsim.app.server import Place, application
from callsim.app.throttle import Throttle
from callsim.catalogue import script_files
from callsim.library.accounts import accounts, sign_in
from callsim.library.models import AccountRow
from callsim.library.passwords import hashed
from callsim.library.reading import folded
from callsim.library.shelf import Library, library
from callsim.scoring.scorecard import TranscriptRow

ORIGIN = "https://room.example"
LIVE = "wss://room.example/live"
PASSWORDS = {"Anna": "four calm words here", "Ben": "a password of Ben's", "Cleo": "a password of Cleo's"}
ROLES = {"Anna": "coach", "Ben": "trainee", "Cleo": "trainee"}
# What was said in whose call: seen by somebody else it is a leak.
SAID = {"Ben": "zeppelin", "Cleo": "marmalade"}
CUSTOMERS = {"Ben": "complaint of mister bramble", "Cleo": "complaint of missis clover"}
SESSIONS = {"Ben": "call-of-ben", "Cleo": "call-of-cleo"}


@dataclass
class Clock:
    """Goes when it is told to."""

    ms: int = 1_767_225_600_000

    def __call__(self) -> int:
        """Now."""
        return self.ms


@dataclass
class Training:
    """The app, the library behind it, the clock in it."""

    shelf: Library
    clock: Clock
    room: Room
    place: Place
    desk: Desk = field(default_factory=Desk)
    app: object = None

    def __post_init__(self) -> None:
        self.app = application(self.place, self.desk)

    def browser(self, address: str = "192.0.2.7") -> TestClient:
        """One that nobody has signed in with, at an address."""
        client = TestClient(self.app, ORIGIN, follow_redirects=False, client=(address, 50_000))
        client.headers["origin"] = ORIGIN
        return client

    def signed_in(self, name: str, address: str = "192.0.2.7") -> TestClient:
        """Somebody's browser."""
        client = self.browser(address)
        account = next(one for one in accounts(self.shelf) if one.name == name)
        client.cookies.set(COOKIE, sign_in(self.shelf, account, self.clock.ms), domain="room.example", path="/")
        return client


def come_in(client: TestClient, name: str, password: str, **more: str):
    """What the form sends."""
    return client.post("/sign-in", data={"name": name, "password": password, **more})


@cache
def _rows() -> list[dict[str, str]]:
    """The accounts; hashing a password takes a while, so that it is done once."""
    made = "2026-01-01T00:00:00+00:00"
    return [
        {"key": folded(name), "name": name, "role": ROLES[name], "password": hashed(password), "made": made}
        for name, password in PASSWORDS.items()
    ]


def put_calls(sessions: Path) -> None:
    """A scored call of each trainee, of the same script, and a recording that is called after its customer."""
    put(sessions, "only-cleo-took-it", about={"trainee": "Cleo", "script": "broadband"})
    for name, said in SAID.items():
        customer = {"trainee": name, "script": CUSTOMERS[name], "mode": "imported"}
        put(sessions, f"recording-of-{name.lower()}", about=customer, title=CUSTOMERS[name])
        row = TranscriptRow(who="caller", start_ms=100, end_ms=900, text=f"oh the {said} again", words=())
        about = {"trainee": name, "script": "parcel"}
        put(sessions, SESSIONS[name], about=about, title=f"Title of {name}", transcript=(row,))


@contextmanager
def training(home: Path, *, proxy: str | None = None, url: str | None = None) -> Iterator[Training]:
    """A room with its people and their calls."""
    environment = {"CALLSIM_HOME": str(home), **({"CALLSIM_LIBRARY": url} if url else {})}
    put_calls(home / "sessions")
    with library(environment) as shelf:
        with shelf.writing() as connection:
            connection.execute(insert(AccountRow), _rows())
        clock = Clock()
        room = Room(shelf, ORIGIN, proxy, clock, Throttle(lambda: clock.ms / 1000))
        yield Training(shelf, clock, room, Place(home / "sessions", script_files(), "", 0, room))
