"""What the library takes from a session folder, however odd its scorecard."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_session import ABOUT
from shelved import card, put

from callsim.errors import SessionError
from callsim.library.reading import MARKS, Said, fingerprint, folded, moment_ms, read_entry, stamp_of
from callsim.sessions.folder import SCORECARD

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from("title overall scores measures overlaps acts transcript ending length_ms".split())


@pytest.fixture
def folder(tmp_path):
    """A scored session."""
    return put(tmp_path, "a")


def with_card(folder, content):
    """The session read with that in its scorecard."""
    (folder / SCORECARD).write_text(json.dumps(content))
    return read_entry(folder)


def test_a_session_is_read_as_its_scorecard_says(folder):
    """Scores, marks and words of a real one."""
    entry = read_entry(folder)
    assert (entry.columns["overall"], entry.columns["ending"]) == (card().overall, "thankful")
    assert entry.marks["empathy"] == sum(act.act == "empathy" for act in card().acts)
    assert entry.said[0] == Said(card().transcript[0].start_ms, "trainee", card().transcript[0].text)
    assert len(entry.said) == len(card().transcript)


def test_the_day_is_that_of_the_place(tmp_path):
    """And the moment that of the world."""
    about = {"started": "2026-01-01T23:30:00-05:00"}
    columns = read_entry(put(tmp_path, "a", about=about)).columns
    assert (columns["day"], columns["started_ms"]) == ("2026-01-01", moment_ms("2026-01-02T04:30:00+00:00"))


def test_marks_are_counted(folder):
    """Overlaps by kind, silences, acts; what is no mark is none."""
    entry = with_card(
        folder,
        {
            "overlaps": [{"kind": "cut_in"}, {"kind": "cut_in"}, {"kind": "sneeze"}],
            "acts": [{"act": "blame"}, {"act": ["blame"]}],
            "measures": {"dead_air": [[1, 2], [3, 4]]},
        },
    )
    assert entry.marks == {"cut_in": 2, "blame": 1, "dead_air": 2}
    assert entry.marks.keys() <= set(MARKS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, JSON) | JSON)
def test_no_scorecard_is_too_odd(folder, content):
    """What makes no sense is not known; nothing that a database refuses comes through."""
    entry = with_card(folder, content)
    for value in entry.columns.values():
        assert not isinstance(value, float) or 0 <= abs(value) < float("inf")
        assert not isinstance(value, str) or "\0" not in value.encode().decode()
        assert not isinstance(value, int) or abs(value) < 1 << 63


def test_a_broken_scorecard_is_as_none(folder):
    """The call itself is known."""
    (folder / SCORECARD).write_bytes(b"\xff{")
    assert read_entry(folder).columns["overall"] is None


def test_what_is_no_session_is_refused(tmp_path):
    """With the session's own sentence."""
    with pytest.raises(SessionError, match="no session"):
        read_entry(tmp_path)


def test_a_fingerprint_is_that_of_the_call():
    """Another call has another; a trainee's name put right, or a call forgotten, changes nothing."""
    same = ABOUT.model_copy(update={"trainee": "Ana", "forgotten": "2026-06-01T12:00:00+00:00"})
    assert fingerprint(same) == fingerprint(ABOUT)
    others = [{"seed": 8}, {"script": "hotel"}, {"voice": "x"}, {"started": "2026-01-31T09:30:01+01:00"}]
    assert len({fingerprint(ABOUT.model_copy(update=other)) for other in others} | {fingerprint(ABOUT)}) == 5


def test_a_fingerprint_stays_what_it_is():
    """Tags hang on it: a later version must come to the same."""
    assert fingerprint(ABOUT) == "e3053e123706934dc4c0cc5eabc824bc5baeac32fdc649afd91912d03f321424"


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    """So what is stored and what is asked for meet."""
    assert folded(folded(text)) == folded(text)


def test_a_stamp_changes_with_the_files(folder):
    """And is none where there is no session."""
    before = stamp_of(str(folder))
    (folder / SCORECARD).write_text("{}")
    assert before != stamp_of(str(folder)) is not None
    assert stamp_of(str(folder.parent)) is None
