"""A call's page and the process behind it, which is a few lines here: what is shown, what gets through, how it ends."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager

import pytest
from app_client import LIVE, ORIGIN, TOKEN, client, place, program
from made_session import ABOUT, write_call

from callsim.app.desk import Desk
from callsim.sessions.names import own_name

OURS = {"origin": ORIGIN}
# Says what it hears until its words are at an end, as a call does.
ECHOES = (
    "heard = []",
    "tell(stage='talking')",
    "for word in sys.stdin: heard.append(word.strip()); tell(heard=heard)",
    "tell(stage='declined')",
)


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """A browser that is in, for a process of these lines."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))

    @contextmanager
    def with_lines(*lines, grace_s=60.0):
        with client(place(tmp_path), Desk(program(*lines), grace_s)) as browser:
            browser.get("/", params={"token": TOKEN})
            yield browser

    return with_lines


def start(browser, script="parcel", mode="practice", name=""):
    """Press the button of the briefing."""
    return browser.post(f"/calls/{script}", data={"mode": mode, "name": name}, headers=OURS)


class Socket:
    """A page's end of the WebSocket."""

    def __init__(self, socket):
        self._socket = socket
        self.facts = {}
        self.code = None

    def say(self, word):
        """Send a word."""
        self._socket.send_text(word)

    def until(self, so):
        """Take what comes in until the facts are so, or the other end is closed."""
        while not so(self.facts) and self.code is None:
            told = self._socket.receive()
            if told["type"] == "websocket.close":
                self.code = told["code"]
            else:
                self.facts |= json.loads(told["text"])
        return self.facts


@contextmanager
def following(browser, what="headset"):
    """A page that looks on."""
    with browser.websocket_connect(LIVE.replace("headset", what), headers=OURS) as socket:
        yield Socket(socket)


def test_a_call_is_begun_with_what_was_chosen(opened):
    """The script, the mode, a seed; the page of the call comes next."""
    with opened("tell(asked=asked, job=job, stage='declined')") as browser:
        begun = start(browser, "hotel", "test")
        assert (begun.status_code, begun.headers["location"]) == (303, "/call")
        with following(browser) as page:
            facts = page.until(lambda _: False)
        assert facts["job"] == "call"
        assert (facts["asked"]["script"], facts["asked"]["mode"]) == ("hotel", "test")
        assert page.code == 1000
        assert "Angela Russo" in browser.get("/call").text


def test_a_call_is_whoevers_name_was_given(opened, tmp_path):
    """Several share a headset; without a name it is whoever sits here. The briefing knows whose the last call was."""
    with opened("tell(asked=asked, stage='declined')") as browser:
        for given, kept in (("  Ada  King ", "Ada King"), ("", own_name())):
            start(browser, name=given)
            with following(browser) as page:
                assert page.until(lambda _: False)["asked"]["trainee"] == kept
        assert f'value="{own_name()}"' in browser.get("/calls/parcel").text
        about = ABOUT.model_copy(update={"mode": "practice", "trainee": "Ada <King>"})
        write_call(tmp_path / "sessions" / "a", about).close()
        assert 'value="Ada &lt;King&gt;"' in browser.get("/calls/parcel").text
        refused = start(browser, name="x" * 81)
        assert (refused.status_code, "up to 80 letters" in refused.text) == (400, True)


@pytest.mark.parametrize(("script", "mode"), [("nothing", "test"), ("..%2Fparcel", "test"), ("parcel", "headless")])
def test_only_calls_that_there_are_can_be_begun(opened, script, mode):
    """By names from our own list."""
    with opened("tell(stage='declined')") as browser:
        assert start(browser, script, mode).status_code == 404
        assert browser.get("/call").headers["location"] == "/"


def test_only_the_words_of_the_telephone_get_through(opened):
    """Keys and the answer; whatever else a page might send is dropped."""
    with opened(*ECHOES) as browser:
        start(browser)
        with following(browser) as page:
            page.until(lambda facts: facts.get("stage") == "talking")
            for word in ("answer", "x", "gone", "h\nq", "", "m"):
                page.say(word)
            facts = page.until(lambda facts: len(facts.get("heard", [])) == 2)
        assert facts["heard"] == ["answer", "m"]


def test_a_page_that_comes_later_sees_all_that_is_known(opened):
    """And two pages see the same call: there is one headset."""
    with opened(*ECHOES) as browser:
        start(browser)
        with following(browser) as first, following(browser) as second:
            first.until(lambda facts: facts.get("stage") == "talking")
            first.say("h")
            for page in (first, second):
                assert page.until(lambda facts: "heard" in facts)["heard"] == ["h"]
        with following(browser) as third:
            assert third.until(lambda facts: "heard" in facts)["heard"] == ["h"]


def test_a_second_call_leads_to_the_first(opened):
    """Nothing is begun, and the first page says that a call is going on; a check has to wait."""
    with opened(*ECHOES) as browser:
        start(browser)
        assert start(browser, "hotel").headers["location"] == "/call"
        assert "Dana Whitfield" in browser.get("/call").text
        assert "A call is going on" in browser.get("/").text
        assert browser.post("/headset", data={}, headers=OURS).status_code == 409


def test_a_call_has_to_wait_for_a_check(opened):
    """It says so in one sentence; a second check leads to the first."""
    with opened("tell(stage='room')", "sys.stdin.read()") as browser:
        for _ in range(2):
            assert browser.post("/headset", data={"microphone": "a"}, headers=OURS).headers["location"] == "/headset"
        busy = start(browser)
        assert busy.status_code == 409
        assert "being checked in another window" in busy.text


def test_a_page_that_goes_hangs_up(opened):
    """After a moment; the process hears the end of its words and ends by itself."""
    with opened(*ECHOES, grace_s=0.2) as browser:
        start(browser)
        with following(browser) as page:
            page.until(lambda facts: facts.get("stage") == "talking")
            time.sleep(0.5)
            page.say("h")
            assert page.until(lambda facts: "heard" in facts)["heard"] == ["h"]
        time.sleep(1.0)
        wait_until(lambda: stage(browser) == "declined")


def test_a_page_that_comes_back_finds_its_call(opened):
    """Within the moment nobody hangs up."""
    with opened(*ECHOES, grace_s=2.0) as browser:
        start(browser)
        with following(browser) as page:
            page.until(lambda facts: facts.get("stage") == "talking")
        with following(browser) as page:
            time.sleep(2.5)
            page.say("h")
            assert page.until(lambda facts: "heard" in facts)["heard"] == ["h"]


def test_a_call_is_scored_once_it_is_over(opened):
    """The same page shows how far that has come."""
    lines = (
        "if job == 'call': tell(stage='talking', session='2026-a')",
        "else: tell(stage='scored', of=asked['session'])",
    )
    with opened(*lines) as browser:
        start(browser)
        with following(browser) as page:
            facts = page.until(lambda _: False)
    assert (facts["stage"], facts["of"], facts.get("notes")) == ("scored", "2026-a", None)


def test_a_call_that_goes_on_is_not_scored_yet(opened, tmp_path):
    """Whoever opens its session meanwhile is led to the call."""
    write_call(tmp_path / "sessions" / "2026-a", seconds=1).close()
    with opened("tell(session='2026-a')", *ECHOES) as browser:
        start(browser)
        with following(browser) as page:
            page.until(lambda facts: facts.get("stage") == "talking")
            led = browser.get("/sessions/2026-a")
    assert (led.status_code, led.headers["location"]) == (303, "/call")


def test_a_call_that_is_scored_can_be_heard_at_once(opened, tmp_path):
    """Its page leads there before the process has quite ended, and is not led back."""
    write_call(tmp_path / "sessions" / "2026-a", seconds=1).close()
    with opened("tell(session='2026-a', stage='scored')", "sys.stdin.read()") as browser:
        start(browser)
        with following(browser) as page:
            page.until(lambda facts: facts.get("stage") == "scored")
            assert browser.get("/sessions/2026-a").status_code == 202


def test_a_call_that_died_is_scored_and_told(opened):
    """What was recorded is not lost, and the trainee knows what happened."""
    lines = (
        "if job == 'call': tell(stage='talking', session='2026-a'); os._exit(9)",
        "else: tell(stage='scored')",
    )
    with opened(*lines) as browser:
        start(browser)
        with following(browser) as page:
            facts = page.until(lambda _: False)
    assert facts["stage"] == "scored"
    assert "stopped unexpectedly" in facts["notes"][0]


def test_a_failure_is_one_sentence(opened):
    """Of the process where it has one, else ours."""
    for lines, says in (("tell(stage='failed', wrong='No headset.')", "No headset."), ("os._exit(1)", "Try it again")):
        with opened(lines) as browser:
            start(browser)
            with following(browser) as page:
                facts = page.until(lambda _: False)
        assert facts["stage"] == "failed"
        assert says in facts["wrong"]


def test_the_app_takes_its_processes_with_it(opened):
    """A call that is closed with the app ends as one that was hung up."""
    with opened("tell(pid=os.getpid())", *ECHOES) as browser:
        start(browser)
        with following(browser) as page:
            pid = page.until(lambda facts: "pid" in facts)["pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def stage(browser):
    """Where the work stands that has the headset."""
    with following(browser) as page:
        return page.until(lambda facts: "stage" in facts)["stage"]


def wait_until(so):
    """Look until it is so."""
    give_up_s = time.monotonic() + 20
    while not so():
        assert time.monotonic() < give_up_s
        time.sleep(0.05)
