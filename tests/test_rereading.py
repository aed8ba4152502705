"""What a second reading changed, and the evidence with its words."""

from hypothesis import given
from hypothesis import strategies as st

from callsim.events import Word
from callsim.scoring.evidence import Evidence, Utterance
from callsim.scoring.rereading import Change, changes, reread
from callsim.timeline import Span


def said(text, start_ms=0):
    """Words of 300 ms, one after another."""
    return tuple(
        Word(word, start_ms + 300 * place, start_ms + 300 * (place + 1)) for place, word in enumerate(text.split())
    )


def test_a_word_heard_otherwise_is_one_change_with_its_time():
    """The span covers what both readings have there."""
    before, after = said("i am sorry about the way"), said("i am sorry about the wait", 20)
    assert changes(before, after) == (Change(Span(1500, 1820), "way", "wait"),)


def test_words_that_came_or_went_are_changes_too():
    """One side is empty then."""
    before, after = said("thank you huh"), said("thank you very much")
    assert [(change.before, change.after) for change in changes(before, after)] == [("huh", "very much")]
    assert [(change.before, change.after) for change in changes(before, before[:2])] == [("huh", "")]
    assert [(change.before, change.after) for change in changes((), after[:2])] == [("", "thank you")]


def test_the_same_words_at_other_times_are_no_change():
    """Times and confidences do not count: timings never come from words."""
    assert changes(said("i see"), said("i see", 40)) == ()


VOCABULARY = st.sampled_from(["i", "see", "the", "wait", "way"])
WORDS = st.lists(VOCABULARY, max_size=12).map(lambda words: said(" ".join(words)))


@given(WORDS, WORDS)
def test_before_and_after_follow_from_each_other_by_the_changes(before, after):
    """Nothing else differs: taking out all that went leaves as many words as taking out all that came."""
    found = changes(before, after)
    gone = sum(len(change.before.split()) for change in found)
    come = sum(len(change.after.split()) for change in found)
    assert len(before) - gone == len(after) - come
    assert all(change.before != change.after for change in found)
    assert (found == ()) == ([word.word for word in before] == [word.word for word in after])


def test_one_sides_words_are_replaced_and_nothing_else():
    """Spans stay, the other side stays, and the evidence says which recogniser its words are from."""
    first, second, other = Span(0, 1000), Span(3000, 4000), Span(1500, 2500)
    call = Evidence(
        5000,
        trainee=(first, second),
        caller=(other,),
        utterances=(
            Utterance("trainee", first, said("way")),
            Utterance("caller", other, said("where is it", 1500)),
            Utterance("trainee", second, said("on its weigh", 3000)),
        ),
    )
    again = reread(call, "trainee", [(first, said("wait")), (second, said("on its way", 3000))])
    assert [(one.who, one.text) for one in again.utterances] == [
        ("trainee", "wait"),
        ("caller", "where is it"),
        ("trainee", "on its way"),
    ]
    assert (again.trainee, again.caller, again.length_ms) == (call.trainee, call.caller, call.length_ms)
    assert (call.recogniser, again.recogniser) == ("vosk", "whisper")
