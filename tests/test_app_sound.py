"""A call's sound in any range of bytes, as browsers ask for it: the file as it is, and as WAV."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_session import write_call
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from callsim.app.sound import FileBytes, WavBytes, in_ranges
from callsim.sessions.folder import OPEN_SOUND, PACKED_SOUND

BYTES = bytes(range(256)) * 1_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A session, and a file of which each byte is known."""
    folder = tmp_path_factory.mktemp("sound")
    writer = write_call(folder / "open")
    write_call(folder / "packed").close()
    (folder / "bytes").write_bytes(BYTES)
    yield folder
    writer.close()


@pytest.fixture(scope="module")
def asking(folder):
    """Asks for the file and for the WAV."""
    contents = {"file": FileBytes(folder / "bytes", "audio/ogg"), "wav": WavBytes(folder / "packed" / PACKED_SOUND)}
    routes = [Route(f"/{name}", lambda request, of=of: in_ranges(request, of)) for name, of in contents.items()]
    with TestClient(Starlette(routes=routes)) as client:
        yield client


def ask(asking, path, asked=None):
    """The answer to a range."""
    return asking.get(path, headers={} if asked is None else {"range": asked})


def test_without_a_range_all_is_sent(asking):
    """With its length, and that ranges may be asked for."""
    whole = ask(asking, "/file")
    assert (whole.status_code, whole.content) == (200, BYTES)
    assert whole.headers["content-length"] == str(len(BYTES))
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"] == "audio/ogg"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=255000-", 255_000, 256_000),
        ("bytes=-7", 255_993, 256_000),
        ("bytes=-999999", 0, 256_000),
        ("bytes=5-999999", 5, 256_000),
    ],
)
def test_a_range_is_sent_as_it_was_asked_for(asking, asked, start, end):
    """From, to, to the end, or the last so many."""
    part = ask(asking, "/file", asked)
    assert (part.status_code, part.content) == (206, BYTES[start:end])
    assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(BYTES)}"


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=9-8", "bytes=-0"])
def test_a_range_that_is_not_there_is_refused(asking, asked):
    """With how much there is."""
    refused = ask(asking, "/file", asked)
    assert refused.status_code == 416
    assert refused.headers["content-range"] == f"bytes */{len(BYTES)}"


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes=1.5-2", ""])
def test_what_is_no_single_range_gets_all(asking, asked):
    """As the protocol allows."""
    assert ask(asking, "/file", asked).status_code == 200


def test_the_wav_is_the_sound_to_the_sample(asking, folder):
    """Read back by another reader."""
    sound, rate_hz = soundfile.read(io.BytesIO(ask(asking, "/wav").content), dtype="int16")
    original, its_rate_hz = soundfile.read(folder / "packed" / PACKED_SOUND, dtype="int16")
    assert rate_hz == its_rate_hz
    assert np.array_equal(sound, original)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 128_100), length=st.integers(1, 70_000))
def test_any_range_of_the_wav_is_a_piece_of_it(folder, start, length):
    """Wherever it begins: in the head, in the middle of a sample, in the last one."""
    wav = WavBytes(folder / "packed" / PACKED_SOUND)
    whole = b"".join(wav.pieces(0, wav.size))
    assert len(whole) == wav.size
    end = min(wav.size, start + length)
    assert b"".join(wav.pieces(start, end)) == whole[start:end]


def test_a_call_that_was_never_packed_can_be_heard(folder):
    """Its WAV was left open, its head does not know how long it is."""
    wav = WavBytes(folder / "open" / OPEN_SOUND)
    sound, _ = soundfile.read(io.BytesIO(b"".join(wav.pieces(0, wav.size))), dtype="int16")
    assert np.array_equal(sound, soundfile.read(folder / "packed" / PACKED_SOUND, dtype="int16")[0])
