"""A library in a zip: the same bytes, checked, and no way to harm the one it is brought into."""

from __future__ import annotations

import hashlib
import json
import zipfile

import pytest
from shelved import QUIET, content, put, rescore

from callsim.errors import InputError
from callsim.library.archive import MANIFEST, PEOPLE, export_library, import_library
from callsim.library.shelf import library


@pytest.fixture
def homes(tmp_path):
    """Two libraries: one to pack, one to bring it into."""
    here, there = ({"CALLSIM_HOME": str(tmp_path / name)} for name in ("here", "there"))
    with library(here) as ours, library(there) as theirs:
        yield ours, theirs


@pytest.fixture
def packed(homes, tmp_path):
    """A zip with one tagged session, and the library to bring it into."""
    ours, theirs = homes
    put(ours.sessions, "a")
    ours.tag("a", ["kept"])
    export_library(ours, tmp_path / "all.zip", QUIET)
    return tmp_path / "all.zip", theirs


def changed(zip, **files):
    """The zip with other files: None takes one out, `manifest` puts the manifest right first."""
    fix = files.pop("manifest", False)
    with zipfile.ZipFile(zip) as old:
        there = {name: old.read(name) for name in old.namelist()}
    there |= files.pop("files", {})
    there = {name: data for name, data in there.items() if data is not None}
    if fix:
        sums = {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in there.items()
            if name != MANIFEST
        }
        there[MANIFEST] = json.dumps({"format": "callsim.library/1", "files": sums}).encode()
    with zipfile.ZipFile(zip, "w") as new:
        for name, data in there.items():
            new.writestr(name, data)


def refused(zip, theirs, match):
    """It is refused in one sentence, and nothing is left of it."""
    with pytest.raises(InputError, match=match) as told:
        import_library(theirs, zip, QUIET)
    assert "\n" not in str(told.value)
    assert content(theirs.sessions) == {}
    assert [path.name for path in theirs.sessions.parent.glob("importing-*")] == []
    assert list(theirs.people().of_sessions()) == []


def test_the_same_library_makes_the_same_bytes(packed, homes, tmp_path):
    """Whenever it is packed."""
    export_library(homes[0], tmp_path / "again.zip", QUIET)
    assert (tmp_path / "again.zip").read_bytes() == packed[0].read_bytes()


def test_the_manifest_names_every_file(packed):
    """With its size and SHA-256."""
    with zipfile.ZipFile(packed[0]) as zip:
        files = json.loads(zip.read(MANIFEST))["files"]
        assert sorted([*files, MANIFEST]) == sorted(zip.namelist())
        for name, expected in files.items():
            data = zip.read(name)
            assert expected == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "sessions/../evil",
        "sessions/a/../../../evil",
        "/evil",
        "sessions//evil",
        "sessions/evil",
        "sessions/a/..\\evil",
        "sessions/C:/evil",
        "sessions/a/con",
        "sessions/a/evil.",
        "sessions/a/e\x1bvil",
        "sessions/b/no-session-here",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(packed, name):
    """Even where the manifest names it."""
    changed(packed[0], files={name: b"x"}, manifest=True)
    refused(*packed, "no file of a session|does not hold")


def test_a_damaged_file_is_refused(packed):
    """Of the same length, or of another."""
    whole = packed[0].read_bytes()
    with zipfile.ZipFile(packed[0]) as zip:
        events = zip.read("sessions/a/events.jsonl")
    for data in (events.replace(b"good", b"evil"), b"x", b"x" * 10_000_000, None):
        assert data != events
        packed[0].write_bytes(whole)
        changed(packed[0], files={"sessions/a/events.jsonl": data})
        refused(*packed, "damaged|does not hold")


def test_a_bit_that_flipped_is_noticed(packed):
    """Somewhere in the sound, by the zip's own check or by ours."""
    data = bytearray(packed[0].read_bytes())
    data[data.find(b"fLaC") + 5_000] ^= 1
    packed[0].write_bytes(data)
    refused(*packed, "damaged|not a whole zip")


def test_what_the_manifest_does_not_name_is_refused(packed):
    """Nothing rides along."""
    changed(packed[0], files={"sessions/a/extra": b"x"})
    refused(*packed, "does not hold what")


@pytest.mark.parametrize(
    "files",
    [
        {MANIFEST: None},
        {MANIFEST: b"{}"},
        {MANIFEST: b'{"format": "callsim.library/2", "files": {}}'},
        {PEOPLE: None},
        {PEOPLE: b"{}"},
    ],
    ids=str,
)
def test_what_is_no_library_is_refused(packed, files):
    """Another zip, or one of another version."""
    changed(packed[0], files=files, manifest=MANIFEST not in files)
    refused(*packed, "library|does not hold")


def test_half_a_zip_is_refused(packed):
    """As after a copy that broke off."""
    packed[0].write_bytes(packed[0].read_bytes()[:-100])
    refused(*packed, "not a whole zip")


def test_a_zip_that_is_not_there_is_told(packed):
    """By its name."""
    packed[0].unlink()
    refused(*packed, "all.zip cannot be read")


def test_what_is_here_stays_as_it_is(packed):
    """The same call, rescored here or forgotten here, is not brought in again; its tags are."""
    zip, theirs = packed
    assert import_library(theirs, zip, QUIET).new == ("a",)
    rescore(theirs.sessions / "a", overall=1.0)
    theirs.untag("a", ["kept"])
    before = content(theirs.sessions)
    brought = import_library(theirs, zip, QUIET)
    assert (brought.new, brought.here) == ((), ("a",))
    assert content(theirs.sessions) == before
    assert theirs.tags("a") == ("kept",)


def test_a_forgotten_call_does_not_come_back(packed):
    """What was said stays removed."""
    from datetime import UTC, datetime

    zip, theirs = packed
    import_library(theirs, zip, QUIET)
    theirs.forget("a", datetime(2026, 6, 1, tzinfo=UTC))
    assert import_library(theirs, zip, QUIET).here == ("a",)
    assert not (theirs.sessions / "a" / "call.flac").exists()


def test_another_call_of_that_name_keeps_it(packed):
    """The new one gets a number, its tags with it; the next time it is known."""
    zip, theirs = packed
    put(theirs.sessions, "a", about={"seed": 99})
    brought = import_library(theirs, zip, QUIET)
    assert (brought.new, brought.renamed) == (("a-2",), {"a": "a-2"})
    assert (theirs.tags("a"), theirs.tags("a-2")) == ((), ("kept",))
    again = import_library(theirs, zip, QUIET)
    assert (again.new, again.here) == ((), ("a-2",))


def test_the_same_call_told_otherwise_is_another(packed):
    """Two machines may take the same script in the same second: events decide."""
    zip, theirs = packed
    folder = put(theirs.sessions, "a")
    (folder / "events.jsonl").write_bytes((folder / "events.jsonl").read_bytes()[:-1] + b" \n")
    assert import_library(theirs, zip, QUIET).renamed == {"a": "a-2"}


def test_a_session_of_another_version_is_carried_too(homes, tmp_path):
    """Byte for byte, and it is known the next time."""
    ours, theirs = homes
    folder = put(ours.sessions, "a")
    (folder / "session.json").write_text('{"format": "callsim.session/9"}')
    export_library(ours, tmp_path / "all.zip", QUIET)
    assert import_library(theirs, tmp_path / "all.zip", QUIET).new == ("a",)
    assert content(theirs.sessions) == content(ours.sessions)
    assert import_library(theirs, tmp_path / "all.zip", QUIET).here == ("a",)


def test_what_a_crash_left_half_written_is_not_packed(homes, tmp_path):
    """Nor is what a link points at."""
    ours, _ = homes
    folder = put(ours.sessions, "a")
    (folder / "call.opus.77.part").write_bytes(b"x")
    (folder / "link").symlink_to(tmp_path)
    export_library(ours, tmp_path / "all.zip", QUIET)
    with zipfile.ZipFile(tmp_path / "all.zip") as zip:
        assert not [name for name in zip.namelist() if "part" in name or "link" in name]
