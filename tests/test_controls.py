"""The keys of the phone: what each does to the sound and to time, and how they come in from a terminal."""

import os
import pty
import termios
import threading
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.cli.controls import ControlledPhone, Controls
from callsim.cli.keys import listening_to_keys
from callsim.devices.recorded import RecordedPhone
from callsim.phone import Clip

BLOCK = 320


def speech(blocks):
    """A trainee whose block number n is all of the value n + 1."""
    return [np.full(BLOCK, n + 1, dtype=np.int16) for n in range(blocks)]


def phone(blocks=20, *, may_pause=True):
    """A phone with keys, its controls and its line."""
    controls = Controls(may_pause)
    controlled = ControlledPhone(RecordedPhone(speech(blocks)), controls)
    return controlled, controls, controlled.blocks()


def press(controls, letters):
    """Press keys, and let the call know of them."""
    for letter in letters:
        controls.press(letter)
    return controls.pressed()


def test_each_key_has_its_meaning():
    """Hold, mute, say that again, pause, hang up; capitals are the same keys, other keys are none."""
    assert press(Controls(True), "hMrpq x1\n") == ["hold", "mute", "again", "pause", "hang_up"]


def test_a_second_press_takes_it_back():
    """Hold, mute and pause are switches."""
    assert press(Controls(True), "hmphmp") == ["hold", "mute", "pause", "unhold", "unmute", "resume"]


def test_there_is_no_pause_in_a_test():
    """The key does nothing there."""
    controls = Controls(may_pause=False)
    assert press(controls, "p") == []
    assert controls.on == set()


def test_keys_are_told_once_and_in_order():
    """However many threads press, none is lost."""
    controls = Controls(True)
    threads = [threading.Thread(target=lambda: [controls.press("r") for _ in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert controls.waiting
    assert controls.pressed() == ["again"] * 400
    assert not controls.waiting
    assert controls.pressed() == []


@pytest.mark.parametrize("key", ["m", "h"])
def test_nothing_of_the_trainee_passes_while_muted_or_on_hold(key):
    """Silence from the next block on, until the key is pressed again; the level meter still moves."""
    controlled, controls, line = phone()
    assert next(line).trainee[0] == 1
    press(controls, key)
    silent = next(line)
    assert not silent.trainee.any()
    assert controlled.level == pytest.approx(2 / 32768)
    press(controls, key)
    assert next(line).trainee[0] == 3


def test_no_time_passes_while_paused():
    """What is said in a pause is gone, and the blocks go on as if it had not been."""
    _, controls, line = phone()
    first = next(line)
    press(controls, "p")
    threading.Timer(0.05, lambda: controls.press("p")).start()
    after = next(line)
    assert after.first_sample == first.end_sample
    assert after.trainee[0] != 2


def test_a_key_pressed_in_a_pause_is_told():
    """One can hang up without taking the pause back first."""
    _, controls, line = phone()
    next(line)
    press(controls, "p")
    threading.Timer(0.05, lambda: controls.press("q")).start()
    next(line)
    assert controls.pressed() == ["hang_up"]


def test_a_pause_waits_for_the_end_of_the_line():
    """The caller finishes; then time stands still, and the next line counts from the time that was left."""
    controlled, controls, line = phone()
    controlled.play(Clip(np.ones(3 * BLOCK, dtype=np.int16)))
    press(controls, "p")
    assert [block.playing.done for block in islice(line, 3)] == [False, False, True]
    threading.Timer(0.05, lambda: controls.press("p")).start()
    resumed = next(line)
    assert controls.pressed() == ["resume"]
    controlled.play(Clip(np.ones(2 * BLOCK, dtype=np.int16)))
    assert next(line).playing.first_sample == resumed.end_sample


@given(st.lists(st.sampled_from("hmr x"), max_size=30))
def test_keys_never_cost_a_sample(letters):
    """Whatever is pressed (but pause), the blocks follow each other without a gap."""
    _, controls, line = phone(len(letters) + 1)
    end = 0
    for letter in letters:
        press(controls, letter)
        block = next(line)
        assert block.first_sample == end
        assert len(block.trainee) == len(block.caller) == BLOCK
        end = block.end_sample


@pytest.fixture
def terminal(monkeypatch):
    """A terminal that is our standard input: where its keys are pressed, and its own end."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as keyboard:
        monkeypatch.setattr("sys.stdin", keyboard)
        yield ours, theirs
    os.close(ours)


def test_keys_come_at_once_and_singly(terminal):
    """Two keys in one go are two, without a line end, and unseen; the terminal is as before afterwards."""
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    keys, two = [], threading.Event()

    def on_key(key):
        keys.append(key)
        if len(keys) == 2:
            two.set()

    with listening_to_keys(on_key):
        assert not termios.tcgetattr(theirs)[3] & (termios.ICANON | termios.ECHO)
        os.write(ours, b"hm")
        assert two.wait(10)
    assert keys == ["h", "m"]
    assert termios.tcgetattr(theirs) == before


def test_the_terminal_is_restored_after_an_error(terminal):
    """Whatever ends the call."""
    _, theirs = terminal
    before = termios.tcgetattr(theirs)
    with pytest.raises(ZeroDivisionError), listening_to_keys(print):
        raise ZeroDivisionError
    assert termios.tcgetattr(theirs) == before
