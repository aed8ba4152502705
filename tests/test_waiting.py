"""What is shown while callsim is busy, and how Ctrl-C ends that."""

import _thread
import io
import signal
import threading

import pytest
from rich.console import Console

from callsim.cli import console
from callsim.cli.waiting import in_background, listening_progress
from callsim.errors import ModelError
from callsim.timeline import RATE_HZ


def on_standard_error(monkeypatch, *, terminal):
    """A standard error that keeps what it is shown."""
    paper = io.StringIO()
    monkeypatch.setattr(console, "ERR", Console(file=paper, force_terminal=terminal, width=80))
    return paper


def hear(minutes):
    """Listen to a call of that length, a second at a time."""
    with listening_progress(minutes * 60_000) as progress:
        for second in range(1, minutes * 60 + 1):
            progress(second * RATE_HZ)


def test_a_long_call_shows_how_far_it_has_been_heard(monkeypatch):
    """On a terminal, up to the whole."""
    paper = on_standard_error(monkeypatch, terminal=True)
    hear(minutes=2)
    assert "Listening to the call" in paper.getvalue()
    assert "3.8/3.8 MB" in paper.getvalue()


@pytest.mark.parametrize(("minutes", "terminal"), [(0, True), (2, False)])
def test_nothing_is_shown_of_a_short_call_or_into_a_file(monkeypatch, minutes, terminal):
    """A bar that nobody could read is none."""
    paper = on_standard_error(monkeypatch, terminal=terminal)
    hear(minutes)
    assert paper.getvalue() == ""


def test_what_is_done_in_the_background_comes_back(monkeypatch):
    """Its result, and its progress on the terminal."""
    paper = on_standard_error(monkeypatch, terminal=True)

    def work(progress):
        progress.step("Reading", 5, 5)
        return threading.current_thread() is not threading.main_thread()

    assert in_background(work) is True
    assert "Reading" in paper.getvalue()


def test_what_goes_wrong_in_the_background_is_told():
    """The error is the work's own."""

    def work(_):
        raise ModelError("There is none.")

    with pytest.raises(ModelError, match=r"There is none\."):
        in_background(work)


@pytest.fixture
def ctrl_c():
    """Heard here, too: a shell that runs us in the background lets us ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_the_background_too():
    """The work ends at its next step, and no thread is left behind."""
    ended = []

    def work(progress):
        try:
            _thread.interrupt_main()
            while True:
                progress.step("Reading", 1, None)
        finally:
            ended.append(threading.current_thread())

    with pytest.raises(KeyboardInterrupt):
        in_background(work)
    assert len(ended) == 1
    assert not ended[0].is_alive()
