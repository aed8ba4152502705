"""What makes a caller unpredictable, and always the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playing import CURT, LISTENS, SCRIPTS, play

from callsim.replies import Memory
from callsim.script import Tangent, read_script
from callsim.whims import MOST_TANGENTS, SECOND_PROBLEM_CHANCE, happens, misheard, second_problem, tangent

SCRIPT = read_script(Path(__file__).parent / "stove.toml")
DOG = Tangent(id="dog", say={"any": ("Quiet, Benny. Sorry.",)})
BELL = Tangent(id="bell", say={"any": ("That's the door. It can wait.",)})
TEA = Tangent(id="tea", say={"any": ("The kettle. One second.",)})
WITH_LIFE = SCRIPT.model_copy(update={"tangents": (DOG, BELL, TEA)})


def test_a_chance_is_the_seeds():
    """It comes about as often as it says, and for one seed always alike."""
    found = [happens(SCRIPT, Memory(seed), "rain", 0.3) for seed in range(1_000)]
    assert 250 < sum(found) < 350
    assert found == [happens(SCRIPT, Memory(seed, draws=9), "rain", 0.3) for seed in range(1_000)]


def test_background_life_comes_up_twice_at_most_and_never_the_same():
    """Turn after turn, a tangent now and then."""
    for seed in range(50):
        memory, said = Memory(seed), []
        for _ in range(60):
            memory, name, text = tangent(WITH_LIFE, replace(memory, draws=memory.draws + 1), 50)
            said += [name] if text else []
        assert len(said) == MOST_TANGENTS == len(set(said))


def test_a_script_without_background_life_has_none():
    """Nothing is made up."""
    assert tangent(SCRIPT, Memory(3), 50) == (Memory(3), "", "")


def test_a_word_is_misheard_once_in_a_call():
    """Some callers hear fifty for fifteen; nobody does so twice, and nobody mishears what was not said."""
    asked = [misheard(SCRIPT, Memory(seed), "the fifteenth of may", 50) for seed in range(100)]
    heard_wrongly = [(memory, text) for memory, text in asked if text]
    assert 20 < len(heard_wrongly) < 50
    for memory, text in heard_wrongly:
        assert "ift" in text.lower()
        assert misheard(SCRIPT, memory, "the fifteenth of may", 50)[1] == ""
    assert all(misheard(SCRIPT, Memory(seed), "i see", 50)[1] == "" for seed in range(100))


def test_a_second_problem_comes_up_in_some_calls():
    """It is raised once all else is settled, and then has to be solved, too."""
    need = SCRIPT.needs[0].model_copy(update={"id": "bill", "second": True, "words": ("free",)})
    script = SCRIPT.model_copy(update={"needs": (*SCRIPT.needs, need)})
    raised = [seed for seed in range(200) if second_problem(script, Memory(seed))]
    assert abs(len(raised) / 200 - SECOND_PROBLEM_CHANCE) < 0.1
    assert second_problem(script, Memory(raised[0], raised=("bill",))) is None


def test_callers_with_the_same_seed_are_the_same_person():
    """Every whim included, for trainees of both kinds."""
    for said in (LISTENS, CURT):
        first, second = (play(SCRIPTS["parcel"], said["parcel"], seed=5) for _ in range(2))
        assert first.lines == second.lines
