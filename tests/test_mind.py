"""The caller's mind as a value: its JSON form, its last words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.caller import respond, said_whole
from callsim.errors import SessionError
from callsim.mind import from_json, goodbye, new_mind, to_json
from callsim.rehearsal import POLICIES
from callsim.script import read_script

SCRIPT = read_script(Path(__file__).parent / "stove.toml")


@given(st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(POLICIES))
def test_a_mind_comes_back_from_its_json_at_any_moment(seed, turns, policy):
    """After any number of turns of any trainee, and the same mind gives the same bytes."""
    import random

    mind, chance = new_mind(SCRIPT, seed), random.Random(seed)
    for _ in range(turns):
        turn = policy(mind, chance)
        response = respond(mind, turn.text, turn.acts)
        mind = said_whole(response.mind, response.reply)
    assert from_json(to_json(mind), SCRIPT) == mind
    assert to_json(from_json(to_json(mind), SCRIPT)) == to_json(mind)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"frustration": "much"}', '{"frustration": 3, "memory": 4}'])
def test_what_is_no_mind_is_refused(text):
    """In one sentence, without a word of what was said."""
    with pytest.raises(SessionError, match="another version"):
        from_json(text, SCRIPT)


def test_no_script_is_kept_in_it():
    """The session has the script already."""
    assert "script" not in json.loads(to_json(new_mind(SCRIPT, 1)))


def test_who_was_furious_and_calmed_down_may_say_sorry():
    """Where the script has words for it; who was never furious just thanks."""
    endings = SCRIPT.endings.model_copy(update={"apologetic": ("Sorry that I shouted. Bye.",)})
    script = SCRIPT.model_copy(update={"endings": endings})

    def last_lines(peak):
        minds = (replace(new_mind(script, seed), frustration=10, peak=peak) for seed in range(20))
        return {goodbye(mind, "thankful", "it is solved").reply.text for mind in minds}

    assert last_lines(peak=80) == {*endings.thankful, *endings.apologetic}
    assert last_lines(peak=60) == set(endings.thankful)
