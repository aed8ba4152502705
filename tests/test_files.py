"""Reading any recording: every format, rate and width in, 16 kHz blocks out, and one sentence for what cannot be."""

import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from callsim.devices.files import after_silence, open_recording, pairs, reblocked
from callsim.errors import RecordingError

RATES = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000]


def tone(rate_hz, duration_s, channels=1):
    """A quiet tone, the second channel half as loud as the first."""
    wave = 0.2 * np.sin(2 * np.pi * 300 * np.arange(int(rate_hz * duration_s)) / rate_hz)
    return wave if channels == 1 else np.column_stack([wave, wave / 2])


def whole(path, channel=0):
    """A channel in one piece."""
    return np.concatenate([*open_recording(path).blocks(channel, 320), np.zeros(0, np.int16)])


def read_through(path):
    """Open a recording and read all of it."""
    return [whole(path, channel) for channel in range(open_recording(path).channels)]


@pytest.mark.parametrize("rate_hz", RATES)
def test_what_was_at_a_time_stays_there(tmp_path, rate_hz):
    """A click one second in is one second in afterwards, at any rate: the resampler's delay is made up for."""
    sound = np.zeros(rate_hz * 3)
    sound[rate_hz] = 0.9
    soundfile.write(tmp_path / "click.wav", sound, rate_hz)
    heard = whole(tmp_path / "click.wav")
    assert abs(int(np.argmax(np.abs(heard))) - 16_000) <= 1
    assert abs(len(heard) - 48_000) <= 1


@pytest.mark.parametrize(
    ("name", "kind", "subtype"),
    [
        ("a.wav", "WAV", "PCM_U8"),
        ("a.wav", "WAV", "PCM_16"),
        ("a.wav", "WAV", "PCM_24"),
        ("a.wav", "WAV", "PCM_32"),
        ("a.wav", "WAV", "FLOAT"),
        ("a.wav", "WAV", "DOUBLE"),
        ("a.wav", "WAV", "ULAW"),
        ("a.wav", "WAVEX", "PCM_16"),
        ("a.flac", "FLAC", "PCM_24"),
        ("a.ogg", "OGG", "VORBIS"),
        ("a.opus", "OGG", "OPUS"),
        ("a.mp3", "MP3", "MPEG_LAYER_III"),
        ("a.aiff", "AIFF", "PCM_16"),
        ("misnamed.mp3", "WAV", "PCM_16"),
    ],
)
def test_every_format_is_read(tmp_path, name, kind, subtype):
    """The tone comes out as it went in, whatever it was packed in, one or two channels."""
    path = tmp_path / name
    soundfile.write(path, tone(16_000, 2, channels=2), 16_000, format=kind, subtype=subtype)
    recording = open_recording(path)
    assert (recording.channels, recording.rate_hz, recording.duration_ms) == (2, 16_000, 2000)
    for channel, scale in ((0, 1), (1, 0.5)):
        heard, truth = whole(path, channel), tone(16_000, 2) * scale * 32_768
        assert len(heard) == 32_000
        assert np.sqrt(np.mean((heard - truth)[1600:-1600] ** 2)) < 330


def test_sixteen_bits_at_the_calls_own_rate_are_kept_to_the_bit(tmp_path):
    """What the session wrote is what the score reads."""
    samples = np.random.default_rng(3).integers(-32_768, 32_768, 20_000).astype(np.int16)
    soundfile.write(tmp_path / "a.flac", samples, 16_000)
    assert np.array_equal(whole(tmp_path / "a.flac"), samples)


def test_what_is_too_loud_is_cut_and_what_is_no_number_is_silent(tmp_path):
    """Floating-point files may hold anything."""
    soundfile.write(tmp_path / "a.wav", np.array([1.5, -1.5, np.nan, 0.5]), 16_000, subtype="FLOAT")
    assert whole(tmp_path / "a.wav").tolist() == [32_767, -32_768, 0, 16_384]


def test_blocks_are_of_one_size(tmp_path):
    """But for the last one, which holds what is left."""
    soundfile.write(tmp_path / "a.wav", tone(16_000, 2), 16_000)
    sizes = [len(block) for block in open_recording(tmp_path / "a.wav").blocks(0, 3000)]
    assert sizes == [3000] * 10 + [2000]


@given(sizes=st.lists(st.integers(0, 900), max_size=10), block=st.integers(1, 400))
def test_reblocking_neither_loses_nor_moves_a_sample(sizes, block):
    """In pieces of any size, out in blocks of one size."""
    sound = np.arange(sum(sizes), dtype=np.int16)
    blocks = list(reblocked(np.split(sound, np.cumsum(sizes)), block))
    assert np.array_equal(np.concatenate([*blocks, sound[:0]]), sound)
    assert {len(one) for one in blocks[:-1]} <= {block}


@given(sizes=st.lists(st.integers(0, 900), max_size=10), silent=st.integers(0, 2000), block=st.integers(1, 400))
def test_a_wait_is_the_same_as_silence_recorded_before_the_sound(sizes, silent, block):
    """Sample by sample and block by block, however the sound comes in."""
    sound = np.arange(1, sum(sizes) + 1, dtype=np.int16)
    recorded = np.concatenate([np.zeros(silent, np.int16), sound])
    waited = list(after_silence(np.split(sound, np.cumsum(sizes)), silent, block))
    expected = list(reblocked([recorded], block))
    assert [one.tolist() for one in waited] == [one.tolist() for one in expected]


def test_an_hour_of_waiting_is_not_held_in_memory():
    """115 MB of silence pass in blocks of a second."""
    tracemalloc.start()
    waited = sum(len(block) for block in after_silence([np.ones(10, np.int16)], 3600 * 16_000, 16_000))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert waited == 3600 * 16_000 + 10
    assert peak_bytes < 1_000_000


def test_two_sides_of_different_length_are_read_in_step(tmp_path):
    """The shorter side is filled up with silence to the end of the longer one."""
    soundfile.write(tmp_path / "long.wav", np.full(16_000, 0.5), 16_000)
    soundfile.write(tmp_path / "short.wav", np.full(4100, 0.25), 8_000)
    long, short = (open_recording(tmp_path / name).blocks(0, 320) for name in ("long.wav", "short.wav"))
    blocks = list(pairs(long, short))
    assert all(len(one) == len(other) for one, other in blocks)
    assert len(np.concatenate([one for one, _ in blocks])) == 16_000
    assert not np.concatenate([other for _, other in blocks])[8300:].any()


def test_a_long_recording_is_not_held_in_memory(tmp_path):
    """Ten minutes of two channels at 48 kHz are 115 MB; reading them takes a few."""
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 48_000, 2, "PCM_16") as file:
        for _ in range(60):
            file.write(tone(48_000, 10, channels=2))
    tracemalloc.start()
    read = sum(len(block) for block in open_recording(tmp_path / "long.wav").blocks(1, 320))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == 16_000 * 600
    assert peak_bytes < 8_000_000


def test_digital_silence_is_told(tmp_path):
    """A channel in which nothing was recorded is silent, one with a single sample is not."""
    sound = np.zeros((48_000, 2))
    sound[47_999, 1] = 0.001
    soundfile.write(tmp_path / "a.wav", sound, 16_000)
    recording = open_recording(tmp_path / "a.wav")
    assert [recording.is_silent(channel) for channel in (0, 1)] == [True, False]


WRITERS = {
    "soundfile": """
import soundfile
file = soundfile.SoundFile({path!r}, "w", 16000, 2, "PCM_16")
for _ in range(100): file.write([[0.25, -0.25]] * 1600)
""",
    "wave": """
import wave
file = wave.open({path!r}, "wb")
file.setparams((2, 2, 16000, 0, "NONE", None))
for _ in range(100): file.writeframesraw(b"\\x00\\x20\\x00\\xe0" * 1600)
file._file.flush()
""",
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_wav_whose_writer_was_killed_is_read_whole(tmp_path, writer):
    """Ten seconds were written and the header never brought up to date: ten seconds are read."""
    path = str(tmp_path / "call.wav")
    program = WRITERS[writer].format(path=path) + "\nimport os\nos._exit(9)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9
    assert open_recording(tmp_path / "call.wav").duration_ms == 10_000
    left, right = read_through(tmp_path / "call.wav")
    assert (len(left), len(right)) == (160_000, 160_000)
    assert (set(left.tolist()), set(right.tolist())) == ({8192}, {-8192})


@pytest.mark.parametrize(
    ("riff", "data"),
    [(0, 0), (36, 0), (0xFFFF_FFFF, 0xFFFF_FFFF), (0x7FFF_F024, 0x7FFF_F000), (0x8000_0024, 0x8000_0000), (3236, 3200)],
)
def test_a_wav_that_does_not_know_its_length_is_read_whole(tmp_path, riff, data):
    """What programs put into the header of a WAV that they cannot go back to, or never came back to."""
    soundfile.write(tmp_path / "a.wav", np.full(16_000, 0.25), 16_000, subtype="PCM_16")
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[4:8], content[40:44] = struct.pack("<I", riff), struct.pack("<I", data)
    (tmp_path / "a.wav").write_bytes(content)
    assert whole(tmp_path / "a.wav").tolist() == [8192] * 16_000


def test_chunks_behind_the_sound_are_no_sound(tmp_path):
    """Titles and the like may follow; they are not taken for a writer that was killed."""
    with soundfile.SoundFile(tmp_path / "a.wav", "w", 16_000, 1, "PCM_16") as file:
        file.title = "A call"
        file.write(np.full(16_000, 0.25))
    content = (tmp_path / "a.wav").read_bytes() + b"note\x04\x00\x00\x00abcd"
    (tmp_path / "a.wav").write_bytes(content)
    assert len(whole(tmp_path / "a.wav")) == 16_000


@pytest.mark.parametrize(
    ("name", "kind", "subtype"),
    [
        ("a.wav", "WAV", "PCM_16"),
        ("a.aiff", "AIFF", "PCM_16"),
        ("a.flac", "FLAC", "PCM_16"),
        ("a.mp3", "MP3", "MPEG_LAYER_III"),
        ("a.ogg", "OGG", "VORBIS"),
    ],
)
def test_a_recording_that_was_copied_in_part_is_refused(tmp_path, name, kind, subtype):
    """Half a call is not scored as if it were the whole."""
    path = tmp_path / name
    soundfile.write(path, tone(16_000, 4), 16_000, format=kind, subtype=subtype)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RecordingError, match=rf"{name} is .*cut short.*copy or export it again"):
        read_through(path)


def test_a_missing_recording_is_named(tmp_path):
    """With its path, so that the mistake in it can be seen."""
    with pytest.raises(RecordingError, match=r"There is no recording .*gone\.wav: check"):
        open_recording(tmp_path / "gone.wav")


def test_a_folder_is_no_recording(tmp_path):
    """The message says what to name instead."""
    with pytest.raises(RecordingError, match="is a folder: name the sound file in it"):
        open_recording(tmp_path)


@pytest.mark.parametrize("name", ["a.wav", "a.txt", "a.raw", "a.mp3"])
def test_what_is_no_sound_is_refused(tmp_path, name):
    """Whatever it is called."""
    (tmp_path / name).write_text("Dear Sir or Madam, " * 50)
    with pytest.raises(RecordingError, match=rf"{name} is not a sound file that callsim reads: export it as WAV"):
        read_through(tmp_path / name)


@pytest.mark.parametrize("content", ["no bytes", "a header", "half a header"])
def test_an_empty_recording_is_refused(tmp_path, content):
    """A file without bytes, and one with a header and no samples."""
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    header = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes({"no bytes": b"", "a header": header, "half a header": header[:30]}[content])
    with pytest.raises(RecordingError, match=r"a\.wav is (empty|not a sound file)"):
        open_recording(tmp_path / "a.wav")


def test_a_missing_channel_is_named(tmp_path):
    """A mono file has no right side."""
    soundfile.write(tmp_path / "a.wav", tone(16_000, 1), 16_000)
    with pytest.raises(
        RecordingError, match="is mono where two channels are needed: give a recording with two channels"
    ):
        open_recording(tmp_path / "a.wav").blocks(1, 320)


def test_more_than_two_channels_are_refused(tmp_path):
    """Which of them would be the trainee?"""
    soundfile.write(tmp_path / "a.wav", np.zeros((100, 6)), 16_000)
    with pytest.raises(RecordingError, match="has 6 channels, callsim reads one or two: mix it down"):
        open_recording(tmp_path / "a.wav")


@pytest.mark.parametrize("rate_hz", [4_000, 384_000])
def test_a_rate_that_holds_no_speech_is_refused(tmp_path, rate_hz):
    """Below the telephone's 8 kHz, and far above anything a sound card does."""
    soundfile.write(tmp_path / "a.wav", np.zeros(100), rate_hz)
    with pytest.raises(RecordingError, match=f"has a rate of {rate_hz} Hz: record or export it with 8000"):
        open_recording(tmp_path / "a.wav")
