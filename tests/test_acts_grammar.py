"""The notation of the patterns: what each sign means, and what a mistake says."""

from __future__ import annotations

import pytest

from callsim.acts import ACTS
from callsim.acts.grammar import Index, classes_of, compiled, expression, rules_of
from callsim.acts.words import data, expand, hear
from callsim.errors import RubricError

CLASSES = classes_of({"adverb": "(so|very|really)", "pet": "(cat|dog)"})


def holds(pattern: str, text: str, **guards: str) -> bool:
    """Whether a rule of this one pattern matches a text."""
    rules = rules_of("blame", [{"say": pattern, **guards}], CLASSES)
    return any(True for _ in Index(rules).matches(hear(text).line))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("sorry", "i am sorry", True),
        ("sorry", "i am sorrydale", False),
        ("frustrat*", "how frustrating", True),
        ("frustrat*", "unfrustrated", False),
        ("(red|dark blue) car", "a dark blue car", True),
        ("(red|dark blue) car", "a blue car", False),
        ("a [big] car", "a car", True),
        ("a ..2 car", "a big red car", True),
        ("a ..2 car", "a big red old car", False),
        ("a _ car", "a car", False),
        ("my @pet", "my dog", True),
        ("i am ~ sorry", "i'm really so sorry", True),
        ("i am ~ sorry", "i'm really so very sorry", False),
        ("can't help", "i cannot help", True),
        ("^ no", "no we are closed", True),
        ("^ no", "there is no car", False),
        ("please $", "hold please", True),
        ("please $", "please hold", False),
        ("in # days", "in 14 days", True),
        ("stop now", "stop. now", False),
        ("stop , now", "stop. now", True),
    ],
)
def test_a_sign_means_what_the_head_of_the_data_file_says(pattern: str, text: str, expected: bool) -> None:
    """Every sign of the notation holds where it should and only there."""
    assert holds(pattern, text) is expected


def test_a_guard_looks_only_at_its_own_clause() -> None:
    """What stands anywhere, before or after forbids a match, unless a clause ends in between."""
    assert not holds("your fault", "it is not your fault", unless_before="not")
    assert holds("your fault", "it is not mine but it is your fault", unless_before="not ..9")
    assert not holds("your fault", "your fault he said", unless_after="he said")
    assert not holds("your fault", "they said it was your fault", unless="said")
    assert holds("your fault", "they said so. it was your fault", unless="said")


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("(red|blue", "bracket"),
        ("red)", "bracket"),
        ("@nothing", "@nothing"),
        ("red & blue", "sign"),
        ("..3", "no word"),
    ],
)
def test_a_mistake_in_a_phrase_is_one_sentence_that_quotes_it(pattern: str, part: str) -> None:
    """A coach who mistypes a phrase reads which phrase and what is wrong with it."""
    with pytest.raises(RubricError, match=part) as caught:
        list(rules_of("blame", [{"say": pattern}], CLASSES))
    assert repr(pattern) in str(caught.value)


def test_an_unknown_key_of_a_group_is_refused() -> None:
    """A misspelt guard would silently guard nothing, so it is an error."""
    with pytest.raises(RubricError, match="unless_befor"):
        list(rules_of("blame", [{"say": "red", "unless_befor": "not"}], CLASSES))


def test_every_shipped_pattern_compiles_and_every_act_but_the_name_has_some() -> None:
    """The data files hold patterns for all acts, each one a sound expression."""
    classes = classes_of(data("words.toml")["classes"])
    tables = data("warm.toml") | data("cold.toml")
    assert set(tables) == set(ACTS) - {"name_use"}
    for act, groups in (*tables.items(), *data("against.toml").items()):
        for rule in rules_of(act, groups, classes):
            expression(rule.regex)
            for guard in (rule.guards.anywhere, rule.guards.before, rule.guards.after):
                if guard:
                    expression(guard.regex)


def test_a_rule_is_never_lost_to_its_keys() -> None:
    """A pattern of alternatives without a word in common is found through each of them."""
    assert compiled("(red|dark blue) [big]", CLASSES).keys == {"red ", "dark "}
    assert holds("(red|dark blue) [big]", "dark blue")
    assert holds("(red|dark blue) [big]", "red")


@pytest.mark.parametrize(
    ("word", "plain"),
    [
        ("we'll", "we will"),
        ("can't", "can not"),
        ("shouldn't", "should not"),
        ("it's", "it is"),
        ("dana's", "dana's"),
        ("i'd", "i would"),
        ("4pm", "#"),
    ],
)
def test_contractions_are_opened(word: str, plain: str) -> None:
    """Short forms are read as their long ones; a possessive stays."""
    assert " ".join(expand(word)) == plain


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "| | "),
        ("I'm sorry, but I can't.", "| i am sorry | but i can not | "),
        ("um i i will uh check", "| i will check | "),
        ("the parcel is late and i will call", "| the parcel is late | and i will call | "),
        ("what i can do", "| what i can do | "),
        ("[noise] okay so you rang", "| okay | so you rang | "),
    ],
)
def test_a_text_becomes_plain_words_in_clauses(text: str, line: str) -> None:
    """Clauses are fenced whether or not anybody heard the comma; noises and stutters go."""
    assert hear(text).line == line
