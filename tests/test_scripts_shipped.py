"""The shipped call scripts: each ending comes to the trainee who has earned it, and every line is one to say aloud."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import vosk
from playing import CURT, HANDS_OVER, LISTENS, RUDE, SCRIPTS, SEEDS, SILENT, TRAINEE_FILES, TRAINEES, play
from pydantic import BaseModel

from callsim.acts import acts_of
from callsim.catalogue import voice_files
from callsim.replies import Memory, asked_about, newly_met, spoken
from callsim.script import ByMood, Script

LEVELS = ("easy", "medium", "hard")


@pytest.fixture(params=SCRIPTS)
def name(request):
    """The name of each shipped script."""
    return request.param


@pytest.fixture(params=SEEDS)
def seed(request):
    """Five callers of each script."""
    return request.param


# --- endings ------------------------------------------------------------------------------------------------------


def test_who_listens_and_solves_is_thanked(name, seed):
    """Heard out, understood, helped with everything it needs: the caller ends calm and thankful."""
    played = play(SCRIPTS[name], LISTENS[name], seed)
    assert played.ending == "thankful"
    assert set(played.met) == played.wanted
    assert played.levels == sorted(played.levels, reverse=True)


def test_who_is_curt_but_solves_it_gets_a_cool_goodbye(name, seed):
    """All needs met without one kind word: solved, and no more."""
    played = play(SCRIPTS[name], CURT[name], seed)
    assert played.ending == "cool"
    assert set(played.met) == played.wanted


def test_who_is_rude_loses_the_caller(name, seed):
    """Blame, refusal and belittling make it worse line by line, until the caller has had enough."""
    played = play(SCRIPTS[name], RUDE, seed)
    assert played.ending in ("hang_up", "supervisor")
    assert played.levels == sorted(played.levels)
    assert played.met == []


def test_who_is_silent_is_left(name, seed):
    """The caller tells the story into the silence, asks three times whether anybody is there, and hangs up."""
    played = play(SCRIPTS[name], SILENT, seed)
    assert played.ending == "hang_up"
    assert [what for who, what, _, _ in played.lines if who == "caller"] == [
        f"story.{SCRIPTS[name].story[0].id}", "still_there", "still_there", "still_there", "ending.hang_up",
    ]  # fmt: skip


def test_who_hands_over_warmly_when_asked_for_a_supervisor_loses_nobody(name, seed):
    """Even after rudeness: the demand is met, and the caller waits for somebody senior."""
    played = play(SCRIPTS[name], HANDS_OVER, seed)
    assert played.ending == "supervisor"
    assert "demand" in [what for _, what, _, _ in played.lines]


@pytest.mark.parametrize("who", TRAINEES)
def test_no_line_is_said_twice_in_a_call(name, seed, who):
    """There are variants enough."""
    said = play(SCRIPTS[name], TRAINEES[who](name), seed).caller_lines
    assert len(said) == len(set(said))


def test_callers_differ_from_seed_to_seed_and_not_otherwise(name):
    """The same seed is the same caller; five seeds are not all one."""
    calls = [str(play(SCRIPTS[name], LISTENS[name], seed)) for seed in SEEDS]
    assert calls == [str(play(SCRIPTS[name], LISTENS[name], seed)) for seed in SEEDS]
    assert len(set(calls)) >= 4


def test_an_offer_that_is_never_made_wears_the_caller_out(name):
    """Kind words alone do not solve anything: pressed for the same thing again and again, the caller gets angrier."""
    kind = {"hello": ["good morning how can i help"], "": ["i'm so sorry to hear that that must be awful"]}
    played = play(SCRIPTS[name], kind, seed=0)
    assert played.ending == "hang_up"
    assert played.levels[-1] > min(played.levels)


def test_a_caller_is_not_passed_on_before_the_story_is_told(name, seed):
    """Sending the caller away unheard is no handover: the caller says no and goes on."""
    passes_on = {"hello": ["good morning"], "": ["i'll put you through to my supervisor", None]}
    played = play(SCRIPTS[name], passes_on, seed)
    assert played.ending == "hang_up"
    said_to_it = played.lines[3]
    assert said_to_it[1].split("+")[0] == f"story.{SCRIPTS[name].story[1].id}"
    assert said_to_it[2].startswith(SCRIPTS[name].reactions.escalation_unneeded.any)


def test_a_question_is_answered_even_when_all_is_settled(name):
    """Who still asks for a number is not hung up on."""
    asks = LISTENS[name] | {
        "settled": ["what's the best number to call you back on"],
        "answer.phone": ["thank you bye"],
    }
    played = play(SCRIPTS[name], asks, seed=0)
    said = [what.split("+")[0] for who, what, _, _ in played.lines if who == "caller"]
    assert said[-2:] == ["answer.phone", "ending.thankful"]


def test_a_caller_who_has_run_out_of_furious_words_takes_others(name):
    """Before any line is said again."""
    need = SCRIPTS[name].needs[0]
    memory, said = Memory(), []
    for _ in need.ask.furious + need.ask.any:
        memory, text = spoken(memory, need.ask, 90)
        said.append(text)
    assert set(said[: len(need.ask.furious)]) == set(need.ask.furious)
    assert set(said) == set(need.ask.furious + need.ask.any)


# --- what is understood -------------------------------------------------------------------------------------------

QUESTIONS = [(name, *row) for name, said in TRAINEE_FILES.items() for row in said["questions"].items()]


@pytest.mark.parametrize(("name", "question", "answer_id"), QUESTIONS)
def test_a_foreseen_question_gets_its_answer(name, question, answer_id):
    """Asked as people ask, the caller knows what is meant."""
    known = asked_about(SCRIPTS[name], question)
    assert known is not None
    assert known.id == answer_id


def test_every_answer_is_asked_for_above():
    """None is left untried."""
    tried = {(name, answer_id) for name, _, answer_id in QUESTIONS}
    assert tried == {(name, known.id) for name, script in SCRIPTS.items() for known in script.answers}


OFFERS = [(name, *row) for name, said in TRAINEE_FILES.items() for row in said["offers"].items()]


@pytest.mark.parametrize(("name", "offer", "needs"), OFFERS)
def test_an_offer_meets_the_needs_it_speaks_of(name, offer, needs):
    """What any sensible offer would hold is enough; a mere promise to look is not."""
    acts = [act.act for act in acts_of(offer, name=SCRIPTS[name].caller.name)]
    memory = Memory(raised=tuple(need.id for need in SCRIPTS[name].needs if need.second))
    assert [need.id for need in newly_met(SCRIPTS[name], memory, acts, offer)] == needs


# --- how it is written --------------------------------------------------------------------------------------------

# A speech engine says 130 to 180 words a minute (issue of the voices); the middle of it.
WORDS_PER_MINUTE = 155


def said_in(part: object, path: str = "") -> Iterator[tuple[str, ByMood]]:
    """All that the caller can say in a part of a script, with its place."""
    if isinstance(part, ByMood):
        yield path, part
    elif isinstance(part, BaseModel):
        for key in type(part).model_fields:
            yield from said_in(getattr(part, key), f"{path}.{key}".strip("."))
    elif isinstance(part, tuple):
        for one in part:
            yield from said_in(one, f"{path}.{getattr(one, 'id', '')}")


def lines_of(script: Script) -> list[str]:
    """Every line of the caller."""
    endings = script.endings
    said = [text for _, one in said_in(script) for text in (*one.any, *one.calm, *one.upset, *one.furious)]
    return [*said, *endings.thankful, *endings.apologetic, *endings.cool, *endings.supervisor, *endings.hang_up]


def test_the_opening_tells_what_happened_in_one_go(name):
    """Two sentences to a handful, 8 to 14 seconds, several ways to say it."""
    openings = SCRIPTS[name].story[0].say.any
    assert len(openings) >= 3
    for text in openings:
        assert 2 <= len(re.findall(r"[.?!]", text)) <= 5
        assert 8 <= len(text.split()) * 60 / WORDS_PER_MINUTE <= 14


def test_the_rest_of_the_story_is_shorter(name):
    """It comes as the call goes."""
    first, *rest = SCRIPTS[name].story
    shortest = min(len(text.split()) for text in first.say.any)
    longest = max(len(text.split()) for part in rest for _, one in said_in(part) for text in one.any + one.furious)
    assert longest < shortest


def test_every_sentence_fits_one_breath(name):
    """Eighteen words take seven seconds."""
    sentences = [one for text in lines_of(SCRIPTS[name]) for one in re.split(r"(?<=[.?!])\s+", text)]
    assert [one for one in sentences if len(one.split()) > 18] == []


def test_numbers_are_written_as_they_are_spoken(name):
    """A speech engine guesses at digits, and the recogniser knows none."""
    assert [text for text in lines_of(SCRIPTS[name]) if re.search(r"\d|[&%$£@]", text)] == []


def test_every_line_has_variants_and_something_for_each_mood(name):
    """A caller is never at a loss for words; only what is said a second time has no need of two."""
    places = list(said_in(SCRIPTS[name]))
    assert len(places) >= 35
    for place, said in places:
        assert said.variants(20), place
        assert said.variants(55), place
        assert said.variants(90), place
        if not place.endswith(".again"):
            assert len(said.any) >= 2, place


def test_the_caller_can_press_for_a_need_again_and_again(name):
    """It comes each turn until the need is met."""
    for need in SCRIPTS[name].needs:
        assert len(need.ask.any) >= 4
        assert len(need.ask.furious) >= 3


def test_each_ending_has_variants(name):
    """The last line is the one that is remembered."""
    endings = SCRIPTS[name].endings
    assert min(map(len, (endings.thankful, endings.cool, endings.supervisor, endings.hang_up))) >= 2


def test_the_voice_is_among_those_that_come_with_callsim(name):
    """A script names it by its file."""
    assert SCRIPTS[name].caller.voice in voice_files()


def test_there_is_a_script_of_each_difficulty():
    """Somewhere to begin and somewhere to go."""
    assert {script.difficulty for script in SCRIPTS.values()} == set(LEVELS)
    starts = {level: [] for level in LEVELS}
    for script in SCRIPTS.values():
        starts[script.difficulty].append(script.caller.frustration)
    assert max(starts["easy"]) < min(starts["medium"])
    assert max(starts["medium"]) < min(starts["hard"])


def test_the_recogniser_knows_every_word_of_the_caller(name, model_folder):
    """The first name above all: a trainee who says it must be heard. And a recorded call is to be read again."""
    vosk.SetLogLevel(-1)
    model = vosk.Model(model_path=str(model_folder))
    spoken = " ".join([SCRIPTS[name].caller.name, *lines_of(SCRIPTS[name])]).lower()
    words = {word.strip("'") for word in re.findall(r"[a-z']+", spoken)}
    assert sorted(word for word in words if model.vosk_model_find_word(word) < 0) == []
