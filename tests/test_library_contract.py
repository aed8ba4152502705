"""What a library keeps, forgets and carries elsewhere, and its database; on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from found import everything, names
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shelved import QUIET, card, content, put
from sqlalchemy import create_engine, inspect, text

from callsim.errors import InputError, MachineError, UnknownName
from callsim.library import database
from callsim.library.archive import export_library, import_library
from callsim.library.models import Base
from callsim.library.search import Wanted
from callsim.library.shelf import library
from callsim.sessions.folder import EVENTS

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


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
