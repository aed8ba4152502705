"""What a library does, on a SQLite file and on a real PostgreSQL alike."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shelved import QUIET, card, content, put, rescore
from sqlalchemy import create_engine, inspect, text

from callsim.errors import InputError, MachineError, SessionError, UnknownName
from callsim.library import database
from callsim.library.archive import export_library, import_library
from callsim.library.models import Base
from callsim.library.search import Wanted
from callsim.library.shelf import library
from callsim.scoring.scorecard import ActRow, OverlapRow, TranscriptRow
from callsim.sessions.folder import EVENTS

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def names(shelf, **wanted):
    """The sessions found, up to date."""
    shelf.refresh(QUIET)
    return [one.name for one in shelf.find(Wanted(**wanted))[0]]


def everything(shelf):
    """All that a list can show."""
    return shelf.find(Wanted())[0]


# --- finding --------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(shelf):
    """Three sessions, known by what is in them."""
    turn = TranscriptRow(who="trainee", start_ms=61_500, end_ms=63_000, text="that's 100% not_my FAULT", words=())
    theirs = TranscriptRow(who="caller", start_ms=4_000, end_ms=6_000, text="Das ist ja GROSSARTIG, Straße", words=())
    blame = ActRow(act="blame", start_ms=1, end_ms=2, quote="x")
    cut = OverlapRow(start_ms=1, end_ms=2, kind="cut_in")
    a = {"trainee": "Ana", "script": "parcel", "started": "2026-01-01T23:30:00-05:00"}
    b = {"trainee": "ben", "script": "hotel", "started": "2026-01-02T00:30:00+02:00"}
    c = {"trainee": "Zoë Ångström", "script": "Parcel", "started": "2026-01-03T12:00:00+00:00"}
    bad = {"pacing": 10.0, "interruptions": None, "phrasing": 55.0}
    put(shelf.sessions, "a", about=a, overall=80.0, acts=(blame,), overlaps=(), transcript=(turn,))
    put(shelf.sessions, "b", about=b, overall=40.5, scores=bad, acts=(blame,), overlaps=(cut,), transcript=(theirs,))
    put(shelf.sessions, "c", about=c, scored=False)
    return shelf


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["c", "a", "b"]),
        ({"trainee": "ANA"}, ["a"]),
        ({"trainee": "zoë ångström"}, ["c"]),
        ({"trainee": "an"}, []),
        ({"script": "parcel"}, ["c", "a"]),
        ({"since": date(2026, 1, 2)}, ["c", "b"]),
        ({"until": date(2026, 1, 1)}, ["a"]),
        ({"least": 40.5}, ["a", "b"]),
        ({"most": 40.5}, ["b"]),
        ({"most": 10.0, "score": "pacing"}, ["b"]),
        ({"least": 0.0, "score": "interruptions"}, ["a"]),
        ({"marks": ["blame"]}, ["a", "b"]),
        ({"marks": ["blame", "Cut-In"]}, ["b"]),
        ({"marks": ["dead air"]}, []),
        ({"said": ["not my"]}, []),
        ({"said": ["Not_My  fault"]}, ["a"]),
        ({"said": ["100%"]}, ["a"]),
        ({"said": ["100_"]}, []),
        ({"said": ["strasse"]}, ["b"]),
        ({"said": ["fault", "strasse"]}, []),
        ({"order": "score"}, ["b", "a", "c"]),
        ({"order": "score", "reverse": True}, ["a", "b", "c"]),
        ({"order": "trainee"}, ["a", "b", "c"]),
        ({"order": "script"}, ["b", "c", "a"]),
        ({"reverse": True}, ["b", "a", "c"]),
        ({"limit": 1}, ["c"]),
        ({"limit": 1, "offset": 1}, ["a"]),
        ({"offset": 2}, ["b"]),
    ],
    ids=str,
)
def test_sessions_are_found(three, wanted, found):
    """By all that a coach knows of them; the same in both databases."""
    assert names(three, **wanted) == found


def test_a_limit_does_not_hide_how_many_there_are(three):
    """So that a list can say that there is more."""
    three.refresh(QUIET)
    assert three.find(Wanted(limit=1, most=90.0))[1] == 2
    assert three.find(Wanted(offset=1))[1] == 3


def test_a_text_is_found_with_its_moment(three):
    """So that it can be heard at once."""
    three.refresh(QUIET)
    assert three.find(Wanted(said=["fault"]))[0][0].said_ms == (61_500,)


def test_an_unknown_mark_is_refused(three):
    """With the near ones."""
    with pytest.raises(UnknownName, match="blame"):
        three.find(Wanted(marks=["blam"]))


def test_a_session_shows_what_it_came_to(three):
    """What is not measured is None, and so is everything of a call that was never scored."""
    three.refresh(QUIET)
    c, a, b = everything(three)
    assert (a.trainee, a.title, a.overall, a.ending) == ("Ana", "The dead fridge", 80.0, "thankful")
    assert b.scores == {"pacing": 10.0, "interruptions": None, "phrasing": 55.0}
    assert (c.overall, c.length_ms, c.title) == (None, None, "Parcel")


# --- freshness ------------------------------------------------------------------------------------------------------


def test_the_library_follows_the_folders(shelf):
    """New, rescored and removed sessions, and what stops being one."""
    folder = put(shelf.sessions, "a", overall=10.0)
    put(shelf.sessions, "b")
    assert sorted(names(shelf)) == ["a", "b"]
    rescore(folder, overall=20.5)
    assert names(shelf, most=30.0) == ["a"]
    shutil.rmtree(shelf.sessions / "b")
    assert names(shelf) == ["a"]
    (folder / "session.json").write_text("{}")
    assert names(shelf) == []
    assert shelf.unread() == ["a"]


def test_what_has_not_changed_is_not_read_again(shelf):
    """A second look tells of nothing read."""
    put(shelf.sessions, "a")
    told = []
    for _ in range(2):
        shelf.refresh(lambda done, total: told.append((done, total)))
    assert told == [(0, 1), (1, 1)]


def test_only_folders_with_a_session_count(shelf, tmp_path):
    """No file, no link, no empty folder."""
    real = put(tmp_path / "elsewhere", "real")
    put(shelf.sessions, "mine")
    (shelf.sessions / "file").write_text("x")
    (shelf.sessions / "empty").mkdir()
    (shelf.sessions / "link").symlink_to(real)
    assert names(shelf) == ["mine"]


def test_two_homes_share_a_database_and_not_their_sessions(shelf, library_home, tmp_path):
    """Neither takes the other's sessions for gone."""
    put(shelf.sessions, "a")
    with library(library_home | {"CALLSIM_HOME": str(tmp_path / "second")}) as second:
        put(second.sessions, "b")
        assert names(second) == ["b"]
        assert names(shelf) == ["a"]
        second.rebuild(QUIET)
        assert [one.name for one in everything(shelf)] == ["a"]


def test_nothing_that_no_database_takes_stops_it(shelf):
    """A zero byte and half a character, which JSON can hold and PostgreSQL cannot."""
    folder = put(shelf.sessions, "a")
    card = json.loads((folder / "scorecard.json").read_bytes())
    card["transcript"][0]["text"] = "bad \0 and \ud800 worse"
    (folder / "scorecard.json").write_text(json.dumps(card))
    assert names(shelf, said=["and ? worse"]) == ["a"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "score", "remove", "tag", "look"]), st.sampled_from("abc"), st.integers(0, 100)),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_rebuilt_is_the_same_as_brought_up_to_date(library_home, tmp_path_factory, steps):
    """Whatever happens to the folders in between, and whenever somebody looked."""
    with library(library_home | {"CALLSIM_HOME": str(tmp_path_factory.mktemp("home"))}) as shelf:
        for what, name, number in steps:
            folder = shelf.sessions / name
            if what == "put" and not folder.exists():
                put(shelf.sessions, name, about={"seed": number})
            elif what == "look":
                shelf.refresh(QUIET)
            elif folder.exists() and what == "score":
                rescore(folder, overall=float(number))
            elif folder.exists() and what == "remove":
                shutil.rmtree(folder)
            elif folder.exists() and what == "tag":
                shelf.tag(name, [f"tag {number}"])
        shelf.refresh(QUIET)
        grown = everything(shelf)
        shelf.rebuild(QUIET)
        assert everything(shelf) == grown
        assert sorted(one.name for one in grown) == sorted(path.name for path in shelf.sessions.glob("*"))


# --- what only people know ------------------------------------------------------------------------------------------


def test_tags_find_sessions_and_outlive_a_rebuild(shelf):
    """Case and spaces do not matter; taken off they are gone."""
    put(shelf.sessions, "a")
    put(shelf.sessions, "b")
    shelf.tag("a", ["Good  Example", "week 3", "good example"])
    shelf.rebuild(QUIET)
    assert shelf.tags("a") == ("good example", "week 3")
    assert names(shelf, tags=["GOOD example", "week 3"]) == ["a"]
    assert everything(shelf)[0].tags == ("good example", "week 3")
    shelf.untag("a", ["Week 3"])
    assert shelf.tags("a") == ("good example",)
    with pytest.raises(UnknownName, match="good example"):
        shelf.untag("a", ["god example"])


def test_a_new_session_of_an_old_name_has_no_tags(shelf):
    """They belong to the call, not to the folder's name; put back, the old one has them still."""
    put(shelf.sessions, "a")
    shelf.tag("a", ["old"])
    (shelf.sessions / "a").rename(shelf.sessions.parent / "aside")
    put(shelf.sessions, "a", about={"seed": 8})
    assert shelf.tags("a") == ()
    assert names(shelf, tags=["old"]) == []
    shutil.rmtree(shelf.sessions / "a")
    (shelf.sessions.parent / "aside").rename(shelf.sessions / "a")
    assert names(shelf, tags=["old"]) == ["a"]


@pytest.mark.parametrize("tag", ["", "  ", "a\x1b[31m", "x" * 61])
def test_what_cannot_be_a_tag_is_refused(shelf, tag):
    """Nothing is tagged then."""
    put(shelf.sessions, "a")
    with pytest.raises(InputError, match="tag"):
        shelf.tag("a", ["good", tag])
    assert shelf.tags("a") == ()


def test_a_session_is_named_or_given_as_a_folder(shelf, tmp_path, monkeypatch):
    """And one that lies elsewhere is not ours to tag or to delete."""
    put(shelf.sessions, "2026-01-31-a")
    put(tmp_path / "elsewhere", "b")
    monkeypatch.chdir(shelf.sessions / "2026-01-31-a")
    assert shelf.folder(".") == shelf.folder("2026-01-31-a") == shelf.sessions / "2026-01-31-a"
    with pytest.raises(InputError, match="does not lie in the library"):
        shelf.delete(str(tmp_path / "elsewhere" / "b"))
    with pytest.raises(UnknownName, match="2026-01-31-a"):
        shelf.folder("2026-01-31-b")
    with pytest.raises(SessionError, match="callsim sessions"):
        shelf.folder("nothing like it")


def test_delete_removes_all_of_it(shelf):
    """Folder, rows and tags; the same call brought back has none of them."""
    folder = put(shelf.sessions, "a")
    put(shelf.sessions, "b")
    shutil.copytree(folder, shelf.sessions.parent / "aside")
    shelf.tag("a", ["x"])
    shelf.refresh(QUIET)
    shelf.delete("a")
    assert [one.name for one in everything(shelf)] == ["b"]
    assert not folder.exists()
    shutil.copytree(shelf.sessions.parent / "aside", folder)
    assert shelf.tags("a") == ()


def test_a_session_of_another_version_can_be_deleted(shelf):
    """There is nobody else to do it; what people wrote of it goes too."""
    folder = put(shelf.sessions, "a")
    shelf.tag("a", ["x"])
    shelf.refresh(QUIET)
    (folder / "session.json").write_text("{}")
    shelf.delete("a")
    assert not folder.exists()
    assert list(shelf.people().of_sessions()) == []


def test_a_delete_that_was_stopped_is_finished_by_another(shelf, monkeypatch):
    """Words go before the folder by whose name they are found."""
    folder = put(shelf.sessions, "a")
    shelf.tag("a", ["x"])
    shelf.refresh(QUIET)
    with monkeypatch.context() as stopped:
        stopped.setattr(shutil, "rmtree", stop)
        with pytest.raises(RuntimeError, match="no more"):
            shelf.delete("a")
    assert list(shelf.people().of_sessions()) == []
    shelf.delete("a")
    assert not folder.exists()


def stop(*_):
    """The power fails."""
    raise RuntimeError("no more")


@pytest.mark.parametrize("how", ["forget", "delete"])
def test_words_do_not_stay_where_a_session_lay_before(url, tmp_path, how):
    """One database, and the folder seen under another path as well."""
    one, other = ({"CALLSIM_LIBRARY": url, "CALLSIM_HOME": str(tmp_path / name)} for name in ("one", "other"))
    with library(one) as here, library(other) as there:
        put(here.sessions, "a")
        shutil.copytree(here.sessions, there.sessions)
        for shelf in (here, there):
            shelf.refresh(QUIET)
        words = Wanted(said=[card().transcript[0].text.split()[0]])
        assert there.find(words)[1] == 1
        if how == "forget":
            here.forget("a", NOON)
        else:
            here.delete("a")
        assert there.find(words)[1] == 0


def test_a_folder_that_cannot_be_read_is_not_an_empty_one(shelf, tmp_path):
    """What is known of it stays."""
    put(shelf.sessions, "a")
    shelf.refresh(QUIET)
    shelf.sessions.rename(tmp_path / "aside")
    shelf.sessions.write_text("not a folder")
    with pytest.raises(SessionError, match="cannot be read"):
        shelf.refresh(QUIET)
    assert [one.name for one in everything(shelf)] == ["a"]


# --- forgetting -----------------------------------------------------------------------------------------------------


def test_only_older_sessions_are_forgotten_and_once(shelf):
    """By the moment they began, whatever the clock on their wall said."""
    put(shelf.sessions, "older", about={"started": "2026-06-01T11:59:59+00:00"})
    put(shelf.sessions, "newer", about={"started": "2026-06-01T10:00:00-02:00"})
    before = content(shelf.sessions / "newer")
    shelf.refresh(QUIET)
    assert shelf.older(NOON) == ["older"]
    shelf.tag("older", ["kept"])
    shelf.forget("older", NOON)
    shelf.refresh(QUIET)
    assert shelf.older(NOON) == []
    forgotten = next(one for one in everything(shelf) if one.name == "older")
    assert (forgotten.forgotten, forgotten.tags) == ("2026-06-01T12:00:00+00:00", ("kept",))
    assert content(shelf.sessions / "newer") == before


def test_forgotten_words_are_not_found_and_figures_are(shelf):
    """Neither in the folder nor in the database."""
    put(shelf.sessions, "a")
    assert names(shelf, said=["dana"]) == ["a"]
    scores = everything(shelf)[0].scores
    shelf.forget("a", NOON)
    assert names(shelf, said=["dana"]) == []
    assert names(shelf, marks=["empathy"]) == ["a"]
    assert everything(shelf)[0].scores == scores


# --- carried elsewhere ----------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["a", "b b", "ç", "d.2"]), st.lists(st.text("xyzé ", min_size=1), max_size=2)))
def test_nothing_is_lost_on_the_way(library_home, tmp_path_factory, tags):
    """Every byte of every session, and every tag; a second time nothing is new."""
    with library(library_home | {"CALLSIM_HOME": str(tmp_path_factory.mktemp("home"))}) as ours:
        for name, given_tags in tags.items():
            put(ours.sessions, name, about={"seed": len(name)})
            ours.tag(name, [tag for tag in given_tags if tag.strip()])
        zip = ours.sessions.parent / "all.zip"
        assert export_library(ours, zip, QUIET) == len(tags)
        ours.refresh(QUIET)
        theirs_home = {"CALLSIM_HOME": str(tmp_path_factory.mktemp("theirs"))}
        with library(theirs_home) as theirs:
            assert sorted(import_library(theirs, zip, QUIET).new) == sorted(tags)
            theirs.refresh(QUIET)
            assert everything(theirs) == everything(ours)
            assert content(theirs.sessions) == content(ours.sessions) if tags else True
            assert sorted(import_library(theirs, zip, QUIET).here) == sorted(tags)


# --- the database itself --------------------------------------------------------------------------------------------


def plain_engine(url):
    """The database without any of our care."""
    return create_engine(database.url_of(url))


@pytest.mark.usefixtures("shelf")
def test_the_steps_lead_to_the_tables_as_they_are(url):
    """A library brought forward is what the models say; the newest step is the one asked for."""
    engine = plain_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()
    migrations = Path(database.__file__).parent / "migrations"
    assert ScriptDirectory(str(migrations)).get_current_head() == database.NEWEST


def test_a_library_of_an_older_version_is_brought_forward(url, library_home):
    """With what was in it."""
    with library(library_home) as shelf:
        put(shelf.sessions, "a")
        shelf.refresh(QUIET)
    engine = plain_engine(url)
    first = {"sessions", "marks", "said", "alembic_version"}
    later = [table for table in reversed(Base.metadata.sorted_tables) if table.name not in first]
    with engine.begin() as connection:
        for table in later:
            table.drop(connection)
        for column in ("coach", "rubric", "take"):
            connection.execute(text(f"ALTER TABLE sessions DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with library(library_home) as shelf:
        assert [one.name for one in everything(shelf)] == ["a"]
        shelf.tag("a", ["new"])
        assert shelf.tags("a") == ("new",)
    assert later
    assert all(inspect(engine).has_table(table.name) for table in later)
    engine.dispose()


def test_a_library_of_a_newer_version_is_left_alone(url, library_home):
    """One sentence, and not a row changed."""
    with library(library_home):
        pass
    engine = plain_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="newer callsim"), library(library_home):
        pass
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


def test_two_who_open_an_empty_database_both_get_a_library(library_home, tmp_path):
    """And two who read the same new sessions at once do not get in each other's way."""
    from concurrent.futures import ThreadPoolExecutor

    for number in range(4):
        put(tmp_path / "sessions", str(number))

    def look(_):
        with library(library_home) as shelf:
            return sorted(names(shelf))

    with ThreadPoolExecutor(3) as people:
        assert list(people.map(look, range(3))) == [["0", "1", "2", "3"]] * 3


def test_a_database_that_is_not_there_is_told_in_one_sentence(tmp_path):
    """Without the password."""
    url = f"postgresql://ana:secret@/none?host={tmp_path}"
    with pytest.raises(MachineError) as told, library({"CALLSIM_HOME": str(tmp_path), "CALLSIM_LIBRARY": url}):
        pass
    assert "secret" not in str(told.value)
    assert "server" in str(told.value)


@pytest.mark.parametrize("url", ["nonsense", "mysql://ana:secret@host/x", "sqlite://"])
def test_a_url_that_is_none_of_ours_is_refused(tmp_path, url):
    """Without the password."""
    library_home = {"CALLSIM_HOME": str(tmp_path), "CALLSIM_LIBRARY": url}
    with pytest.raises(InputError, match="CALLSIM_LIBRARY") as told, library(library_home):
        pass
    assert "secret" not in str(told.value)


def test_a_file_that_is_no_database_is_told(tmp_path):
    """With what to do."""
    (tmp_path / "library.db").write_bytes(os.urandom(4096))
    with pytest.raises(MachineError, match="move the file away"), library({"CALLSIM_HOME": str(tmp_path)}):
        pass


def test_deleted_words_do_not_stay_in_the_file(tmp_path):
    """SQLite would keep them in pages that are free."""
    with library({"CALLSIM_HOME": str(tmp_path)}) as shelf:
        put(shelf.sessions, "a")
        shelf.refresh(QUIET)
        assert b"how upsetting" in (tmp_path / "library.db").read_bytes()
        shelf.forget("a", NOON)
        shelf.refresh(QUIET)
        assert b"how upsetting" not in (tmp_path / "library.db").read_bytes()
        assert b"how upsetting" not in b"".join(content(shelf.sessions / "a").values())


def test_the_events_keep_their_times(tmp_path):
    """Of a forgotten session, one line for each that had no words of its own."""
    with library({"CALLSIM_HOME": str(tmp_path)}) as shelf:
        folder = put(shelf.sessions, "a")
        before = [json.loads(line)["at_ms"] for line in (folder / EVENTS).read_bytes().split(b"\n")[:-1]]
        shelf.forget("a", NOON)
        assert [json.loads(line)["at_ms"] for line in (folder / EVENTS).read_bytes().split(b"\n")[:-1]] == before
