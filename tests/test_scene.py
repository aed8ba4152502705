"""Scenes: what a scripted trainee says, and when."""

import numpy as np
import pytest
import soundfile

from callsim.errors import SceneError
from callsim.scene import Trigger, read_scene

HEAD = 'format = "callsim.scene/1"\n'


@pytest.fixture
def scene_file(tmp_path):
    """Writes a scene, with one sound file beside it, and gives its path."""
    soundfile.write(tmp_path / "hello.wav", np.zeros(1600, np.int16), 16_000)

    def write(text):
        path = tmp_path / "scene.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refusal(path):
    """The sentence with which a scene is refused."""
    with pytest.raises(SceneError) as refused:
        read_scene(path)
    message = str(refused.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_a_scene_reads_as_it_was_written(scene_file, tmp_path):
    """Sound files are found beside the scene, triggers are taken apart, and 400 ms is the usual delay."""
    path = scene_file(
        HEAD + 'title = "Cuts in"\nvoice = "agent"\n'
        '[[cue]]\nsay = "hello.wav"\nwhen = "at start"\n'
        '[[cue]]\ntext = "Let me look."\nwhen = "after caller"\ndelay_ms = 0\n'
        '[[cue]]\ntext = "Listen."\nwhen = "into line 12"\ndelay_ms = 1200\n'
    )
    scene = read_scene(path)
    assert (scene.title, scene.voice) == ("Cuts in", "agent")
    assert [(cue.say, cue.text, cue.when, cue.delay_ms) for cue in scene.cues] == [
        (tmp_path / "hello.wav", None, Trigger("at start"), 400),
        (None, "Let me look.", Trigger("after caller"), 0),
        (None, "Listen.", Trigger("into line", 12), 1200),
    ]


def test_a_scene_without_cues_is_a_silent_trainee(scene_file):
    """Silence is worth trying too."""
    scene = read_scene(scene_file(HEAD))
    assert scene.cues == ()
    assert scene.title is scene.voice is None


def test_a_scene_cannot_be_changed(scene_file):
    """It is a value."""
    scene = read_scene(scene_file(HEAD))
    with pytest.raises(ValueError, match="frozen"):
        scene.title = "Other"


@pytest.mark.parametrize(
    ("cue", "said"),
    [
        ('txt = "Hi."\nwhen = "at start"', ["cue 1: there is no key 'txt'", "did you mean 'text'?", "delay_ms"]),
        ('text = "Hi."', ["cue 1: the key 'when' is missing"]),
        ('text = "Hi."\nwhen = "after calller"', ["cue 1, when: should be 'at start'", "not 'after calller'"]),
        ('text = "Hi."\nwhen = "into line 0"', ["lines count from 1", "'into line 0'"]),
        ('text = "Hi."\nwhen = "into line"', ["'into line 2'"]),
        ('text = "Hi."\nwhen = 2', ["not 2"]),
        ('when = "at start"', ["cue 1: needs either say", "or text"]),
        ('say = "hello.wav"\ntext = "Hi."\nwhen = "at start"', ["not both"]),
        ('text = "  "\nwhen = "at start"', ["cue 1, text: ", "at least 1 character"]),
        ('text = "Hi."\nwhen = "at start"\ndelay_ms = 0.4', ["cue 1, delay_ms: should be a valid integer, not 0.4"]),
        ('text = "Hi."\nwhen = "at start"\ndelay_ms = "400"', ["cue 1, delay_ms: should be a valid integer"]),
        ('text = "Hi."\nwhen = "at start"\ndelay_ms = -1', ["greater than or equal to 0, not -1"]),
        ('text = "Hi."\nwhen = "at start"\ndelay_ms = 600001', ["less than or equal to 600000"]),
    ],
)
def test_a_mistake_in_a_cue_is_named(scene_file, cue, said):
    """Which cue, which key, what stood there and what is allowed."""
    message = refusal(scene_file(f"{HEAD}[[cue]]\n{cue}\n"))
    assert [part for part in said if part not in message] == []


def test_the_second_cue_is_called_the_second(scene_file):
    """People count from one."""
    good = '[[cue]]\ntext = "Hi."\nwhen = "at start"\n'
    assert ", cue 3: there is no key 'delay'" in refusal(scene_file(HEAD + good + good + good + "delay = 4\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the key 'format' is missing"),
        ('format = "callsim.scene/2"', "format: should be 'callsim.scene/1', not 'callsim.scene/2'"),
        (HEAD + 'titel = "x"', "there is no key 'titel': did you mean 'title'? allowed are format, title, voice, cue"),
        (HEAD + "cue = 4", "cue: should be a valid tuple, not 4"),
        (HEAD + "title = 'x'\nvoice x", "(at line 3, column 7)"),
    ],
)
def test_a_mistake_at_the_top_is_named(scene_file, text, said):
    """The key, or the line where it is not even TOML."""
    assert said in refusal(scene_file(text))


def test_a_missing_sound_file_is_named(scene_file, tmp_path):
    """With the place where it was looked for, and the cue that wants it."""
    message = refusal(scene_file(HEAD + '[[cue]]\nsay = "gone.wav"\nwhen = "at start"\n'))
    assert message.endswith(f"cue 1, say: there is no sound file {tmp_path / 'gone.wav'}")


def test_a_scene_that_is_not_there_is_named(tmp_path):
    """A wrong path is the user's to put right."""
    assert "cannot be read: No such file" in refusal(tmp_path / "gone.toml")


def test_a_scene_that_is_no_text_is_refused(tmp_path):
    """A recording given for a scene is told apart from a scene with a mistake."""
    path = tmp_path / "scene.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not a text file in UTF-8" in refusal(path)
