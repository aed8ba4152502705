"""What every phone keeps to, whatever stands behind it: blocks without a gap, and clips accounted for to the sample."""

from itertools import islice

import numpy as np
import pytest

from callsim.devices.recorded import RecordedPhone, ScriptedPhone
from callsim.errors import OurBug
from callsim.phone import Clip, Cue, Playing

# No sample of it is silent, and none looks like another near it.
CLIP = Clip(np.arange(1000, 3000, dtype=np.int16))
PHONES = {
    "recorded": lambda: RecordedPhone([np.full(1000, 5, np.int16)]),
    "scripted": lambda: ScriptedPhone([Cue(Clip(np.full(1000, 5, np.int16)), "at start")]),
}


@pytest.fixture(params=PHONES)
def phone(request):
    """Each kind of phone, with a trainee who says something short."""
    return PHONES[request.param]()


def test_blocks_follow_each_other_without_a_gap(phone):
    """320 samples of both sides, from sample 0 on, for as long as anybody wants them."""
    blocks = list(islice(phone.blocks(), 500))
    assert [block.first_sample for block in blocks] == [320 * number for number in range(500)]
    assert {(len(block.trainee), len(block.caller)) for block in blocks} == {(320, 320)}
    assert {(block.trainee.dtype.name, block.caller.dtype.name) for block in blocks} == {("int16", "int16")}


def test_the_caller_is_silent_until_a_clip_is_played(phone):
    """No clip, no sound, no Playing."""
    blocks = list(islice(phone.blocks(), 20))
    assert not any(block.caller.any() for block in blocks)
    assert {block.playing for block in blocks} == {None}


def test_a_clip_is_heard_whole_from_the_next_block_on(phone):
    """2000 samples are six blocks and a bit, and what follows is silence."""
    line = phone.blocks()
    list(islice(line, 3))
    phone.play(CLIP)
    blocks = list(islice(line, 10))
    sound = np.concatenate([block.caller for block in blocks])
    assert np.array_equal(sound, np.pad(CLIP.samples, (0, 1200)))
    assert [block.playing for block in blocks] == [
        *(Playing(960, 320 * number, done=False) for number in range(1, 7)),
        Playing(960, 2000, done=True),
        None,
        None,
        None,
    ]


def test_a_clip_of_whole_blocks_is_done_in_its_last_one(phone):
    """No block of silence is counted as part of the clip."""
    line = phone.blocks()
    phone.play(Clip(CLIP.samples[:640]))
    standings = [block.playing for block in islice(line, 3)]
    assert standings == [Playing(0, 320, done=False), Playing(0, 640, done=True), None]


def test_a_cut_clip_fades_out_within_five_milliseconds(phone):
    """80 samples into the next block it is silent, it falls all the way there, and what was heard is told."""
    line = phone.blocks()
    phone.play(CLIP)
    list(islice(line, 2))
    phone.cut()
    cut, after = islice(line, 2)
    assert cut.playing == Playing(0, 720, done=True)
    assert cut.caller[0] == CLIP.samples[640]
    assert (np.diff(cut.caller[:80].astype(int)) < 0).all()
    assert not cut.caller[79:].any()
    assert after.playing is None
    assert not after.caller.any()


def test_a_clip_cut_near_its_end_fades_over_what_is_left(phone):
    """No more is heard than there was."""
    line = phone.blocks()
    phone.play(Clip(CLIP.samples[:350]))
    next(line)
    phone.cut()
    cut = next(line)
    assert cut.playing == Playing(0, 350, done=True)
    assert cut.caller[29] == 0


def test_a_clip_cut_before_its_first_block_is_not_heard(phone):
    """Nothing was heard of it, and that is told too."""
    line = phone.blocks()
    next(line)
    phone.play(CLIP)
    phone.cut()
    block = next(line)
    assert block.playing == Playing(320, 0, done=True)
    assert not block.caller.any()


def test_a_cut_without_a_clip_does_nothing(phone):
    """The clip may just have ended by itself; the next one is not cut for it."""
    line = phone.blocks()
    phone.cut()
    assert next(line).playing is None
    phone.cut()
    phone.play(CLIP)
    assert next(line).playing == Playing(320, 320, done=False)


def test_a_clip_can_follow_once_the_last_one_is_done(phone):
    """After the end, and after a cut, in the very next block."""
    line = phone.blocks()
    phone.play(Clip(CLIP.samples[:100]))
    assert next(line).playing == Playing(0, 100, done=True)
    phone.play(CLIP)
    next(line)
    phone.cut()
    next(line)
    phone.play(CLIP)
    assert next(line).playing == Playing(960, 320, done=False)


@pytest.mark.parametrize("meanwhile", ["nothing", "a block", "a cut"])
def test_two_clips_at_a_time_are_a_bug(phone, meanwhile):
    """A caller has one mouth; a cut clip holds it until the next block tells how much was heard."""
    line = phone.blocks()
    phone.play(CLIP)
    if meanwhile == "a block":
        next(line)
    if meanwhile == "a cut":
        phone.cut()
    with pytest.raises(OurBug, match="while another one plays"):
        phone.play(CLIP)


def test_the_same_calls_give_the_same_samples():
    """A headless call is the same each time."""

    def call(make):
        phone = make()
        line = phone.blocks()
        blocks = list(islice(line, 4))
        phone.play(CLIP)
        blocks += islice(line, 3)
        phone.cut()
        blocks += islice(line, 3)
        return np.concatenate([np.concatenate([block.trainee, block.caller]) for block in blocks]).tobytes()

    assert all(call(make) == call(make) for make in PHONES.values())
