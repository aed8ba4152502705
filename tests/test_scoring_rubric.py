"""Reading rubrics: the standard one, a coach's own, and mistakes."""

import re
from importlib.resources import files

import pytest

from callsim.errors import RubricError
from callsim.scoring.rubric import read_rubric


def written(folder, text):
    """A rubric file with this text."""
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_number_of_the_standard_rubric_stands_below_a_comment():
    """No paragraph of the file holds a setting before a comment has said where its numbers come from."""
    text = (files("callsim.scoring") / "rubric.toml").read_text(encoding="utf-8")
    for paragraph in text.split("\n\n")[2:]:
        lines = [line for line in paragraph.splitlines() if not line.startswith(("[", "points = "))]
        assert not lines or lines[0].startswith("#"), paragraph
    assert read_rubric().name == "standard"


def test_a_coachs_rubric_holds_just_what_differs(tmp_path):
    """One changed number; all others are the standard ones."""
    mine = read_rubric(written(tmp_path, 'name = "mine"\n[pacing.longest_turn]\nlimit = [30000, 60000]\n'))
    assert mine.name == "mine"
    assert mine.pacing.longest_turn.limit == (30_000, 60_000)
    assert mine.pacing.longest_turn.points == read_rubric().pacing.longest_turn.points
    assert mine.phrasing == read_rubric().phrasing


def test_two_rubrics_differ_in_their_fingerprints(tmp_path):
    """The scorecard can say which rubric it rests on."""
    mine = read_rubric(written(tmp_path, "[overall]\nphrasing = 3.0\n"))
    assert mine.fingerprint != read_rubric().fingerprint
    assert read_rubric().fingerprint == read_rubric().fingerprint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[pacing.longest_turns]\npoints = 3\n",
            "pacing: there is no key 'longest_turns': did you mean",
        ),
        ("[pacing.talk_share]\nband = [0.1, 0.6, 0.3, 0.9]\n", "pacing.talk_share.band: the numbers must not fall"),
        ('[measures]\npause_ms = "long"\n', "measures.pause_ms"),
        ("[phrasing.blame]\npoints = -3\n", "phrasing.blame.points"),
        ("[pacing.longest_turn]\nlimit = [1000, inf]\n", "pacing.longest_turn.limit"),
        ('format = "callsim.rubric/2"\n', "format"),
        ("pacing = 3\n", "pacing"),
        ("[pacing", "is not valid TOML"),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_key(tmp_path, text, says):
    """The file, the key, what is wrong."""
    with pytest.raises(RubricError, match=re.escape(says)) as wrong:
        read_rubric(written(tmp_path, text))
    assert "mine.toml" in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_missing_rubric_is_named(tmp_path):
    """The path is in the sentence."""
    with pytest.raises(RubricError, match=r"nowhere\.toml"):
        read_rubric(tmp_path / "nowhere.toml")
