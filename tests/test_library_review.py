"""What coaches say, on a SQLite file and on a real PostgreSQL alike; it goes where its session goes."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from coaches import LATER, NOON, ROSA, TOM, listed, say_everything, shelf_with_a_call
from shelved import QUIET, card, put, rescore

from callsim.errors import InputError, SessionError, UnknownName
from callsim.library.follow_ups import follow_up, follow_ups, take_back_follow_up
from callsim.library.review import Reviews
from callsim.library.reviewed import Overrule, Review, coach_points
from callsim.library.search import trainees_and_scripts
from callsim.library.shelf import library_of
from callsim.scoring.overruled import coach_scores
from callsim.sessions.folder import TakeOf

EMPATHY = next(check for check in card().checks if check.id == "phrasing.empathy")


@pytest.fixture
def shelf(url, tmp_path):
    """A library with a session, on each kind of database."""
    with shelf_with_a_call(url, tmp_path) as made:
        yield made


@pytest.fixture
def reviews(shelf):
    """What coaches said there."""
    return Reviews(shelf)


def test_notes_stand_where_they_were_written(reviews):
    """In order of time, then those on checks, then those on the whole call."""
    reviews.note("a", "whole", **ROSA)
    reviews.note("a", "check", check="phrasing.empathy", **ROSA)
    reviews.note("a", "late", at_ms=900, **ROSA)
    reviews.note("a", "  early\r\nand\0 so ", at_ms=0, **TOM)
    notes = reviews.of("a").notes
    assert [note.text for note in notes] == ["early\nand  so", "late", "check", "whole"]
    assert [(note.at_ms, note.check, note.by) for note in notes[:3]] == [
        (0, None, "Tom"), (900, None, "Rosa"), (None, "phrasing.empathy", "Rosa"),
    ]  # fmt: skip
    assert notes[0].written == "2026-06-01T12:01:00.000+00:00"


@pytest.mark.parametrize(
    ("text", "more", "wrong"),
    [
        (" \n", {}, "A note is empty"),
        ("x" * 2001, {}, "2,000 letters at most"),
        ("x", {"at_ms": -1}, "is not in the call, which lasts"),
        ("x", {"at_ms": 10_000_000}, "is not in the call"),
        ("x", {"check": "phrasing.singing"}, "phrasing.singing"),
        ("x", {"check": "phrasing.empathy", "at_ms": 1}, "leave one of them out"),
    ],
)
def test_a_note_that_cannot_be_is_refused(reviews, text, more, wrong):
    """In one sentence without its text."""
    with pytest.raises(InputError, match=wrong):
        reviews.note("a", text, **more, **ROSA)
    with pytest.raises(InputError, match="name"):
        reviews.note("a", "x", by=" ", now=NOON)
    assert reviews.of("a") == Review()


def test_a_note_is_taken_back_by_its_id(reviews):
    """By the first letters where they name just one; in a training room only by whoever wrote it."""
    note = reviews.note("a", "x", **ROSA)
    for id, by in ((note.id, "Tom"), ("", None), ("%", None), ("zzz", None)):
        with pytest.raises(InputError, match="to take back"):
            reviews.take_back_note(id, by=by)
    reviews.take_back_note(note.id[:8], by="Rosa")
    assert reviews.of("a").notes == ()


def test_an_overrule_makes_the_coachs_score(shelf, reviews):
    """Beside the machine's, which stays; the same figure in the list as in the review."""
    reviews.overrule("a", "phrasing.empathy", 3, "it came late", **ROSA)
    scores = reviews.of("a").coach_scores(card())
    assert scores == coach_scores(card(), {"phrasing.empathy": 3})
    assert scores.overall < card().overall
    assert (listed(shelf)["a"].coach, listed(shelf)["a"].overall) == (scores.overall, card().overall)


def test_a_coach_says_it_anew_or_takes_it_back(shelf, reviews):
    """One word of each coach on each check."""
    reviews.overrule("a", "phrasing.empathy", 3, "it came late", **ROSA)
    said = reviews.overrule("a", "phrasing.empathy", 5, "not so late", by="Rosa", now=LATER)
    assert reviews.of("a").overrules == (said,)
    assert (said.machine, said.of) == (EMPATHY.points, EMPATHY.of)
    with pytest.raises(InputError, match="Tom has not overruled"):
        reviews.take_back_overrule("a", "phrasing.empathy", by="Tom")
    reviews.take_back_overrule("a", "phrasing.empathy", by="Rosa")
    assert reviews.of("a").coach_scores(card()) is None
    assert listed(shelf)["a"].coach is None


def test_of_several_coaches_the_newest_word_counts(reviews):
    """Whoever's it is, and wherever on earth it was said."""
    east = datetime.fromisoformat("2026-06-01T23:00:00+12:00")
    reviews.overrule("a", "phrasing.empathy", 1, "early that day", by="Zoe", now=east)
    reviews.overrule("a", "phrasing.empathy", 3, "it came late", **TOM)
    reviews.overrule("a", "phrasing.empathy", 5, "not so late", **ROSA)
    assert coach_points(card(), reviews.of("a").overrules) == {"phrasing.empathy": 3}
    reviews.take_back_overrule("a", "phrasing.empathy", by="Tom")
    assert coach_points(card(), reviews.of("a").overrules) == {"phrasing.empathy": 5}


@pytest.mark.parametrize("points", [-0.1, EMPATHY.of + 0.1, float("nan"), float("inf")])
def test_points_lie_within_the_checks(reviews, points):
    """None is negative, none more than there are."""
    with pytest.raises(InputError, match="has 0 to"):
        reviews.overrule("a", "phrasing.empathy", points, "x", **ROSA)


def test_an_overrule_needs_a_reason_and_a_check_that_was_made(reviews):
    """There is nothing to overrule otherwise."""
    with pytest.raises(InputError, match="A reason is empty"):
        reviews.overrule("a", "phrasing.empathy", 1, " ", **ROSA)
    with pytest.raises(UnknownName):
        reviews.overrule("a", "phrasing.singing", 1, "x", **ROSA)
    missing = next(iter(card().not_measured_checks))
    with pytest.raises(InputError, match="was not measured in this call"):
        reviews.overrule("a", missing, 1, "x", **ROSA)
    assert reviews.note("a", "x", check=missing, **ROSA).check == missing


def test_without_a_scorecard_there_is_nothing_to_overrule(shelf, reviews):
    """But a note on the whole call can be written."""
    put(shelf.sessions, "bare", scored=False, about={"seed": 9})
    with pytest.raises(SessionError, match="has no scorecard"):
        reviews.overrule("bare", "phrasing.empathy", 1, "x", **ROSA)
    assert reviews.note("bare", "x", at_ms=900, **ROSA).at_ms == 900


def test_a_new_scorecard_keeps_the_coachs_share(shelf, reviews):
    """Half of the points stay half of them; a check that is not made any more counts no more."""
    reviews.overrule("a", "phrasing.empathy", EMPATHY.of / 2, "half", **ROSA)
    twice = [c.model_copy(update={"of": 2 * c.of}) if c.id == EMPATHY.id else c for c in card().checks]
    rescore(shelf.sessions / "a", checks=tuple(twice))
    changed = card().model_copy(update={"checks": tuple(twice)})
    assert coach_points(changed, reviews.of("a").overrules) == {EMPATHY.id: EMPATHY.of}
    assert listed(shelf)["a"].coach == coach_scores(changed, {EMPATHY.id: EMPATHY.of}).overall
    rescore(shelf.sessions / "a", checks=tuple(c for c in card().checks if c.id != EMPATHY.id))
    assert listed(shelf)["a"].coach is None


def test_the_list_made_again_is_the_same(shelf):
    """The coach's score is derived, and what it rests on stays."""
    say_everything(shelf)
    before = listed(shelf)
    shelf.rebuild(QUIET)
    assert listed(shelf) == before
    assert before["a"].coach is not None


def test_computers_that_share_a_database_list_the_same(shelf, reviews, tmp_path):
    """Each may see the folder of sessions under a path of its own."""
    (tmp_path / "mounted").symlink_to(shelf.sessions.parent)
    with library_of(shelf.sessions, shelf._url.render_as_string(hide_password=False)) as theirs:
        theirs.home = str(tmp_path / "mounted" / "sessions")
        theirs.refresh(QUIET)
        reviews.overrule("a", "phrasing.empathy", 3, "it came late", **ROSA)
        coach = reviews.of("a").coach_scores(card()).overall
        assert [one["a"].coach for one in (listed(shelf), listed(theirs))] == [coach, coach]


def test_reviewed_or_not(shelf, reviews):
    """Shown, looked for, taken back; once more counts from then."""
    put(shelf.sessions, "b", about={"seed": 9})
    reviews.reviewed("a", **ROSA)
    reviews.reviewed("a", **TOM)
    reviews.reviewed("a", by="Rosa", now=LATER)
    assert [one.written for one in reviews.of("a").reviewed] == ["2026-06-01T12:01:00.000+00:00"] * 2
    assert listed(shelf)["a"].reviewed == ("Rosa", "Tom")
    assert (list(listed(shelf, reviewed=True)), list(listed(shelf, reviewed=False))) == (["a"], ["b"])
    reviews.not_reviewed("a", by="Tom")
    with pytest.raises(InputError, match="Tom has not marked a as reviewed"):
        reviews.not_reviewed("a", by="Tom")
    assert listed(shelf)["a"].reviewed == ("Rosa",)


def test_clips_are_passages_of_the_call(shelf, reviews):
    """The same passage again gets the new title; a call without sound has none."""
    clip = reviews.clip("a", 100, 900, "how to", **ROSA)
    assert reviews.clip("a", 100, 900, "how not to", **ROSA).id == clip.id
    assert [(name, one.title) for name, one in reviews.clips()] == [("a", "how not to")]
    for start_ms, end_ms, wrong in ((900, 1_000, "lasts 0.2 s or more"), (0, 10_000_000, "not in the call")):
        with pytest.raises(InputError, match=wrong):
            reviews.clip("a", start_ms, end_ms, "", **ROSA)
    reviews.take_back_clip(clip.id)
    assert reviews.clips() == []
    shelf.forget("a", NOON)
    with pytest.raises(SessionError, match="has no sound any more"):
        reviews.clip("a", 100, 900, "", **ROSA)


def test_a_follow_up_is_done_by_taking_that_call(shelf):
    """By that trainee, that script, after it was asked for; not by what they did before, nor by what is no call."""
    call = {"trainee": "Ana", "script": "parcel", "mode": "practice"}
    asked = follow_up(shelf, " ana ", "Parcel", due=date(2026, 6, 5), **ROSA)
    other = follow_up(shelf, "Ben", "parcel", text="some day", **ROSA)
    assert [one.id for one in follow_ups(shelf)] == [asked.id, other.id]
    assert [one.id for one in follow_ups(shelf, "ANA")] == [asked.id]
    for name, about in {
        "before": {"started": "2026-06-01T11:59:59+00:00"},
        "other": {"started": "2026-06-02T09:00:00+00:00", "script": "hotel"},
        "whose": {"started": "2026-06-02T09:00:00+00:00", "trainee": "Anabel"},
        "part": {"started": "2026-06-02T09:00:00+00:00", "take_of": TakeOf(session="a", turn=1, at_ms=0)},
        "headless": {"started": "2026-06-02T09:00:00+00:00", "mode": "headless"},
        "recorded": {"started": "2026-06-02T09:00:00+00:00", "mode": "imported"},
    }.items():
        put(shelf.sessions, name, about={**call, "seed": len(name), **about})
    shelf.refresh(QUIET)
    assert [one.done for one in follow_ups(shelf)] == [None, None]
    put(shelf.sessions, "again", about={**call, "started": "2026-06-01T14:00:01+02:00"})
    shelf.refresh(QUIET)
    assert [(one.id, one.done) for one in follow_ups(shelf)] == [(other.id, None), (asked.id, "again")]
    take_back_follow_up(shelf, other.id)
    assert len(follow_ups(shelf)) == 1


@pytest.mark.parametrize(
    ("day", "state"), [(date(2026, 6, 4), "open"), (date(2026, 6, 5), "open"), (date(2026, 6, 6), "overdue")]
)
def test_a_follow_up_is_overdue_after_its_day(shelf, day, state):
    """Not on it; done it is never overdue."""
    asked = follow_up(shelf, "Ana", "parcel", due=date(2026, 6, 5), **ROSA)
    assert asked.state(day) == state
    assert asked.model_copy(update={"done": "a"}).state(day) == "done"
    assert asked.model_copy(update={"due": None}).state(day) == "open"


def test_a_day_that_is_over_is_refused(shelf):
    """As is a name that is none."""
    with pytest.raises(InputError, match="is over already"):
        follow_up(shelf, "Ana", "parcel", due=date(2026, 5, 31), **ROSA)
    with pytest.raises(InputError, match="trainee's name is empty"):
        follow_up(shelf, " ", "parcel", **ROSA)


def test_the_newest_of_equal_moments_is_one_and_the_same():
    """Whatever the order in which they come."""
    said = [
        Overrule(check=EMPATHY.id, by=by, written="2026-06-01T12:00:00+00:00", points=points, machine=0,
                 of=EMPATHY.of, reason="")
        for by, points in (("a", 1), ("b", 2))
    ]  # fmt: skip
    assert coach_points(card(), said) == coach_points(card(), said[::-1]) == {EMPATHY.id: 2}


def test_whose_sessions_there_are(shelf):
    """Each trainee and each script once, however they are written, in the order of the alphabet."""
    for number, (trainee, script) in enumerate((("ana", "Parcel"), ("Zoë", "hotel"), ("ben", "hotel"))):
        put(shelf.sessions, f"b{number}", about={"trainee": trainee, "script": script, "seed": 20 + number})
    shelf.refresh(QUIET)
    with shelf.reading() as connection:
        assert trainees_and_scripts(connection, shelf.home) == (["Ana", "ben", "Zoë"], ["hotel", "Parcel"])
