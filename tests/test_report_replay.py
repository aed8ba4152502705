"""The view of one session: lines, marks, frustration, checks."""

from hypothesis import given
from hypothesis import strategies as st
from replayed import replayed
from scenes import good_call, rude_call, scene, silent_call

from callsim.acts import ACTS as EVERY_ACT
from callsim.events import Pressed
from callsim.report.flow import flow_of, legend_of, takes_shown
from callsim.report.names import ACTS, CHECKS
from callsim.report.replay import Replay, Take
from callsim.report.shown import score, tone
from callsim.scoring.checks import DIMENSIONS
from callsim.scoring.rubric import read_rubric


def marks(replay, kind):
    """The marks of one kind."""
    return [mark for mark in replay.marks if mark.kind == kind]


def test_every_check_and_every_act_has_a_name():
    """Nobody reads an identifier."""
    rubric = read_rubric()
    ids = [f"{one}.{name}" for one in DIMENSIONS for name, rule in getattr(rubric, one) if hasattr(rule, "points")]
    assert set(ids) <= set(CHECKS)
    assert set(EVERY_ACT) == set(ACTS)


def test_lines_stand_in_order_with_a_time_for_each_word(tmp_path):
    """Both sides; recognised words have their own times, the caller's are found."""
    call = good_call()
    replay = replayed(call, tmp_path / "call")
    assert [line.who for line in replay.lines] == [part.who for part in call.parts]
    assert [line.start_ms for line in replay.lines] == [part.start_ms for part in call.parts]
    for line, part in zip(replay.lines, call.parts, strict=True):
        assert len(line.words) == len(part.text.split())
        times = [word.start_ms for word in line.words]
        assert times == sorted(times)
        if part.who == "trainee":
            assert times == [word.start_ms for word in part.words]


def test_the_end_of_a_cut_line_is_told_apart(tmp_path):
    """What nobody heard of it."""
    cut = next(line for line in replayed(rude_call(), tmp_path / "call").lines if line.cut)
    said = " ".join(word.word for word in cut.words)
    assert cut.unheard
    assert f"{said} {cut.unheard}" == next(part.text for part in rude_call().parts if part.who == "caller")


def test_what_happened_is_marked(tmp_path):
    """Cut-ins, silences, acts that help and acts that hurt."""
    replay = replayed(rude_call(), tmp_path / "call")
    assert [mark.name for mark in marks(replay, "cut_in")] == ["You cut in"]
    assert [mark.name for mark in marks(replay, "dead_air")] == ["Silence for 4.5 s"]
    assert "Refusal" in [mark.name for mark in marks(replay, "hurts")]
    assert all(mark.quote for mark in marks(replay, "hurts"))
    assert list(replay.marks) == sorted(replay.marks, key=lambda mark: mark.start_ms)


def test_a_hold_lasts_until_it_is_taken_back_or_the_call_ends(tmp_path):
    """By the phone's own keys."""
    keys = [Pressed(3_000, 3_000, "hold"), Pressed(5_500, 5_500, "unhold"), Pressed(9_000, 9_000, "hold")]
    replay = replayed(good_call(), tmp_path / "call", more=keys)
    held = [(mark.start_ms, mark.end_ms) for mark in marks(replay, "hold")]
    assert held == [(3_000, 5_500), (9_000, good_call().end_ms)]


def test_the_causes_of_one_moment_are_one_step(tmp_path):
    """And a cause without an effect is none."""
    call = scene().caller("Where is it?").mood(50, 45, "you apologised").mood(45, 45, "you thanked the caller")
    call.mood(45, 40, "you said by when").trainee("tomorrow").caller("Good.").mood(40, 40, "you apologised")
    steps = replayed(call, tmp_path / "call").frustration
    assert [(step.before, step.after, step.because) for step in steps] == [
        (50, 40, ("you apologised", "you said by when"))
    ]


def test_checks_are_grouped_with_the_dearest_losses_first(tmp_path):
    """Each check once, in its group."""
    replay = replayed(rude_call(), tmp_path / "call")
    assert [group.dimension for group in replay.groups] == list(DIMENSIONS)
    for group in replay.groups:
        losses = [check.of - check.points for check in group.checks]
        assert losses == sorted(losses, reverse=True)
        assert all(check.id.startswith(f"{group.dimension}.") for check in group.checks)


def test_what_was_not_measured_is_named_once_for_each_reason(tmp_path):
    """A trainee who never spoke."""
    replay = replayed(silent_call(), tmp_path / "call")
    reasons = [one.why for one in replay.not_measured]
    assert len(reasons) == len(set(reasons)) > 0
    missing = next(group for group in replay.groups if group.score is None)
    assert missing.reason


def test_it_comes_back_from_its_json(tmp_path):
    """The form that `callsim report --json` prints."""
    replay = replayed(good_call(), tmp_path / "call")
    assert Replay.model_validate_json(replay.model_dump_json()) == replay


def test_the_transcript_tells_what_happened_between_the_lines(tmp_path):
    """Steps and silences before the line that follows them, acts in the line in which they were said."""
    rows = flow_of(replayed(rude_call(), tmp_path / "call"))
    assert [row.at_ms for row in rows] == sorted(row.at_ms for row in rows)
    cut = next(row for row in rows if row.line and any(tag.kind == "cut_in" for tag in row.tags))
    assert cut.line.who == "trainee"
    assert any(row.mark and row.mark.kind == "dead_air" for row in rows)


def test_the_legend_counts_what_there_is(tmp_path):
    """In words, one and many."""
    texts = [sort.text for sort in legend_of(replayed(rude_call(), tmp_path / "call"))]
    assert "1 cut-in" in texts
    assert "1 silence" in texts
    assert all(not text.startswith("0 ") for text in texts)


def test_other_takes_stand_beside_this_one_in_order(tmp_path):
    """This one is among them once, whether or not it was given."""

    def take(folder, day):
        return Take(folder=folder, started=f"2026-{day}T09:30:00+01:00", overall=50.0, scores={})

    alone = replayed(good_call(), tmp_path / "call")
    assert takes_shown(alone) == ()
    others = (take("before", "01-30"), take("call", "01-31"), take("later", "02-01"))
    both = alone.model_copy(update={"takes": others})
    assert [one.folder for one in takes_shown(both)] == ["before", "call", "later"]
    assert takes_shown(both)[1].overall == alone.overall


@given(st.floats(0, 100))
def test_a_shown_0_or_100_is_truly_that(value):
    """All else is between 1 and 99."""
    assert (score(value) == "0") == (value == 0)
    assert (score(value) == "100") == (value == 100)


def test_what_is_missing_has_no_colour_and_no_number():
    """Neither good nor bad."""
    assert (score(None), tone(None)) == ("–", "")
    assert [tone(value) for value in (100, 75, 74, 50, 49, 0)] == ["good", "good", "mend", "mend", "bad", "bad"]
