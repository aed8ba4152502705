"""Scripts played through by made-up trainees: every ending can be reached, by somebody plausible."""

from __future__ import annotations

from collections import Counter

import pytest
from playing import SCRIPTS

from callsim.rehearsal import (
    comes_round,
    hands_over,
    helps,
    is_curt,
    is_rude,
    is_silent,
    rehearsals,
    rehearse,
    wanders,
)

SEEDS = range(20)


@pytest.fixture(params=SCRIPTS)
def script(request):
    """Each shipped script."""
    return SCRIPTS[request.param]


def endings(script, policy):
    """How often each ending comes."""
    return Counter(rehearse(script, policy, seed).ending for seed in SEEDS)


def test_each_ending_is_there_for_a_plausible_trainee(script):
    """Helping earns thanks, curt help a cool goodbye, rudeness and silence a dead line, a handover a supervisor."""
    assert endings(script, helps)["thankful"] >= 18
    assert endings(script, is_curt)["cool"] >= 18
    assert endings(script, is_rude)["hang_up"] >= 18
    assert endings(script, is_silent)["hang_up"] == 20
    assert endings(script, hands_over)["supervisor"] >= 15


def test_a_bad_beginning_can_be_made_good(script):
    """Who was rude and comes round is mostly not hung up on."""
    assert endings(script, comes_round)["hang_up"] < 10


def test_every_call_ends(script):
    """Whatever a trainee does, the caller hangs up in the end, and says no line twice that is not asked for again."""
    for seed in range(60):
        call = rehearse(script, wanders, seed)
        assert call.ending is not None


def test_rehearsals_are_the_same_each_time(script):
    """Same script, same calls."""
    first, second = ([next(calls) for _ in range(30)] for calls in (rehearsals(script), rehearsals(script)))
    assert first == second
