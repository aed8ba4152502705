"""A Vosk model that somebody names is tried before it is used: damage ends in one sentence, not in a crash."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from callsim.devices import models
from callsim.devices.model_trial import works
from callsim.errors import ModelError

HALF, NOTHING, SCRATCHED, GONE = "half of it", "nothing", "a scratch", "gone"


def damage(content, how):
    """A file's content after some mishap; None where the file is gone."""
    middle = len(content) // 2
    scratched = content[:middle] + np.random.default_rng(1).bytes(200) + content[middle + 200 :]
    return {HALF: content[:middle], NOTHING: b"", SCRATCHED: scratched, GONE: None}[how]


@pytest.fixture
def model(model_folder, tmp_path):
    """A copy of the speech model; its files are the cached ones until they are replaced."""
    return shutil.copytree(model_folder, tmp_path / "model", copy_function=os.link)


def spoil(model, name, how):
    """Replace one file of the copy."""
    content = damage((model / name).read_bytes(), how)
    (model / name).unlink()
    if content is not None:
        (model / name).write_bytes(content)


# What Vosk makes of each, tried on its own: an exception, one of the recogniser, an abort, a crash in decoding.
DAMAGE = [
    ("am/final.mdl", HALF),
    ("am/final.mdl", SCRATCHED),
    ("graph/HCLr.fst", HALF),
    ("ivector/splice.conf", NOTHING),
    ("ivector/final.ie", GONE),
    ("graph/disambig_tid.int", NOTHING),
    ("conf/model.conf", NOTHING),
]


@pytest.mark.parametrize(("name", "how"), DAMAGE)
def test_a_damaged_model_is_one_sentence_with_its_folder(model, tmp_path, name, how):
    """No line of Kaldi's, no passing folder, no crash; the command ends as with any bad input."""
    spoil(model, name, how)
    voice = np.random.default_rng(1).integers(-3_000, 3_000, (16_000, 2), dtype=np.int16)
    soundfile.write(tmp_path / "call.wav", voice, 16_000)
    command = [sys.executable, "-m", "callsim", "score", str(tmp_path / "call.wav"), "--trainee", "left"]
    done = subprocess.run([*command, "--model", str(model)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"callsim: {model}, named by --model, is ")
    assert done.stderr.count("\n") == 1


def test_a_good_model_is_tried_once(model, tmp_path):
    """What passed is remembered; where a file of it changes it is tried again."""
    cache = tmp_path / "cache"
    assert models.find(model, cache=cache) == model
    (mark,) = (cache / "tried").iterdir()
    assert models.find(model, cache=cache) == model
    assert list((cache / "tried").iterdir()) == [mark]
    spoil(model, "am/final.mdl", HALF)
    with pytest.raises(ModelError, match="is a damaged Vosk model: unpack it anew"):
        models.find(model, cache=cache)


def test_a_model_works_where_nothing_can_be_remembered(model_folder, tmp_path):
    """The cache's place is taken by a file; the model is tried each time."""
    (tmp_path / "file").write_text("")
    assert works(model_folder, tmp_path / "file" / "cache")
