"""The speech model tuned: a folder that differs in two files, and what decoding gains by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import vosk
from model_copies import (
    heard,
    old_layout,
)

from callsim.devices import models


@pytest.fixture(autouse=True)
def no_model_named_outside(monkeypatch):
    """These tests say themselves which model is named."""
    monkeypatch.delenv("CALLSIM_MODEL", raising=False)


@pytest.fixture(autouse=True, scope="module")
def vosk_is_quiet():
    """Its log would fill the terminal."""
    vosk.SetLogLevel(-1)


def loaded_tuned(model: Path) -> vosk.Model:
    """The model loaded from a tuned folder that is gone when it is used."""
    with models.tuned(model) as folder:
        return vosk.Model(model_path=str(folder))


def test_decoding_on_a_tuned_model_repeats_to_the_byte_and_ends_sooner(model):
    """From one recogniser to the next in the same process; on the model as it is, dither changes the numbers."""
    tuned, plain = loaded_tuned(model), vosk.Model(model_path=str(model))
    again, varied = [heard(tuned) for _ in range(3)], [heard(plain) for _ in range(3)]
    assert json.loads(again[0])["text"]
    assert len(set(again)) == 1
    assert len(set(varied)) > 1
    assert 500 <= json.loads(again[0])["silent_ms"] < json.loads(varied[0])["silent_ms"]


def test_a_tuned_folder_changes_two_files_and_nothing_in_the_model(model):
    """Everything else is the model's own; afterwards the folder is gone and the model is still whole."""
    with models.tuned(model) as folder:
        mfcc, ends = (folder / "conf/mfcc.conf").read_text(), (folder / "conf/model.conf").read_text()
        same = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {
            "conf/mfcc.conf",
            "conf/model.conf",
        }
        assert all((folder / name).samefile(model / name) for name in same)
    assert not folder.exists()
    assert mfcc.split()[-1] == "--dither=0"
    assert ends.split()[-3:] == [f"--endpoint.rule{rule}.min-trailing-silence=0.5" for rule in (2, 3, 4)]
    assert models.verify() == model


def test_the_last_setting_counts(model):
    """A model that asks for dither, without a newline at its end, is tuned all the same."""
    with models.tuned(model) as noisy:
        with (noisy / "conf/mfcc.conf").open("a") as conf:
            conf.write("--dither=1.0")
        loaded = loaded_tuned(noisy)
    assert heard(loaded) == heard(loaded)


def test_a_model_in_the_old_layout_is_tuned_too(model, tmp_path):
    """Its dither lies at the top; its decoding repeats as well."""
    loaded = loaded_tuned(old_layout(model, tmp_path))
    assert heard(loaded) == heard(loaded)


@pytest.mark.parametrize("refused", [("symlink_to",), ("symlink_to", "hardlink_to")])
def test_without_links_a_tuned_folder_is_made_of_copies(model, monkeypatch, refused):
    """As on Windows, where symbolic links need a right, and across drives, where hard links cannot be."""

    def refuse(*_: object) -> None:
        raise OSError("not here")

    for way in refused:
        monkeypatch.setattr(Path, way, refuse)
    with models.tuned(model) as folder:
        assert not (folder / "am/final.mdl").is_symlink()
        assert (folder / "am/final.mdl").read_bytes() == (model / "am/final.mdl").read_bytes()
        assert models.find(folder) == folder


def test_an_error_of_the_user_of_a_tuned_folder_is_not_ours(model):
    """An OSError raised while Vosk loads stays what it is, and the folder still goes."""
    with pytest.raises(OSError, match="of the caller"), models.tuned(model) as folder:
        raise OSError("of the caller")
    assert not folder.exists()
