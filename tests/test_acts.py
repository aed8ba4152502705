"""What an utterance does, on examples and on any text at all; test_acts_measured.py says how often it is right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callsim.acts import ACTS, acts_of, is_backchannel, ready
from callsim.acts.examples import shipped
from callsim.acts.grammar import expression
from callsim.acts.names import name_spans
from callsim.acts.patterns import pattern_spans
from callsim.acts.words import data, hear

NAME = "Dana Whitfield"


def found(text: str) -> set[str]:
    """The acts of a text, without their places."""
    return {act.act for act in acts_of(text, name=NAME)}


def patterned(text: str) -> set[str]:
    """The acts that patterns and the name alone find."""
    named = any(True for _ in name_spans(hear(text).line, NAME))
    return set(pattern_spans(text)) | ({"name_use"} if named else set())


def examples() -> list:
    """What the patterns were tuned on; those known to fail are expected to."""
    return [
        pytest.param(text, acts, marks=pytest.mark.xfail if section == "known_weak" else ())
        for section, lines in data("data/first_examples.toml").items()
        for text, acts in lines.items()
    ]


@pytest.mark.parametrize(("text", "acts"), examples())
def test_the_patterns_find_exactly_what_they_were_tuned_for(text: str, acts: str) -> None:
    """In each example they were tuned on the patterns find the acts it is labelled with and no other."""
    assert patterned(text) == set(acts.split())


CASES = {
    "your whole saturday gone for nothing what a pain": "empathy",
    "nobody is saying you caused this": "empathy",
    "please don't think you have to calm down": "empathy",
    "the shop told you it was down to you": "",
    "you ought to find the label in your inbox": "",
    "i can't hear you very well": "",
    "only two left in blue": "",
    "the policy number": "",
    "just a second": "hold",
    "we can't send it today but i can have it with you tomorrow": "refusal solution timeframe",
    "i'm sorry but i can't do that": "apology refusal",
}


@pytest.mark.parametrize(("text", "acts"), CASES.items())
def test_meaning_counts_and_not_keywords(text: str, acts: str) -> None:
    """Paraphrase, negation, reported speech and look-alikes are read for what they mean."""
    assert found(text) == set(acts.split())


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("the last girl told you we don't refund sale items and she had that wrong", False),
        ("my supervisor used to say we can't but these days we do it", False),
        ("until last year we couldn't do that but now we can", False),
        ("your bank told you we can't refund it but it's them who have to", False),
        ("they were wrong to tell you we don't do refunds", False),
        ("sorry doesn't begin to cover it", False),
        ("i'm sorry we do not cover water damage", True),
        ("i couldn't do that now even if i wanted to", True),
        ("i'm afraid you're wrong that can't be refunded", True),
        ("until this form arrives we would not be able to pay", True),
        ("we used to say yes to those but now we can't", True),
        ("i told you we can't do that", True),
        ("as my colleague told you we can't do that", True),
        ("the agent told you right we do not refund those", True),
        ("someone should have told you we don't refund sale items", True),
        ("my manager says we can't do that", True),
        ("they told you we couldn't and they were right we do not refund that", True),
    ],
)
def test_a_refusal_told_of_others_or_of_another_time_is_none(text: str, refused: bool) -> None:
    """What others told the caller, or what could not be done once, is not refused now; it may be in other words."""
    assert ("refusal" in found(text)) is refused


def test_a_quote_is_the_words_that_were_said() -> None:
    """The quote keeps the words as spoken, mishearings included, and the range points at them."""
    text = "okay dana i'm sore he about that"
    apology = next(act for act in acts_of(text) if act.act == "apology")
    assert apology.quote == "i'm sore he about that"
    assert (apology.first, apology.last) == (2, 7)


def test_a_run_on_turn_is_read_clause_by_clause() -> None:
    """A negation or a report in one clause does not silence the next for a pattern; the model drowns some."""
    text = "nobody says it was you but you should have read the letter and i can't refund it so i will call you back"
    assert patterned(text) == {"empathy", "blame", "refusal", "ownership"}
    assert found(text) >= {"empathy", "refusal", "ownership"}


def test_punctuation_and_capitals_change_nothing() -> None:
    """The written form of an utterance carries the same acts as the recognised one."""
    written = "I'm so sorry, Mrs. Whitfield. I'll send a new one today – does that work for you?"
    heard = "i'm so sorry mrs whitfield i'll send a new one today does that work for you"
    assert found(written) == found(heard)


def test_an_act_said_twice_is_found_twice() -> None:
    """Two places are two acts; one place is one, however many patterns match it."""
    acts = acts_of("i'm sorry about the wait and then i'm sorry about the bill")
    assert [act.first for act in acts if act.act == "apology"] == [0, 7]


def test_once_all_is_ready_words_said_for_the_first_time_wait_for_nothing() -> None:
    """A live caller would answer late if a pattern were compiled when its words are first said."""
    expression.cache_clear()
    ready()
    compiled = expression.cache_info().misses
    for example in shipped(["american.toml"]):
        pattern_spans(example.text)
    assert expression.cache_info().misses == compiled


def test_no_name_is_used_when_none_is_known() -> None:
    """Without the caller's name nothing is a use of it."""
    assert "name_use" not in {act.act for act in acts_of("thank you dana")}


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("i will mark it as done", False),
        ("thank you mark", True),
        ("mister hughes are you there", True),
        ("mr huge are you there", True),
        ("mr brown from sales", False),
        ("my name is mark", False),
    ],
)
def test_a_first_name_that_is_a_word_counts_only_as_an_address(text: str, used: bool) -> None:
    """Mark Hughes is addressed at the edge of a clause or with a title, not inside a sentence."""
    assert ("name_use" in {act.act for act in acts_of(text, name="Mark Hughes")}) is used


def test_a_name_nearly_heard_is_the_name() -> None:
    """A recogniser's spelling of an unknown name still counts, another name does not."""
    assert "name_use" in found("right diana")
    assert "name_use" not in found("right data")


@pytest.mark.parametrize(
    ("text", "name", "used"),
    [
        ("i am so sorry donna", "Dana Whitfield", True),
        ("donna said she would ring you", "Dana Whitfield", False),
        ("good afternoon was whitfield", "Dana Whitfield", True),
        ("take care mirth wakefield", "Dana Whitfield", True),
        ("so which of the two was it", "Dana Whitfield", False),
        ("the one in the window was brown", "Ann Brown", False),
        ("your sofa is on the van", "Sofia Marsh", False),
        ("thank you sophia", "Sofia Marsh", True),
        ("was that mrs whitfield", "Dana Whitfield", True),
        ("i was calling the depot", "Peter Collins", False),
        ("that was benefit money", "Marcus Bennett", False),
        ("of course jose", "José Ruiz", True),
        ("a van is on its way", "A Patel", False),
        ("mrs jones is on the line", "Mrs Whitfield", False),
        ("lovely and m f whitfield", "Dana Whitfield", True),
        ("you're right to be annoyed and wakefield", "Dana Whitfield", True),
        ("i've got the whitfield file open", "Dana Whitfield", False),
        ("whitfield road is closed", "Dana Whitfield", False),
        ("i can't find it under whitfield", "Dana Whitfield", False),
    ],
)
def test_a_name_is_known_by_what_the_recogniser_makes_of_it(text: str, name: str, used: bool) -> None:
    """Another name in -a of the same consonants is hers unless told of; "mrs" may come out as "was" or be lost."""
    assert ("name_use" in {act.act for act in acts_of(text, name=name)}) is used


YES = "mm-hm|Mhm.|uh-huh|right|i see|okay|yeah sure|got it|of course|oh no|hm|mm|huh|oh okay".split("|")
NO = "|the|right so you|hello|i see your order|okay what is it|yeah but why|yes yes yes yes|sorry".split("|")


@pytest.mark.parametrize("text", YES)
def test_an_acknowledgement_is_a_backchannel(text: str) -> None:
    """Up to three words of plain acknowledgement leave the floor with the other side."""
    assert is_backchannel(text)


@pytest.mark.parametrize("text", NO)
def test_anything_else_is_not_a_backchannel(text: str) -> None:
    """A word that says something, or a fourth word, is a turn."""
    assert not is_backchannel(text)


# Words of the trade and any text: the first reach the patterns, the second the reader.
TRADE = st.lists(
    st.sampled_from(
        "i i'm i'll can't you your should have not never nobody said sorry but and so because if the it's only fault "
        "refund send by friday let me dana mrs whitfield calm down policy hold on thank okay um [noise] well, yes. "
        "twenty-four 24 ’s sore he for bare with".split()
    ),
    max_size=60,
).map(" ".join)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), TRADE))
def test_any_text_gives_acts_that_point_at_its_words(text: str) -> None:
    """Ranges lie inside the text, quotes are its words, acts come in order and no two of a kind share a word."""
    spoken, acts = text.split(), acts_of(text, name=NAME)
    assert [act.first for act in acts] == sorted(act.first for act in acts)
    ends: dict[str, int] = {}
    for act in acts:
        assert act.act in ACTS
        assert 0 <= act.first < act.last <= len(spoken)
        assert act.quote == " ".join(spoken[act.first : act.last])
        assert act.first >= ends.get(act.act, 0)
        ends[act.act] = act.last


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), TRADE))
def test_the_same_words_always_carry_the_same_acts(text: str) -> None:
    """Neither a second reading nor other white space changes anything."""
    assert acts_of(text, name=NAME) == acts_of("\n ".join(text.split()), name=NAME)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_backchannel_is_never_long(text: str) -> None:
    """Whatever is said, a backchannel has one to three words."""
    assert not is_backchannel(text) or 1 <= len(text.split()) <= 3


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_name_can_be_looked_for(name: str) -> None:
    """A name of any letters, or none, is looked for without an error."""
    assert all(act.last <= 4 for act in acts_of("thank you mrs whitfield", name=name))
