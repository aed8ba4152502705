"""The labelled utterances: data for a detector that learns, and the part set aside to measure it."""

import tomllib
from pathlib import Path

import pytest

from callsim.acts import ACTS

HERE = Path(__file__).parent
FRESH = ("american", "british", "formal", "indian", "look_alikes", "more", "names", "second", "turns")
FILES = [*(HERE.parent / "callsim" / "acts" / "data" / f"{name}.toml" for name in FRESH), HERE / "acts_set_aside.toml"]


def labelled(path):
    """Each utterance of a file with its labels."""
    for group in tomllib.loads(path.read_text(encoding="utf-8")).values():
        yield from group.items()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_label_is_an_act_of_its_part(path):
    """As many parts labelled as there are, and no label that is not an act."""
    for utterance, labels in labelled(path):
        assert utterance.count(" | ") == labels.count("|"), utterance
        assert set(labels.replace("|", " ").split()) <= set(ACTS), utterance


def test_what_is_set_aside_is_nowhere_else():
    """No utterance to measure by is among those to learn from."""
    *learnt, aside = FILES
    known = {utterance for path in learnt for utterance, _ in labelled(path)}
    assert not known & {utterance for utterance, _ in labelled(aside)}
    assert sum(1 for _ in labelled(aside)) >= 500
