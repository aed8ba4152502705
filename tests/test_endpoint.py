"""How long the caller waits: words that end a turn, words that leave it open, and pauses that are learnt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.endpoint import ASKED_MS, LONGEST_MS, SHORTEST_MS, USUAL_PAUSE_MS, wait_ms

STATEMENT_MS = wait_ms("i have sent the driver back")
OPEN_MS = wait_ms("i will check that and")

WANTS_AN_ANSWER = [
    "what is your order number",
    "my name is dana what can i help you with",
    "i am so sorry to hear that can you tell me when it stopped",
    "okay which button did you press",
    "is there anything else",
    "would you like me to send somebody on tuesday",
    "you will have it tomorrow before noon does that work for you",
    "i can send a new one would this help you at all",
    "who am i speaking with",
    "so you would rather have the money back is that right",
    "you live at the same address right",
    "thank you for calling have a great day",
    "let me look that up for you one moment please",
    "just bear with me",
    "yes i can do that",
    "no we don't",
    "absolutely",
    "hello",
]
STATEMENTS = [
    "i have sent the driver back",
    "that must have been a long week",
    "i will look into that",
    "i can see that we have charged you twice for this",
    "we can sort this",
    "you should be able to log in",
    "it did not go very well",
    "i am going to help you",
    "that is what i would do",
    "your balance is one hundred and forty seven dollars",
    "i know what you mean",
    "the trouble is that nobody wrote it down",
]
BREAKS_OFF = [
    "i will",
    "let me",
    "if you",
    "i will check that and",
    "so what i can do is",
    "i am sorry about",
    "it was delivered to the",
    "i am quite sure that",
    "because we",
    "you are going to",
    "um",
    "i'm just looking at your",
    "we can either send a new one or",
    "the number is four four two",
    "the reference is b k seven",
    "your driver was not",
    "well",
    "okay",
    "the parcel",
    "",
]


@pytest.mark.parametrize("text", WANTS_AN_ANSWER)
def test_a_question_or_closing_words_get_an_answer_soon(text):
    """After these the caller speaks at once."""
    assert wait_ms(text) == ASKED_MS


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_may_have_another_coming(text):
    """A whole sentence that asks nothing gets more time than a question, less than one that breaks off."""
    assert ASKED_MS < wait_ms(text) == STATEMENT_MS < OPEN_MS


@pytest.mark.parametrize("text", BREAKS_OFF)
def test_what_breaks_off_will_go_on(text):
    """A trailing connective, article, filler, auxiliary or half a number gets the longest wait."""
    assert wait_ms(text) == OPEN_MS


def test_a_number_that_is_long_enough_is_whole():
    """Ten digits are a telephone number; a single one belongs to what was said before it."""
    digits = "zero two zero seven nine four six zero one two"
    assert wait_ms(f"you can reach me on {digits}") == STATEMENT_MS
    assert wait_ms("you have paid for the month of june and july times two") == STATEMENT_MS
    assert wait_ms(f"you can reach me on {digits[:-4]}") == OPEN_MS


def test_a_slow_trainee_gets_more_time_after_statements():
    """Long pauses of their own make the waits longer, but no question is answered later for it."""
    slow = [1_400, 1_500, 1_600, 1_700, 1_800, 1_900]
    assert wait_ms("i have sent the driver back", slow) > STATEMENT_MS
    assert wait_ms("i will check that and", slow) > OPEN_MS
    assert wait_ms("what is your order number", slow) == ASKED_MS


def test_a_quick_trainee_is_answered_sooner():
    """Short pauses of their own shorten the wait after statements, and open ends stay the longer ones."""
    quick = [350] * 12
    assert wait_ms("i have sent the driver back", quick) < STATEMENT_MS
    assert wait_ms("i have sent the driver back", quick) < wait_ms("i will check that and", quick) < OPEN_MS


def test_one_pause_changes_little():
    """A single long think does not make a slow caller."""
    assert wait_ms("i have sent the driver back", [2_900]) < STATEMENT_MS + 500


def test_pauses_like_everybodys_change_nothing():
    """A trainee who pauses as most people do is waited for as most people are."""
    assert wait_ms("i have sent the driver back", [USUAL_PAUSE_MS] * 20) == STATEMENT_MS > USUAL_PAUSE_MS


def test_how_it_sounds_moves_a_wait_by_one_step():
    """A voice that falls makes a statement an end, one that is held makes it a break; words and sound agree on ends."""
    assert wait_ms("i have sent the driver back", (), 0.95) == ASKED_MS
    assert wait_ms("i have sent the driver back", (), 0.5) == STATEMENT_MS
    assert wait_ms("i have sent the driver back", (), 0.05) == OPEN_MS
    assert wait_ms("what is your order number", (), 0.05) == STATEMENT_MS
    assert wait_ms("what is your order number", (), 0.95) == ASKED_MS
    assert wait_ms("i will check that and", (), 0.95) == STATEMENT_MS
    assert wait_ms("i will check that and", (), 0.05) == OPEN_MS


WORDS = st.lists(
    st.sampled_from(sorted(set(" ".join([*WANTS_AN_ANSWER, *STATEMENTS, *BREAKS_OFF]).split()))), max_size=25
)
PAUSES = st.lists(st.integers(300, 3_000), max_size=40)
CHANCES = st.none() | st.floats(0, 1)


@given(words=WORDS, pauses_ms=PAUSES, chance=CHANCES)
def test_every_wait_is_within_bounds(words, pauses_ms, chance):
    """Never before the voice can be known to have ended, never longer than a pause can be."""
    assert SHORTEST_MS <= wait_ms(" ".join(words), pauses_ms, chance) <= LONGEST_MS


@given(text=st.text(max_size=60), pauses_ms=PAUSES)
def test_any_text_has_a_wait(text, pauses_ms):
    """Whatever a recogniser writes, there is an answer, and the same one each time."""
    assert SHORTEST_MS <= wait_ms(text, pauses_ms) == wait_ms(text, tuple(pauses_ms)) <= LONGEST_MS


@given(words=WORDS, more=st.sampled_from("and but because so or um the".split()), pauses_ms=PAUSES, chance=CHANCES)
def test_a_trailing_connective_never_shortens_the_wait(words, more, pauses_ms, chance):
    """Whatever was said, "and" after it means that more will come."""
    assert wait_ms(" ".join([*words, more]), pauses_ms, chance) >= wait_ms(" ".join(words), pauses_ms, chance)


@given(words=WORDS, pauses_ms=PAUSES, shift_ms=st.integers(0, 500))
def test_longer_pauses_never_shorten_the_wait(words, pauses_ms, shift_ms):
    """Who pauses longer is given no less time."""
    text = " ".join(words)
    assert wait_ms(text, [pause + shift_ms for pause in pauses_ms]) >= wait_ms(text, pauses_ms)
