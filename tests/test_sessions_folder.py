"""What a call leaves behind, and what is left of it after an accident."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_session import ABOUT, EVENTS, SCRIPT, names, noise, samples, write_call

from callsim.errors import DiskError, OurBug, SessionError
from callsim.sessions import folder as folder_module
from callsim.sessions.folder import About, Session, SessionWriter, write_scorecard
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ


def test_a_session_reads_as_it_was_written(tmp_path):
    """What the call was, its script, what happened in it, and every sample: the trainee left, the caller right."""
    write_call(tmp_path / "call").close()
    session = Session.read(tmp_path / "call")
    assert (session.about, session.events, session.complete) == (ABOUT, EVENTS, True)
    assert (tmp_path / "call" / "script.toml").read_bytes() == SCRIPT
    assert session.sound.name == "call.flac"
    assert np.array_equal(samples(session.sound), np.column_stack(noise(2)))


def test_a_finished_session_holds_its_files_and_nothing_else(tmp_path):
    """No leftovers of the work."""
    write_call(tmp_path).close()
    write_scorecard(tmp_path, b"{}\n")
    assert names(tmp_path) == ["call.flac", "events.jsonl", "scorecard.json", "script.toml", "session.json"]


def test_identical_calls_leave_identical_files(tmp_path):
    """Only session.json knows the time of day."""
    for day in ("1", "2"):
        write_call(tmp_path / day, ABOUT.model_copy(update={"started": f"2026-02-0{day}T10:00:00+00:00"})).close()
    differing = [
        first.name
        for first in sorted((tmp_path / "1").iterdir())
        if first.read_bytes() != (tmp_path / "2" / first.name).read_bytes()
    ]
    assert differing == ["session.json"]


def test_a_session_can_be_read_while_the_call_lasts(tmp_path):
    """Every event and every sample is in the files as soon as it is written; nothing waits for the end."""
    writer = SessionWriter.create(tmp_path, ABOUT, SCRIPT)
    trainee, caller = noise(1)
    for count, event in enumerate(EVENTS[:2], 1):
        writer.event(event)
        writer.sound(trainee[:BLOCK_SAMPLES], caller[:BLOCK_SAMPLES])
        session = Session.read(tmp_path)
        assert session.events == EVENTS[:count]
        assert len(samples(session.sound)) == count * BLOCK_SAMPLES
        assert not session.complete
    writer.close()


KILLED_CALL = """
import sys
from pathlib import Path
import numpy as np
from callsim.events import TurnEnded
from callsim.sessions.folder import About, SessionWriter

about = About(script="s", voice="v", seed=1, mode="headless", trainee="t", started="2026-01-31T09:30:00+01:00")
writer = SessionWriter.create(Path(sys.argv[1]), about, b"")
for block in range(10**6):
    writer.sound(np.full(320, block % 1000, np.int16), np.full(320, -(block % 1000), np.int16))
    writer.event(TurnEnded(block, block))
    print(block + 1, flush=True)
"""


def test_a_killed_call_keeps_all_that_was_written(tmp_path):
    """kill -9 in the middle of a call costs nothing that had been said until then."""
    call = subprocess.Popen([sys.executable, "-c", KILLED_CALL, tmp_path], stdout=subprocess.PIPE, text=True)
    with call:
        for _ in range(200):
            acknowledged = int(call.stdout.readline())
        call.kill()
        call.stdout.read()
    session = Session.read(tmp_path)
    sound = samples(session.sound)
    blocks = len(sound) // BLOCK_SAMPLES
    assert session.sound.name == "call.wav"
    assert blocks >= len(session.events) >= acknowledged == 200
    expected = np.repeat(np.arange(blocks, dtype=np.int16) % 1000, BLOCK_SAMPLES)
    assert np.array_equal(sound[: len(expected)], np.column_stack((expected, -expected)))
    assert [event.at_ms for event in session.events] == list(range(len(session.events)))
    assert not session.complete


@pytest.mark.parametrize("torn", [1, 20, 60])
def test_a_torn_last_line_is_left_out(tmp_path, torn):
    """An event of which only a part reached the file never counted."""
    write_call(tmp_path).close()
    events = tmp_path / "events.jsonl"
    events.write_bytes(events.read_bytes()[:-torn])
    assert Session.read(tmp_path).events == EVENTS[:-1]


def test_a_bad_line_is_named_by_its_number(tmp_path):
    """Damage in the middle is an error, and does not repeat what was said."""
    write_call(tmp_path).close()
    events = tmp_path / "events.jsonl"
    events.write_bytes(events.read_bytes().replace(b'"kind":"turn_ended"', b'"kind":"secret words"'))
    with pytest.raises(SessionError, match=r"Line 2 of .*events\.jsonl") as wrong:
        Session.read(tmp_path)
    assert "secret" not in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("session.json", None, "There is no session in .*: it has no session.json"),
        ("session.json", b"", "not of this version of callsim: the file: Invalid JSON"),
        ("session.json", b'{"script": "s"}', "the key 'voice' is missing"),
        ("session.json", b'{"seeed": 7}', "the key 'script' is missing|did you mean 'seed'"),
        ("events.jsonl", None, r"events\.jsonl cannot be read: No such file"),
        ("call.flac", None, "has no sound: neither call.flac nor call.wav"),
    ],
)
def test_a_damaged_session_is_one_clear_sentence(tmp_path, name, content, said):
    """Which file, and what is wrong with it."""
    write_call(tmp_path).close()
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SessionError, match=said):
        Session.read(tmp_path)


def test_a_session_of_a_later_format_is_refused(tmp_path):
    """An older callsim does not guess at what a newer one meant."""
    write_call(tmp_path).close()
    path = tmp_path / "session.json"
    path.write_text(path.read_text(encoding="utf-8").replace("session/1", "session/2"), encoding="utf-8")
    with pytest.raises(SessionError, match=r"format: should be 'callsim\.session/1', not 'callsim\.session/2'"):
        Session.read(tmp_path)


@pytest.mark.parametrize("started", ["2026-01-31T09:30:00", "yesterday", "2026-13-01T00:00:00Z"])
def test_the_start_is_a_moment_that_everybody_understands(started):
    """A time without its offset from UTC could be any of 38."""
    with pytest.raises(ValueError, match="started"):
        About(**{**ABOUT.model_dump(), "started": started})


def test_a_call_without_a_sample_is_a_session_too(tmp_path):
    """Ctrl-C at once leaves a folder that can be read."""
    writer = SessionWriter.create(tmp_path, ABOUT, SCRIPT)
    writer.close()
    writer.close()
    session = Session.read(tmp_path)
    assert session.events == ()
    assert samples(session.sound).shape == (0, 2)


def test_two_sides_of_different_length_are_our_bug(tmp_path):
    """The sides are aligned by construction, so this cannot come from outside."""
    writer = SessionWriter.create(tmp_path, ABOUT, SCRIPT)
    with pytest.raises(OurBug, match="320 trainee samples came with 319"):
        writer.sound(np.zeros(320, np.int16), np.zeros(319, np.int16))
    writer.close()


def test_closing_twice_changes_nothing(tmp_path):
    """Whoever is in doubt may close again."""
    writer = write_call(tmp_path)
    writer.close()
    before = (tmp_path / "call.flac").read_bytes()
    writer.close()
    assert (tmp_path / "call.flac").read_bytes() == before


@pytest.mark.parametrize("step", ["_copy", "_same_sound"])
def test_ctrl_c_while_closing_loses_nothing(tmp_path, monkeypatch, step):
    """The sound is still there as call.wav, and closing again finishes the work."""
    writer = write_call(tmp_path)
    really = getattr(folder_module, step)

    def interrupted(wav, flac):
        really(wav, flac)
        raise KeyboardInterrupt

    monkeypatch.setattr(folder_module, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        writer.close()
    assert names(tmp_path) == ["call.wav", "events.jsonl", "script.toml", "session.json"]
    assert np.array_equal(samples(Session.read(tmp_path).sound), np.column_stack(noise(2)))
    monkeypatch.undo()
    writer.close()
    assert np.array_equal(samples(Session.read(tmp_path).sound), np.column_stack(noise(2)))
    assert not (tmp_path / "call.wav").exists()


def test_ctrl_c_before_the_wav_is_gone_loses_nothing(tmp_path, monkeypatch):
    """Both files are there, the packed one is read, and closing again removes the other."""
    writer = write_call(tmp_path)

    really = Path.replace

    def interrupted(part, flac):
        really(part, flac)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writer.close()
    assert Session.read(tmp_path).sound.name == "call.flac"
    assert (tmp_path / "call.wav").exists()
    writer.close()
    assert not (tmp_path / "call.wav").exists()
    assert np.array_equal(samples(tmp_path / "call.flac"), np.column_stack(noise(2)))


def test_a_flac_that_differs_is_never_kept(tmp_path, monkeypatch):
    """The sound is read back before call.wav goes."""
    writer = write_call(tmp_path)
    really = folder_module._copy

    def damaged(wav, flac):
        really(wav, flac)
        sound = samples(flac)
        sound[-1] += 1
        soundfile.write(flac, sound, RATE_HZ, "PCM_16", format="FLAC")

    monkeypatch.setattr(folder_module, "_copy", damaged)
    with pytest.raises(DiskError, match="did not come out whole"):
        writer.close()
    assert names(tmp_path) == ["call.wav", "events.jsonl", "script.toml", "session.json"]


@pytest.mark.parametrize("name", ["session.json", "call.flac"])
def test_a_folder_that_holds_a_session_is_left_alone(tmp_path, name):
    """No call writes over another one."""
    write_call(tmp_path).close()
    for other in {"session.json", "script.toml", "events.jsonl", "call.flac"} - {name}:
        (tmp_path / other).unlink()
    before = (tmp_path / name).read_bytes()
    with pytest.raises(SessionError, match="holds a session already: choose another folder"):
        SessionWriter.create(tmp_path, ABOUT, SCRIPT)
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == before


def test_a_file_is_no_folder(tmp_path):
    """One sentence, for the path itself and for a path through it."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SessionError, match="is a file: choose another folder"):
        SessionWriter.create(file, ABOUT, SCRIPT)
    with pytest.raises((SessionError, DiskError), match="choose a"):
        SessionWriter.create(file / "call", ABOUT, SCRIPT)


def test_a_scorecard_is_replaced_in_one_step(tmp_path):
    """The newest is there, and nothing of the work is left."""
    write_call(tmp_path).close()
    write_scorecard(tmp_path, b"old and longer")
    write_scorecard(tmp_path, b"new")
    assert (tmp_path / "scorecard.json").read_bytes() == b"new"
    assert not list(tmp_path.glob("*.part"))


def test_a_scorecard_for_no_session_is_refused(tmp_path):
    """A wrong folder is one sentence."""
    with pytest.raises(SessionError, match="There is no session"):
        write_scorecard(tmp_path / "gone", b"{}")


def test_a_scorecard_does_not_bring_words_back(tmp_path):
    """They were removed while it was made: it is refused, and what lies there stays."""
    write_call(tmp_path, ABOUT.model_copy(update={"forgotten": "2026-06-01T12:00:00+00:00"})).close()
    with pytest.raises(SessionError, match="were removed on 2026-06-01"):
        write_scorecard(tmp_path, b"words")
    assert not (tmp_path / "scorecard.json").exists()
