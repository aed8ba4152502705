"""A call on a real sound device: PortAudio, ALSA and PulseAudio for real, the headset a virtual one."""

import json
import signal
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from headset import RATE_HZ, heard_in, lacking, virtual_headset
from soundcard_scenes import clip
from spoken import sentence, silence

from callsim.errors import DeviceError

pytestmark = [pytest.mark.headset, pytest.mark.skipif(lacking() is not None, reason=str(lacking()))]

SCENES = str(Path(__file__).with_name("soundcard_scenes.py"))
MS, FINER = 16, 4
# PulseAudio's.
DITHER = 2
# How far from where it says PulseAudio may put a sound; it was 4 ms in the worst of ten minutes.
PLACE_MS = 8


@pytest.fixture(scope="module")
def headset():
    """One headset for all of these tests but those that break it."""
    with virtual_headset() as plugged_in:
        yield plugged_in


def scene(headset, name, *arguments):
    """A scene begun in a process of its own, that has the headset."""
    return headset.start(sys.executable, SCENES, name, *map(str, arguments))


def seen(process):
    """What the scene saw, once it is over."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err[-2000:]
    return json.loads(out.splitlines()[-1])


def place_of(piece, sound):
    """Where a piece of sound lies in another, to a quarter of a sample, and how alike they are (1: the same)."""
    piece, sound = (soxr.resample(samples.astype(float), 1, FINER) for samples in (piece, sound))
    size = 1 << (len(sound) + len(piece)).bit_length()
    match = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size)), size)
    at = int(match[: len(sound) - len(piece) + 1].argmax())
    there = sound[at : at + len(piece)]
    return at / FINER, float(piece @ there / np.sqrt((piece @ piece) * (there @ there)))


@pytest.fixture(scope="module")
def clips(headset, tmp_path_factory):
    """The scene of clips: what the phone told, its two tracks, and what came out of the speaker, at 16 kHz."""
    folder = tmp_path_factory.mktemp("clips")
    with headset.heard(folder / "heard.raw"):
        told = seen(scene(headset, "clips", folder / "tracks.npz"))
    with np.load(folder / "tracks.npz") as tracks:
        return {**told, **tracks, "air": soxr.resample(heard_in(folder / "heard.raw"), RATE_HZ, 16_000)}


def test_blocks_follow_each_other_without_a_gap(clips):
    """320 samples of both sides, from sample 0 on."""
    assert clips["firsts"] == [320 * number for number in range(len(clips["firsts"]))]
    assert clips["sizes"] == [320]
    assert {clips[side].dtype.name for side in ("trainee", "caller")} == {"int16"}


def test_the_caller_is_silent_but_for_the_clips(clips):
    """Each sample of the caller's track belongs to a clip, and lies where its Playing says."""
    rest = clips["caller"].copy()
    for playing in clips["ended"]:
        first, heard = playing["first_sample"], playing["heard_samples"]
        assert heard == 0 or rest[first : first + heard].any()
        rest[first : first + heard] = 0
    assert not rest.any()


def test_a_clip_is_heard_whole(clips):
    """Sample by sample, from its first_sample on, also where a cut came when the speaker had all of it."""
    wanted = [clip(1500, 1), None, None, clip(90, 3), clip(1500, 1)]
    for playing, whole in zip(clips["ended"], wanted, strict=True):
        if whole is not None:
            assert playing["heard_samples"] == len(whole.samples)
            first = playing["first_sample"]
            assert np.array_equal(clips["caller"][first : first + len(whole.samples)], whole.samples)


def test_a_cut_clip_fades_out_within_five_milliseconds(clips):
    """What was heard is the clip's beginning, and its last 80 samples fall to nothing."""
    playing = clips["ended"][1]
    first, heard = playing["first_sample"], playing["heard_samples"]
    sound, whole = clips["caller"][first : first + heard].astype(float), clip(1500, 2).samples[:heard]
    assert 200 * MS < heard < 1400 * MS
    assert np.array_equal(sound[:-80], whole[:-80])
    assert np.abs(sound[-80:] - whole[-80:] * np.linspace(1, 0, 80)).max() <= 1


def test_a_clip_cut_before_its_first_sample_is_not_heard(clips):
    """And that is told, too."""
    assert clips["ended"][2]["heard_samples"] == 0


def test_playing_grows_to_its_end_and_comes_once(clips):
    """Of each clip: first the same start and more and more of it, then one `done`, then no more of it."""
    for one, other in pairwise(clips["playing"]):
        if one is not None and not one["done"]:
            assert other["first_sample"] == one["first_sample"]
            assert 0 <= other["heard_samples"] - one["heard_samples"] <= 320
    assert [playing for playing in clips["playing"] if playing and playing["done"]] == clips["ended"]
    assert clips["playing"][-1] is None


def test_heard_samples_reach_to_the_end_of_the_block(clips):
    """While it plays, a clip's standing is that at the end of the block."""
    for first, playing in zip(clips["firsts"], clips["playing"], strict=True):
        if playing and not playing["done"]:
            assert playing["first_sample"] + playing["heard_samples"] == first + 320


def test_two_clips_at_a_time_are_a_bug(clips):
    """A caller has one mouth."""
    assert "while another one plays" in clips["two_at_a_time"]


def test_what_is_told_is_what_came_out_of_the_speaker(clips):
    """Each clip lies in the air as far from the first one as on the call's timeline, and is as long."""
    offsets = []
    for playing in clips["ended"]:
        first, heard = playing["first_sample"], playing["heard_samples"]
        if heard:
            nearby = slice(max(0, first - 1000 * MS), first + heard + 2000 * MS)
            at, share = place_of(clips["caller"][first : first + heard], clips["air"][nearby])
            assert share > 0.9
            offsets.append(nearby.start + at - first)
            ends = nearby.start + round(at) + heard
            assert np.abs(clips["air"][ends + 2 * MS : ends + 80 * MS]).max() < 50
    assert len(offsets) == 4
    assert max(offsets) - min(offsets) <= PLACE_MS * MS


def test_a_cut_is_quick(clips):
    """A clip falls silent within the speaker's buffer and what it holds: an eighth of a second and a half."""
    playing = clips["ended"][1]
    began = next(n for n, one in enumerate(clips["playing"]) if one and one["first_sample"] == playing["first_sample"])
    asked = clips["playing"].index(clips["ended"][0]) + 1 + 40
    assert began < asked
    assert playing["first_sample"] + playing["heard_samples"] - asked * 320 < 190 * MS


def test_devices_and_latencies_are_told(clips):
    """By the names under which they can be asked for again; a virtual headset gives no cause for a warning."""
    assert clips["devices"] == {"microphone": "default", "speaker": "default"}
    assert all(0 < latency_ms < 200 for latency_ms in clips["latencies"])
    assert clips["warnings"] == []


# A sentence, and two sounds that are found again, with silence between them.
BEFORE, BETWEEN = silence(900), silence(3000)
SAID = (BEFORE, clip(400, 7).samples, BETWEEN, clip(400, 8).samples)


def spoken_into(headset, folder, *scene_arguments):
    """A long known sound said into the microphone during a scene: what the scene told, what it heard, what was said."""
    said = np.concatenate([sentence(), *SAID])
    soundfile.write(folder / "said.wav", said, 16_000)
    process = scene(headset, scene_arguments[0], folder / "tracks.npz", *scene_arguments[1:])
    assert process.stdout.readline() == "listening\n"
    with headset.speak(folder / "said.wav"):
        told = seen(process)
    with np.load(folder / "tracks.npz") as tracks:
        return told, tracks["trainee"], said


def moved_ms(trainee, said):
    """How much further apart than it was said the second sound is from the first; both came through as they were."""
    (first, second), (there, then) = (
        [place_of(clip(400, seed).samples, sound) for seed in (7, 8)] for sound in (trainee, said)
    )
    assert min(first[1], second[1]) > 0.98
    return ((second[0] - first[0]) - (then[0] - there[0])) / MS


def test_the_microphone_s_sound_arrives_whole_and_in_place(headset, tmp_path):
    """What was said is there as one piece, and apart from PulseAudio's own resampling it is the same."""
    told, trainee, said = spoken_into(headset, tmp_path, "listening", 9)
    at, share = place_of(said, trainee)
    assert share > 0.98
    assert np.abs(trainee[: round(at) - 50 * MS]).max() <= DITHER
    assert told["flags"]["overruns"] == 0


@pytest.mark.parametrize("stall_s", [0.5, 2.0])
def test_a_stall_loses_nothing(headset, tmp_path, stall_s):
    """When Python as a whole stands still, what is said meanwhile and after it is as far apart as it was."""
    _, trainee, said = spoken_into(headset, tmp_path, "listening", 10, 3, stall_s)
    assert abs(moved_ms(trainee, said)) <= 1


def test_sound_that_is_lost_leaves_a_silence_of_its_length(headset, tmp_path):
    """The call's clock does not stand still while nobody takes what the microphone gives."""
    gap_s = (len(sentence()) + len(BEFORE)) / 16_000 + 1.4
    told, trainee, said = spoken_into(headset, tmp_path, "neglected", 10, gap_s, 0.8)
    assert told["flags"]["overruns"] == 1
    assert abs(moved_ms(trainee, said)) <= PLACE_MS


def test_a_speaker_that_ran_dry_is_followed(tmp_path):
    """What was heard before the gap, after it, and of the next clip lies where the caller's track has it."""
    with virtual_headset(looped=True) as headset:
        told = seen(scene(headset, "dry", tmp_path / "tracks.npz"))
    assert told["flags"]["underruns"] >= 1
    line, following = clip(3000, 1).samples, clip(1000, 2).samples
    with np.load(tmp_path / "tracks.npz") as tracks:
        for piece in (line[: 800 * MS], line[2500 * MS :], following):
            (told_at, _), (heard_at, share) = (place_of(piece, tracks[side]) for side in ("caller", "trainee"))
            assert share > 0.9
            assert abs(heard_at - told_at) <= PLACE_MS * MS


def test_ctrl_c_ends_the_wait_for_sound(headset, tmp_path):
    """The user can always leave; the devices come loose, and the program ends as one that was interrupted."""
    process = scene(headset, "listening", tmp_path / "none", 600)
    assert process.stdout.readline() == "listening\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert err.rstrip().endswith("KeyboardInterrupt")


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
def test_a_lost_device_ends_the_call(tmp_path, fault):
    """Whether the sound server dies or just stops answering: an error says so, in time, and the program can end."""
    with virtual_headset() as headset:
        process = scene(headset, "lost", tmp_path / "none")
        assert process.stdout.readline() == "listening\n"
        headset.server.send_signal(fault)
        try:
            told = seen(process)
        finally:
            headset.kill()
    kind, sentence_ = told["said"]
    assert kind == "DeviceError"
    assert "'default'" in sentence_
    assert "start a new call" in sentence_
    assert told["blocks"] >= 100


def test_a_part_of_a_name_is_enough_where_it_is_one_device_s(headset, tmp_path):
    """Names are what is remembered; nobody types them whole."""
    told = seen(scene(headset, "named", tmp_path, "defa", "PULSE"))
    assert told["devices"] == {"microphone": "default", "speaker": "pulse"}


@pytest.mark.parametrize(
    ("microphone", "speaker", "what"), [("Jabra", "pulse", "microphone"), ("pulse", "Jabra", "speaker")]
)
def test_a_name_that_is_not_there_lists_what_is(headset, tmp_path, microphone, speaker, what):
    """The user can choose at once."""
    told = seen(scene(headset, "named", tmp_path, microphone, speaker))
    assert told["said"][0] == "DeviceError"
    assert told["said"][1].startswith(f"There is no {what} named 'Jabra'")
    assert "'default'" in told["said"][1]
    assert "'pulse'" in told["said"][1]


def test_without_a_device_nothing_can_be_opened(tmp_path):
    """A machine whose sound server does not run has no microphone, and that is said."""
    with virtual_headset() as headset:
        headset.kill()
        told = seen(scene(headset, "named", tmp_path, "default", "default"))
    assert told["said"][0] == "DeviceError"
    assert "There is no microphone" in told["said"][1]


def test_bluetooth_on_its_telephone_profile_is_named():
    """By the names that systems give it, or by its rate; a plain headset gives no warning."""
    from callsim.devices.soundcard import Device

    telephones = ["Headset (Jabra Evolve2 65 Hands-Free AG Audio)", "WH-1000XM4 HFP", "bluez.headset-head-unit"]
    warned = [*(Device(0, name, 1, 44_100) for name in telephones), Device(0, "AirPods", 1, 16_000)]
    assert all("telephone profile" in device.warning for device in warned)
    plain = [
        Device(0, "Plantronics C320", 1, 48_000),
        Device(0, "USB Headset", 2, 44_100),
        Device(0, "Array", 2, 16_000),
    ]
    assert [device.warning for device in plain] == [None] * 3


@pytest.mark.parametrize(
    ("stream", "kind", "what"), [("Microphone", "input", "microphone"), ("Speaker", "output", "speaker")]
)
def test_a_device_that_cannot_be_opened_is_named_with_what_to_do(stream, kind, what):
    """Gone since it was found, taken by another program, not permitted: PortAudio's own reason is in the sentence."""
    from callsim.devices import soundcard_phone
    from callsim.devices.soundcard import Device

    with pytest.raises(DeviceError) as raised:
        soundcard_phone._opened(getattr(soundcard_phone, stream), Device(999, "Ghost", 1, 48_000), kind)
    said = str(raised.value)
    assert said.startswith(f"The {what} 'Ghost' cannot be opened (")
    assert "close other programs that use it" in said
