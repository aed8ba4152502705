"""xAPI statements held against the rules of the specification, each with its section (xAPI 1.0.3, part two)."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from practised import FIRST, earning, learning, practise
from shelved import QUIET, card

from callsim.errors import InputError
from callsim.library.exported import belongs, exported, ready_for
from callsim.library.exports import Chosen, columns, records
from callsim.library.review import Reviews
from callsim.library.shelf import library
from callsim.library.statements import home_page, statements
from callsim.sessions.folder import TakeOf

HOME = "https://training.example.org"
ALLOWED = {"id", "actor", "verb", "object", "result", "context", "timestamp"}


@pytest.fixture
def shelf(tmp_path):
    """A library in a file."""
    with library({"CALLSIM_HOME": str(tmp_path)}) as shelf:
        yield shelf


def told(shelf, pass_at=None):
    """The statements of the whole library."""
    shelf.refresh(QUIET)
    return list(statements(records(shelf, Chosen()), HOME, pass_at))


def is_iri(text):
    """2.2, 3.1: an absolute IRI, with its scheme."""
    return bool(urlsplit(text).scheme) and not re.search(r"[\s<>\"{}|\\^`]", text)


def nulls(value):
    """2.2: nothing may be null outside extensions; ours are null nowhere."""
    if isinstance(value, dict):
        return [found for one in value.values() for found in nulls(one)]
    return [value] if value is None else []


def hold_against_the_specification(statement):
    """Every rule that a statement of this kind can break."""
    json.dumps(statement, allow_nan=False)
    assert statement.keys() <= ALLOWED  # 2.4: no others; stored and authority are the store's, 2.4.10: no version
    assert {"actor", "verb", "object"} <= statement.keys()
    assert nulls(statement) == []
    assert str(UUID(statement["id"])) == statement["id"]  # 2.4.1: in standard string form
    hold_actor(statement["actor"])
    hold_verb_and_object(statement["verb"], statement["object"])
    hold_result(statement["result"])
    context = statement["context"]
    assert context.keys() <= {"platform", "language", "extensions"}  # 2.4.6
    assert re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", context["language"])  # RFC 5646
    assert all(is_iri(key) for part in (statement["result"], context) for key in part["extensions"])  # 4.1
    moment = statement["timestamp"]  # 4.5: ISO 8601, never -00:00
    assert datetime.fromisoformat(moment).tzinfo is not None
    assert not moment.endswith("-00:00")


def hold_actor(actor):
    """2.4.2.1, 2.4.2.3: an agent with just one inverse functional identifier; 2.4.2.4: an account has two parts."""
    assert actor["objectType"] == "Agent"
    assert len(actor.keys() & {"mbox", "mbox_sha1sum", "openid", "account"}) == 1
    assert actor["account"].keys() == {"homePage", "name"}
    assert is_iri(actor["account"]["homePage"])
    assert actor["account"]["name"]


def hold_verb_and_object(verb, activity):
    """2.4.3: an IRI and a language map; 2.4.4.1: an activity."""
    assert is_iri(verb["id"])
    assert list(verb["display"]) == ["en-US"]
    assert activity["objectType"] == "Activity"
    assert is_iri(activity["id"])
    assert activity["definition"].keys() == {"type", "name"}
    assert is_iri(activity["definition"]["type"])


def hold_result(result):
    """2.4.5: kinds of its parts; 2.4.5.1: scaled from -1 to 1, raw from min to max; 4.6: an ISO 8601 duration."""
    assert result.keys() <= {"score", "success", "completion", "duration", "extensions"}
    score = result["score"]
    assert -1 <= score["scaled"] <= 1
    assert score["min"] <= score["raw"] <= score["max"]
    assert score["scaled"] == pytest.approx(score["raw"] / 100, abs=1e-6)
    assert isinstance(result["completion"], bool)
    assert isinstance(result.get("success", True), bool)
    assert re.fullmatch(r"PT\d+\.\d\d?S", result.get("duration", "PT0.0S"))


NAMES = st.text(min_size=1, max_size=20).map(lambda name: name.encode(errors="replace").decode())


@given(
    NAMES,
    NAMES,
    st.sampled_from(["practice", "imported"]),
    st.sampled_from([None, "cool", "abandoned"]),
    st.floats(0, 100),
)
def test_whatever_a_session_is_called_it_holds(trainee, script, mode, ending, overall):
    """Names and scripts come from files that may be anybody's."""
    record = {
        "session": "a", "started": FIRST, "trainee": trainee, "script": script, "title": "A call", "mode": mode,
        "part_taken_again": False, "ending": ending, "length_s": 61.5, "overall": overall, "pacing": 50.0,
        "interruptions": None, "phrasing": 20.5, "rubric_fingerprint": None, "recogniser": None,
    }  # fmt: skip
    (statement,) = statements([record], HOME, 60)
    hold_against_the_specification(statement)


def test_a_call_is_a_statement(shelf):
    """Who completed what, how well, for how long, until when; the three scores beside the overall one."""
    made = learning(1, 0.5, 0.5)[0]
    practise(shelf.sessions, "Ana Kovač", [made])
    (statement,) = told(shelf)
    hold_against_the_specification(statement)
    assert statement["actor"]["account"] == {"homePage": HOME, "name": "Ana Kovač"}
    assert statement["verb"]["id"].endswith("/completed")
    assert statement["object"]["id"] == f"{HOME}/callsim/scripts/parcel"
    assert statement["result"]["score"]["raw"] == made.overall
    assert statement["result"]["duration"] == f"PT{made.length_ms / 1000:.2f}S"
    assert "success" not in statement["result"]
    assert statement["result"]["extensions"][f"{HOME}/callsim/scores/pacing"] == made.scores["pacing"]
    assert datetime.fromisoformat(statement["timestamp"]) == FIRST + timedelta(milliseconds=made.length_ms)


def test_a_pass_mark_says_success(shelf):
    """At the mark itself too."""
    practise(shelf.sessions, "Ana", [earning({})])
    assert [told(shelf, mark)[0]["result"]["success"] for mark in (100.0, 60.0)] == [True, True]
    practise(shelf.sessions, "Ben", [earning({}, 0.5)])
    assert [one["result"]["success"] for one in told(shelf, 60.0)] == [True, False]


def test_a_call_that_broke_off_was_attempted(shelf):
    """And not completed; a recorded one has no ending and is whole."""
    practise(shelf.sessions, "Ana", [card().model_copy(update={"ending": "abandoned"})])
    practise(shelf.sessions, "Ben", [card().model_copy(update={"ending": None})], mode="imported", scripts=["/a/b.wav"])
    ana, ben = told(shelf)
    assert (ana["verb"]["display"]["en-US"], ana["result"]["completion"]) == ("attempted", False)
    assert (ben["verb"]["display"]["en-US"], ben["result"]["completion"]) == ("completed", True)
    assert ben["object"]["id"] == f"{HOME}/callsim/recorded-call"


def test_no_path_of_a_machine_is_told(shelf):
    """Of somebody's own script only its name, and signs that tell two of one name apart."""
    practise(shelf.sessions, "Ana", learning(2, 0.5, 0.5), scripts=["/private/mine.toml", "C:\\private\\mine.toml"])
    first, second = told(shelf)
    assert "private" not in json.dumps([first["object"], second["object"]])
    assert first["object"]["id"].startswith(f"{HOME}/callsim/scripts/own/mine-")
    assert first["object"]["id"] != second["object"]["id"]


def test_sent_twice_is_once(shelf):
    """The same session has the same id wherever it is exported; scored anew it is another statement."""
    practise(shelf.sessions, "Ana", learning(2, 0.5, 0.5))
    before = told(shelf)
    assert told(shelf) == before
    assert len({one["id"] for one in before}) == 2
    Reviews(shelf).overrule("00000-parcel", "phrasing.recap", 0.5, "A little.", by="Kim", now=FIRST)
    after = told(shelf)
    assert after[1] == before[1]
    assert after[0]["id"] != before[0]["id"]
    assert after[0]["result"]["extensions"][f"{HOME}/callsim/scored-by"] == "coach"
    hold_against_the_specification(after[0])


def test_only_whole_calls_of_people_are_told(shelf):
    """No run without a headset, no part taken again, nothing that came to no score."""
    practise(shelf.sessions, "Ana", [card()], mode="headless")
    practise(shelf.sessions, "Ana", [card()], take_of=TakeOf(session="x", turn=1, at_ms=0))
    practise(shelf.sessions, "Ana", [card().model_copy(update={"overall": None})])
    assert told(shelf) == []
    assert [belongs("json", one) for one in records(shelf, Chosen())] == [False] * 3
    assert [belongs("csv", one) for one in records(shelf, Chosen())] == [True] * 3


def test_one_array_or_one_a_line(shelf):
    """The same statements; an array even of none."""
    practise(shelf.sessions, "Ana", learning(2, 0.5, 0.5))
    found = told(shelf)

    def content(kind, chosen=Chosen()):  # noqa: B008 - a frozen value
        return b"".join(exported(kind, columns(shelf), records(shelf, chosen), f"{HOME}/")).decode()

    assert json.loads(content("json")) == found
    assert [json.loads(line) for line in content("jsonl").splitlines()] == found
    assert json.loads(content("json", Chosen(trainee="nobody"))) == []


@pytest.mark.parametrize(
    "given", ["", "training.example.org", "ftp://x", "https://", "https://a b", "https://x/?a=b", "https://["]
)
def test_a_home_page_is_an_address(given):
    """Of the web, and without a query."""
    with pytest.raises(InputError, match="is no home page"):
        home_page(given)


def test_what_is_missing_is_said():
    """And what is too much."""
    with pytest.raises(InputError, match="--home-page"):
        ready_for("json", None, None)
    with pytest.raises(InputError, match="leave them out"):
        ready_for("csv", None, 60)
    ready_for("jsonl", HOME, None)
