"""Syllables: the dictionary's count for its words, a rule for all others."""

from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from callsim.scoring.syllables import _exceptions, by_rule, exception_lines, read_cmudict, syllables

# Counted by clapping, not by program.
CLAPPED = {
    "i": 1,
    "the": 1,
    "make": 1,
    "makes": 1,
    "table": 2,
    "asked": 1,
    "needed": 2,
    "catches": 2,
    "going": 2,
    "idea": 3,
    "nation": 2,
    "patience": 2,
    "refrigerator": 5,
    "engineer": 3,
    "saturday": 3,
    "replacement": 3,
    "apologise": 4,
    "business": 2,
    "something": 2,
    "don't": 1,
    "didn't": 2,
    "we'll": 1,
    "questioned": 2,
    "basically": 3,
    "chaos": 2,
}


def test_everyday_words_have_the_syllables_one_claps():
    """The words of a support call are counted as a person counts them."""
    assert {word: syllables(word) for word in CLAPPED} == CLAPPED


def test_case_and_quotes_do_not_matter():
    """A word at the start of a sentence or in quotes is the same word."""
    assert syllables("'Refrigerator'") == syllables("refrigerator") == 5


def test_the_file_holds_nothing_the_rule_knows():
    """Each exception is one, so the file stays as small as it can be."""
    useless = [word for word, count in _exceptions().items() if by_rule(word) == count]
    assert len(_exceptions()) > 8000
    assert useless == []


def test_the_file_carries_the_notice_of_its_source():
    """The dictionary's licence asks for its notice to be kept."""
    head = (files("callsim.scoring") / "syllables.txt").read_text(encoding="utf-8")[:3000]
    assert "Copyright (C) 1993-2015 Carnegie Mellon University" in head
    assert "THIS SOFTWARE IS PROVIDED" in head


def test_the_maker_reads_first_pronunciations_and_keeps_what_the_rule_gets_wrong():
    """From dictionary lines come only plain words, their first pronunciation, and only where the rule fails."""
    words = read_cmudict(["chaos K EY1 AA2 S", "make M EY1 K # comment", "make(2) M AE1 K IH0", "hm HH M", "a42 AH1"])
    assert words == {"chaos": 2, "make": 1, "hm": 1}
    assert list(exception_lines(words)) == ["2 chaos"]


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'", max_size=20))
def test_any_word_has_one_syllable_or_more_and_no_more_than_letters_and_one(word):
    """No word is counted as silence, and none grows beyond its letters (a final sm or n't adds one)."""
    letters = sum(letter.isalpha() for letter in word)
    assert (1 <= syllables(word) <= letters + 2) if letters else syllables(word) == 0
