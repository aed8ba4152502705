"""The app as a coach or a trainee sees it: what the tests of its pages of a coach's room share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from app_client import ORIGIN, TOKEN, client, place
from made_session import ABOUT
from replayed import session_of
from scenes import good_call, rude_call
from starlette.testclient import TestClient

from callsim.app.visitor import Visitor
from callsim.sessions.folder import SCORECARD

CALLS = {"good": (good_call(), "Ana", "parcel"), "rude": (rude_call(), "Ben", "hotel")}
ROSA = Visitor("Rosa", "coach")


def make_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a good call of Ana's and a rude one of Ben's."""
    monkeypatch.setenv("CALLSIM_HOME", str(home))
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    for day, (name, (call, trainee, script)) in enumerate(CALLS.items(), 1):
        moment = f"2026-06-0{day}T09:00:00+00:00"
        what = {"trainee": trainee, "script": script, "started": moment, "mode": "practice"}
        about = ABOUT.model_copy(update=what)
        session, card = session_of(call, home / "sessions" / name, about)
        (session.folder / SCORECARD).write_text(card.to_json())
    return home


@contextmanager
def seen_as(home: Path, who: Visitor | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The app as somebody in a training room sees it; None: whoever sits at this machine."""
    with monkeypatch.context() as patch:
        if who is not None:
            for module in ("pages", "replays", "reviewing", "server"):
                patch.setattr(f"callsim.app.{module}.visitor", lambda _: who)
        with client(place(home)) as made:
            made.get("/", params={"token": TOKEN})
            made.headers["origin"] = ORIGIN
            yield made


def send(app: TestClient, what: str, name: str = "good", **fields: str) -> None:
    """Send a form; it leads back to the session."""
    answer = app.post(f"/sessions/{name}/{what}", data=fields)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/sessions/{name}")


def say_everything(app: TestClient) -> None:
    """One of each, by the forms."""
    send(app, "notes", on="moment", at_ms="1234", text="Here you were <b>fast</b>.")
    send(app, "notes", on="phrasing.empathy", text="Warm.")
    send(app, "overrules", check="phrasing.empathy", points="3,5", reason="It came late.")
    send(app, "clips", start_ms="100", end_ms="900", title="How to")
    due = datetime.now().astimezone().date() + timedelta(days=3)
    send(app, "follow-ups", script="parcel", due=due.isoformat(), text="once more")
    send(app, "reviewed")


def listed(page: str) -> list[str]:
    """The sessions of a list, in order."""
    return re.findall(r'href="/sessions/([a-z0-9-]+)(?:#t=\d+)?">\n<span class="what">', page)
