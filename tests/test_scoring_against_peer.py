"""The same scenes measured by an independent implementation, PyPI's call-ai-metrics; every difference is explained."""

import json
from statistics import median

import pytest
from scenes import STORY, good_call, rude_call, scene, silent_call

from callsim.scoring.measured import measure
from callsim.scoring.rubric import read_rubric
from callsim.scoring.turns import longest_turn, talk_share, turns
from callsim.timeline import Span, bridged

peer = pytest.importorskip("call_ai_metrics", reason="call-ai-metrics is not installed")

RULES = read_rubric().measures


def both(call):
    """The measures of the scene as a recording: ours, and the peer's for the trainee."""
    evidence = call.imported()
    segments = [(span.start_ms / 1000, span.end_ms / 1000, "agent") for span in evidence.trainee]
    segments += [(span.start_ms / 1000, span.end_ms / 1000, "caller") for span in evidence.caller]
    report = peer.analyze(sorted(segments), speakers=["agent", "caller"]).to_dict()
    return measure(evidence, RULES), report["speakers"]["agent"]


LISTENING = scene().caller(STORY).trainee("right", into_ms=2000).caller("so there", 9000).trainee("i see it", 500)


@pytest.mark.parametrize("call", [good_call(), rude_call(), silent_call(), LISTENING])
def test_talk_share_longest_turn_interruptions_and_backchannels_agree(call):
    """Where definitions are the same, so are the numbers."""
    ours, theirs = both(call)
    longest = longest_turn(ours.turns)
    assert talk_share(ours.evidence.trainee, ours.evidence.caller) == pytest.approx(theirs["talk_share"], abs=1e-4)
    assert (longest.span.duration_ms / 1000 if longest else 0) == pytest.approx(theirs["longest_monologue_s"])
    assert len(ours.of_kind("cut_in")) == theirs["interruptions"]
    assert len(ours.of_kind("backchannel")) == theirs["backchannels"]


@pytest.mark.parametrize("call", [good_call(), LISTENING])
def test_response_gaps_agree_where_nobody_interrupts(call):
    """The median over the same answers is the same."""
    ours, theirs = both(call)
    assert len(ours.gaps) == theirs["replies"]
    assert median(gap.gap_ms for gap in ours.gaps) / 1000 == pytest.approx(theirs["response_latency_s"])


def test_the_peer_takes_a_cut_in_for_an_answer_after_no_time_at_all():
    """Explained: it counts a reply that overlapped as 0 s, so that interrupting looks quick; here it is no answer."""
    ours, theirs = both(rude_call())
    assert [gap.gap_ms for gap in ours.gaps] == [4500]
    assert theirs["response_latency_s"] == pytest.approx((0 + 4.5) / 2)


def test_the_peer_clips_an_early_start_to_nothing():
    """Explained: its latencies are never negative; here 0.3 s of overlap are a gap of -300 ms."""
    ours, theirs = both(scene().caller(STORY).trainee("my name is sam", -300))
    assert [gap.gap_ms for gap in ours.gaps] == [-300]
    assert theirs["response_latency_s"] == 0


def test_the_peer_takes_any_short_overlap_for_a_backchannel():
    """Explained: it knows no words; "that's" inside the caller's speech is no sign of listening."""
    ours, theirs = both(scene().caller(STORY).trainee("that's", into_ms=2000))
    assert ours.of_kind("backchannel") == []
    assert theirs["backchannels"] == 1


def switchboard(path):
    """A real telephone conversation: each side's speech as transcribed, bridged and without bursts."""
    channels = json.loads(path.read_text())["channels"].values()
    for channel in channels:
        spoken = [one for one in channel["segments"] if one["speech"]]
        spans = bridged((Span(round(one["start"] * 1000), round(one["end"] * 1000)) for one in spoken), 300)
        yield [span for span in spans if span.duration_ms >= 120]


def test_on_real_telephone_calls_spans_agree_and_every_difference_is_explained(recordings):
    """18 Switchboard calls: talk share and longest turn are the same in each, by two independent ways of counting.

    Replies differ, and are explained above: nearly every answer in these calls overlaps, which the peer counts as 0 s.
    """
    paths = sorted((recordings / "texts" / "switchboard").glob("*.json"))
    assert len(paths) == 18
    for path in paths:
        ours, theirs = switchboard(path)
        listed = sorted(
            [(one.start_ms / 1000, one.end_ms / 1000, "agent") for one in ours]
            + [(one.start_ms / 1000, one.end_ms / 1000, "caller") for one in theirs]
        )
        report = peer.analyze(listed, speakers=["agent", "caller"]).to_dict()["speakers"]["agent"]
        assert talk_share(ours, theirs) == pytest.approx(report["talk_share"], abs=1e-4)
        held = turns(ours, theirs, (), RULES.turn_pause_ms)
        assert longest_turn(held).span.duration_ms / 1000 == pytest.approx(report["longest_monologue_s"], abs=0.01)
