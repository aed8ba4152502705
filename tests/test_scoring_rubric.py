"""Reading rubrics: the standard one, a coach's own, and mistakes."""

import re
from dataclasses import replace
from importlib.resources import files

import pytest
from scenes import FACTS, scene

from callsim.catalogue import script_files
from callsim.errors import RubricError, ScriptError
from callsim.scoring.rubric import adapted, read_rubric, read_scorable
from callsim.scoring.scorecard import score


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


def test_a_script_may_set_its_own_rules_over_any_rubric(tmp_path):
    """The script's settings win over the coach's, the rest stays, and the fingerprint tells."""
    mine = read_rubric(written(tmp_path, "[measures]\nhold_ms = 9000\ndead_air_ms = 9000\n"))
    both = adapted(mine, {"measures": {"dead_air_ms": 5000}})
    assert (both.measures.dead_air_ms, both.measures.hold_ms) == (5000, 9000)
    assert both.fingerprint != mine.fingerprint
    assert adapted(mine, {}) is mine


def with_rules(tmp_path, rules):
    """The parcel script with a rubric of its own at its end."""
    file = tmp_path / "own.toml"
    file.write_text(script_files()["parcel"].read_text(encoding="utf-8") + "\n" + rules, encoding="utf-8")
    return file


def test_the_scorecard_says_what_the_script_sets_itself(tmp_path):
    """The same call scored by a script of its own: the settings are named, and they count."""
    script = read_scorable(with_rules(tmp_path, "[rubric.measures]\ndead_air_ms = 60000\n"))
    call = scene().caller("Where is it?").trainee("let me look", after_ms=5000)
    assert score(call.evidence(), read_rubric()).measures.dead_air
    facts = replace(FACTS, rubric=script.rubric)
    card = score(replace(call.evidence(), facts=facts), read_rubric())
    assert card.rubric.by_script == ("measures.dead_air_ms",)
    assert card.measures.dead_air == ()


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("[rubric.pacing.dead_airs]\npoints = 2\n", r"line \d+, rubric: pacing: there is no key 'dead_airs': did you"),
        ('[rubric.measures]\nhold_ms = 1\ndead_air_ms = "long"\n', r"line \d+, rubric: measures.dead_air_ms"),
        ("[rubric]\npacing = 3\n", r"line \d+, rubric.pacing: "),
    ],
)
def test_a_mistake_in_a_scripts_rules_is_one_sentence_with_its_line(tmp_path, rules, says):
    """Found before the call begins, in the words of every other mistake."""
    file = with_rules(tmp_path, rules)
    with pytest.raises(ScriptError, match=says) as wrong:
        read_scorable(file)
    line = int(re.search(r"line (\d+)", str(wrong.value))[1])
    named = file.read_text(encoding="utf-8").split("\n")[line - 1]
    assert any(word in named for word in ("dead_air", "pacing"))
