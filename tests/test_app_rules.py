"""Every address of the app, as nobody, as a trainee, as another trainee, as a coach: a new one needs a rule."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from shelved import QUIET
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect
from training import CUSTOMERS, LIVE, ORIGIN, SAID, SESSIONS, training

from callsim.app.rules import RULES, Rule, about_of, keys_of
from callsim.library.review import Reviews

# What stands for the parts of an address; `{}` is a trainee's.
OF = {
    "script": "parcel",
    "name": "{session}",
    "id": "{clip}",
    "trainee": "{trainee}",
    "what": "score/{session}",
    "file": "sessions.csv",
    "rubric": "softer",
}
# These lead on.
LEADS = {"/sign-in": ("trainee", "coach"), "/trends": ("trainee",)}
REFUSED = (303, 401, 403)


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A coach, two trainees, a call of each with what a coach said of it."""
    with training(tmp_path_factory.mktemp("room")) as made:
        made.shelf.refresh(QUIET)
        made.signed_in("Anna").post("/rubric", data={"name": OF["rubric"], "of": "standard"})
        yield made


@pytest.fixture(scope="module")
def clips(room):
    """A clip of each call, by trainee."""
    now = datetime.now().astimezone()
    return {
        trainee: Reviews(room.shelf).clip(name, 0, 1000, f"clip of {trainee}", by="Anna", now=now).id
        for trainee, name in SESSIONS.items()
    }


def routes(room):
    """All addresses: of the app itself, not of a list."""
    return room.app.app.routes


def addresses(room, method):
    """Those of a method, as `RULES` has them."""
    keys = {key for route in routes(room) for key in keys_of(route).values()}
    return sorted(key.split(" ", 1)[1] for key in keys if key.startswith(f"{method} "))


def filled(address, trainee, clips):
    """An address of something that is a trainee's."""
    parts = re.sub(r"{(\w+)(:\w+)?}", lambda match: OF[match[1]], address)
    return parts.format(session=SESSIONS[trainee], clip=clips[trainee], trainee=trainee)


def rule(method, address):
    """What is said of it."""
    return RULES[f"{method} {address}"]


def leaks(answer, trainee):
    """Whether something of a trainee is in an answer: words, session, customer, name."""
    hidden = (SAID[trainee], SESSIONS[trainee], CUSTOMERS[trainee], f"Title of {trainee}", trainee)
    return [word for word in hidden if re.search(rf"\b{word}\b", answer.text)]


def test_every_address_has_a_rule_and_every_rule_an_address(room):
    """Whoever adds an address says who may see what is there, in callsim/app/rules.py."""
    there = {key for route in routes(room) for key in keys_of(route).values()}
    assert all(isinstance(route, Route | WebSocketRoute | Mount) for route in routes(room))
    assert there == set(RULES)


def test_an_address_without_a_rule_is_refused(room, monkeypatch):
    """To coaches too."""
    monkeypatch.delitem(RULES, "GET /sessions")
    with training(room.place.sessions.parent.parent / "other") as made:
        assert made.signed_in("Anna").get("/sessions").status_code == 403


def test_nobody_sees_anything(room, clips):
    """But the page to sign in and the looks."""
    client = room.browser()
    for method in ("GET", "POST"):
        for address in addresses(room, method):
            answer = client.request(
                method, filled(address, "Ben", clips), data={"text": "x"} if method == "POST" else None
            )
            assert leaks(answer, "Ben") == []
            if rule(method, address).who != "everybody":
                assert answer.status_code in REFUSED, address
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(f"{LIVE}/score/x", headers={"origin": ORIGIN}):
        pass


def test_another_trainee_sees_nothing_of_it(room, clips):
    """Neither the pages of another's call, as if there were none, nor a trace of it on pages for all."""
    client = room.signed_in("Cleo")
    for address in addresses(room, "GET"):
        answer = client.get(filled(address, "Ben", clips))
        assert leaks(answer, "Ben") == [], address
        if rule("GET", address).who in ("own session", "own trainee"):
            assert answer.status_code == 404, address
        if rule("GET", address).who in ("coach", "nobody"):
            assert answer.status_code == 403, address


def test_anothers_call_is_answered_like_none(room):
    """To the letter, so that nobody learns which calls there are."""
    client = room.signed_in("Cleo")
    for path in ("", "/replay.json", "/sound.wav", "/report.html", "/clips/x.opus"):
        theirs, none = client.get(f"/sessions/{SESSIONS['Ben']}{path}"), client.get(f"/sessions/no-such{path}")
        assert (theirs.status_code, theirs.text) == (none.status_code, none.text)


def test_no_query_widens_what_a_trainee_sees(room):
    """Neither another's name in the search nor words that another said."""
    client = room.signed_in("Cleo")
    for query in (
        "trainee=Ben",
        "sort=trainee",
        "trainee=",
        "limit=1000",
    ):
        for page in ("/sessions", "/", "/trends"):
            assert leaks(client.get(f"{page}?{query}"), "Ben") == [], query
    assert SESSIONS["Ben"] not in client.get(f"/sessions?said={SAID['Ben']}").text
    assert SESSIONS["Cleo"] in client.get(f"/sessions?said={SAID['Cleo']}").text


def test_results_are_ones_own(room):
    """What another came to is nobody's "best" on the pages of the calls."""
    for name, shown in (("Ben", False), ("Cleo", True), ("Anna", False)):
        assert ("best" in room.signed_in(name).get("/calls/broadband").text) == shown
    calls = [room.signed_in(name).get("/").text.count("not taken yet") for name in ("Ben", "Cleo")]
    assert calls[0] == calls[1] + 1
    assert "Your next call" not in room.signed_in("Anna").get("/").text


def test_a_trainee_sees_their_own(room, clips):
    """Every page of it."""
    client = room.signed_in("Ben")
    for address in addresses(room, "GET"):
        answer = client.get(filled(address, "Ben", clips))
        expected = {"coach": 403, "nobody": 403}.get(rule("GET", address).who, 200)
        assert answer.status_code == (303 if "trainee" in LEADS.get(address, ()) else expected), address
        assert leaks(answer, "Cleo") == [], address
    assert SAID["Ben"] in client.get(f"/sessions/{SESSIONS['Ben']}/replay.json").text


def test_a_coach_sees_everybodys(room, clips):
    """Only calls are taken elsewhere."""
    client = room.signed_in("Anna")
    for trainee in SAID:
        for address in addresses(room, "GET"):
            answer = client.get(filled(address, trainee, clips))
            expected = 403 if rule("GET", address).who == "nobody" else 200
            assert answer.status_code == (303 if "coach" in LEADS.get(address, ()) else expected), address
        assert SAID[trainee] in client.get(f"/sessions/{SESSIONS[trainee]}/replay.json").text
    both = client.get("/sessions").text
    assert SESSIONS["Ben"] in both
    assert SESSIONS["Cleo"] in both


def test_a_trainee_changes_nothing_of_a_call(room, clips):
    """Not of their own: that is the coach's."""
    client = room.signed_in("Ben")
    for address in addresses(room, "POST"):
        if rule("POST", address).who in ("coach", "nobody"):
            for trainee in SAID:
                answer = client.post(filled(address, trainee, clips), data={"text": "x"})
                assert answer.status_code == 403, address


def test_calls_are_taken_elsewhere(room):
    """The headset is at the computer that serves: each address that needs it says so, no page offers it."""
    for name in ("Anna", "Ben"):
        client = room.signed_in(name)
        for method, path in (("GET", "/call"), ("GET", "/headset"), ("POST", "/headset"), ("POST", "/calls/parcel")):
            answer = client.request(method, path, data={} if method == "POST" else None)
            assert answer.status_code == 403
            assert "at the computer with the headset" in answer.text
        home, briefing = client.get("/").text, client.get("/calls/parcel").text
        assert "at the computer with the headset" in home
        assert "at the computer with the headset" in briefing
        assert "Start the call" not in briefing
        assert "/headset" not in home + briefing
    assert room.desk.headset is None


def test_takes_are_ones_own(room):
    """Other takes of the same script are there only where they are the same trainee's."""
    for name, other in (("Ben", "Cleo"), ("Anna", "Cleo")):
        takes = room.signed_in(name).get(f"/sessions/{SESSIONS['Ben']}/replay.json").json()["takes"]
        assert [take["folder"] for take in takes] == [SESSIONS["Ben"]]
        assert SESSIONS[other] not in str(takes)


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "\0", "x" * 5000, "/etc", "nothing"])
def test_what_is_no_session_is_nobodys(room, name):
    """And nothing outside the folder is looked at."""
    assert about_of(room.place.sessions, name) is None


def test_a_link_is_no_session(room):
    """It may lead to somebody else's."""
    link = room.place.sessions / "link"
    link.symlink_to(room.place.sessions / SESSIONS["Ben"])
    try:
        assert about_of(room.place.sessions, "link") is None
        assert room.signed_in("Ben").get("/sessions/link").status_code == 404
    finally:
        link.unlink()


def test_what_is_read_is_said_in_the_rule():
    """Whatever sends a session's sound or words is noted; what sends none is not."""
    silent = {key for key, one in RULES.items() if one.who == "own session" and one.reads is None}
    assert silent == set()
    assert Rule("signed in").reads is None
