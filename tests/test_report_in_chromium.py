"""The report, opened from the disk in a real browser: it plays, by mouse and by keys alone, and loads nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from browser import NARROW, click_word, launched, needs_chromium, until, watched
from made_session import ABOUT
from replayed import session_of
from scenes import good_call, rude_call, scene, silent_call

from callsim.report.page import report_file
from callsim.report.replay import replay_of
from callsim.sessions.opus import opus_of

pytestmark = needs_chromium
PLAYER_AND_FOCUS = ("document.getElementById('player')", "document.activeElement")
SOUND = "document.getElementById('sound')"


@pytest.fixture(scope="module")
def browser():
    """Chromium."""
    with launched() as launched_browser:
        yield launched_browser


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Calls as files, each with its replay."""
    made = {}
    calls = {"good": good_call(), "rude": rude_call(), "silent": silent_call(), "empty": scene(), "long": long_words()}
    for name, call in calls.items():
        folder = tmp_path_factory.mktemp("reports")
        session, card = session_of(call, folder / "call", ABOUT.model_copy(update={"trainee": call.facts.title}))
        replay = replay_of(session, card)
        file = folder / "report.html"
        file.write_text(report_file(replay, opus_of(session).read_bytes()), encoding="utf-8")
        made[name] = SimpleNamespace(uri=file.as_uri(), replay=replay)
    return made


def long_words():
    """A call in which everybody's words have 150 letters."""
    word = "unbreakable" * 14
    call = rude_call()
    call.parts = [replace(part, text=f"{word} {part.text} {word}") for part in call.parts]
    call.facts = replace(call.facts, title=word)
    return call.mood(40, 60, word)


@pytest.fixture
def shown(browser, reports):
    """The report of the rude call in a window."""
    with watched(browser) as window:
        yield opened(window.page, reports["rude"])


def opened(page, report):
    """The page once its program runs and its sound is there."""
    page.goto(report.uri)
    until(page, f"!document.getElementById('play').disabled && {SOUND}.readyState >= 2")
    page.replay = report.replay
    return page


def at_ms(page):
    """Where the sound stands."""
    return round(page.evaluate(f"{SOUND}.currentTime") * 1000)


def playing(page):
    """Whether it plays."""
    return page.evaluate(f"!{SOUND}.paused")


def paused_at(page, ms):
    """The page with its sound standing at a moment."""
    page.evaluate(f"() => {{ {SOUND}.pause(); {SOUND}.currentTime = {ms / 1000}; }}")
    until(page, f"!{SOUND}.seeking")
    return page


def starts_at(page, ms):
    """Whether it plays, and began to at this moment."""
    until(page, f"!{SOUND}.paused && !{SOUND}.seeking && {SOUND}.currentTime * 1000 >= {ms}")
    return ms <= at_ms(page) < ms + 1_500


def lit(page, name):
    """The words of a highlight."""
    return page.evaluate(f"Array.from(CSS.highlights.get('{name}'), range => range.toString())")


def line_of(page, who, number=0):
    """A line of the page and of the replay."""
    line = [one for one in page.replay.lines if one.who == who][number]
    return page.locator(f".line.{who} .text").nth(number), line


@pytest.mark.parametrize("who", ["trainee", "caller"])
def test_a_click_on_a_word_plays_from_it_and_lights_it(shown, who):
    """On both sides."""
    text, line = line_of(shown, who, 1)
    text.scroll_into_view_if_needed()
    click_word(shown, text, 3)
    assert starts_at(shown, line.words[3].start_ms)
    paused_at(shown, line.words[3].start_ms + 20)
    assert line.words[3].word in lit(shown, "spoken")


def test_each_word_is_lit_while_it_is_spoken(shown):
    """By the times of the replay; nothing is lit in a silence."""
    _, line = line_of(shown, "trainee")
    for word in line.words:
        assert lit(paused_at(shown, word.start_ms + 20), "spoken") == [word.word]
    silence = next(mark for mark in shown.replay.marks if mark.kind == "dead_air")
    assert lit(paused_at(shown, silence.start_ms + 1_000), "spoken") == []


def test_evidence_plays_from_its_second(shown):
    """A check's, and the advice's."""
    for where in (".checks .hear", "ol .hear"):
        button = shown.locator(where).first
        button.click()
        assert starts_at(shown, int(button.get_attribute("data-at")))


def test_after_a_click_space_pauses(shown):
    """Whatever was clicked: a word, a piece of evidence, a mark to show."""
    text, line = line_of(shown, "trainee", 1)
    text.scroll_into_view_if_needed()
    click_word(shown, text, 0)
    assert starts_at(shown, line.words[0].start_ms)
    shown.keyboard.press("Space")
    assert not playing(shown)
    button = shown.locator(".checks .hear").first
    button.click()
    assert starts_at(shown, int(button.get_attribute("data-at")))
    shown.keyboard.press("Space")
    assert not playing(shown)


def test_space_plays_and_arrows_go_five_seconds(shown):
    """Wherever the focus is, as long as it is no control of its own."""
    shown.keyboard.press("Space")
    assert starts_at(shown, 0)
    shown.keyboard.press("Space")
    assert not playing(shown)
    paused_at(shown, 7_000).keyboard.press("ArrowLeft")
    assert at_ms(shown) == 2_000
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("Shift+ArrowRight")
    assert at_ms(shown) == 8_000


def test_from_mark_to_mark(shown):
    """Each in turn, forwards and back, and what it is gets said."""
    cut = next(mark for mark in shown.replay.marks if mark.kind == "cut_in")
    for chip in shown.locator(".chip").all():
        if chip.get_attribute("data-kind") != "cut_in":
            chip.click()
    paused_at(shown, 0).keyboard.press(".")
    assert starts_at(shown, cut.start_ms)
    assert "You cut in" in shown.locator("#moment").inner_text()
    paused_at(shown, 9_000).keyboard.press(",")
    assert starts_at(shown, cut.start_ms)
    paused_at(shown, 9_000).keyboard.press("j")
    assert "No mark after this" in shown.locator("#moment").inner_text()


def test_a_click_on_a_mark_plays_from_it(shown):
    """On the canvas, where its sign stands."""
    cut = next(mark for mark in shown.replay.marks if mark.kind == "cut_in")
    view = shown.locator("#view").bounding_box()
    size = "parseFloat(getComputedStyle(document.getElementById('view')).getPropertyValue('{}'))"
    axis, lane, marks = (shown.evaluate(size.format(name)) for name in ("--axis", "--lane", "--marks"))
    x = view["x"] + view["width"] * cut.start_ms / shown.replay.length_ms
    y = view["y"] + axis + 2 * lane + 0.28 * marks
    shown.mouse.move(x, y)
    assert "You cut in" in shown.locator("#hint").inner_text()
    shown.mouse.click(x, y)
    assert starts_at(shown, cut.start_ms)


def test_a_click_on_the_waveform_goes_there(shown):
    """And does not start what stood still."""
    view = shown.locator("#view").bounding_box()
    shown.mouse.click(view["x"] + view["width"] / 2, view["y"] + 50)
    assert abs(at_ms(shown) - shown.replay.length_ms / 2) < 50
    assert not playing(shown)


def test_a_passage_is_looped_by_dragging_or_by_keys(shown):
    """It comes round again, and ends with escape."""
    view = shown.locator("#view").bounding_box()
    width, length = view["width"], shown.replay.length_ms
    shown.mouse.move(view["x"] + width * 0.5, view["y"] + 50)
    shown.mouse.down()
    shown.mouse.move(view["x"] + width * (0.5 + 600 / length), view["y"] + 50, steps=4)
    shown.mouse.up()
    assert "Loop" in shown.locator("#loop[aria-pressed=true]").inner_text()
    shown.evaluate(f"() => {{ window.seeks = 0; {SOUND}.addEventListener('seeking', () => window.seeks++); }}")
    until(shown, "window.seeks >= 2")
    assert at_ms(shown) < length * 0.5 + 1_500
    shown.keyboard.press("Escape")
    assert shown.locator("#loop[aria-pressed=false]").inner_text() == "Loop"
    paused_at(shown, 1_000).keyboard.press("[")
    paused_at(shown, 3_000).keyboard.press("]")
    assert shown.locator("#loop").inner_text() == "Loop 0:01–0:03"


def test_a_finger_loops_a_passage_too(shown):
    """It draws over the waveform; a tap only goes there."""
    view = shown.locator("#view").bounding_box()
    at = [view["x"] + view["width"] * share for share in (0.25, 0.3, 0.4, 0.5)]
    hand = shown.context.new_cdp_session(shown)
    hand.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def finger(kind, *points):
        places = [{"x": x, "y": view["y"] + 50} for x in points]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    finger("touchStart", at[0])
    finger("touchEnd")
    assert shown.locator("#loop[aria-pressed=false]").count() == 1
    finger("touchStart", at[0])
    for x in at[1:]:
        finger("touchMove", x)
    finger("touchEnd")
    shown.locator("#loop[aria-pressed=true]").wait_for()
    assert shown.evaluate(f"{SOUND}.currentTime * 1000") >= shown.replay.length_ms * 0.24


def test_speed_changes_and_the_pitch_stays(shown):
    """By the list and by keys."""
    shown.select_option("#speed", "1.5")
    assert shown.evaluate(f"[{SOUND}.playbackRate, {SOUND}.preservesPitch]") == [1.5, True]
    shown.locator("h1").click()
    shown.keyboard.press(">")
    assert shown.evaluate(f"{SOUND}.playbackRate") == 1.75
    shown.keyboard.press("<")
    assert shown.locator("#speed").input_value() == "1.5"


def test_one_looks_closer_and_back(shown):
    """The playhead stays in sight."""
    paused_at(shown, 5_000)
    assert shown.locator("#wider").is_disabled()
    shown.keyboard.press("+")
    assert not shown.locator("#wider").is_disabled()
    shown.keyboard.press("0")
    assert shown.locator("#wider").is_disabled()


def test_the_transcript_is_one_tab_stop(shown):
    """Lines by arrows, words by arrows, enter plays."""
    assert shown.locator("#flow [tabindex='0']").count() == 1
    shown.keyboard.press("t")
    shown.keyboard.press("ArrowDown")
    shown.keyboard.press("ArrowDown")
    line = shown.replay.lines[2]
    assert shown.evaluate("document.activeElement.querySelector('.text').textContent").startswith(line.words[0].word)
    shown.keyboard.press("Enter")
    assert starts_at(shown, line.start_ms)
    paused_at(shown, 0)
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("ArrowRight")
    assert lit(shown, "chosen") == [line.words[1].word]
    assert shown.locator("#moment").inner_text() == line.words[1].word
    shown.keyboard.press("Enter")
    assert starts_at(shown, line.words[1].start_ms)
    shown.keyboard.press("End")
    assert shown.locator("#flow [tabindex='0']").count() == 1


def test_what_has_the_focus_is_not_behind_the_player(shown):
    """Also on the way back up the page."""
    shown.locator(".checks .hear").last.focus()
    for _ in range(12):
        shown.keyboard.press("Shift+Tab")
        player, focused = (shown.evaluate(f"{one}.getBoundingClientRect().toJSON()") for one in PLAYER_AND_FOCUS)
        assert focused["bottom"] <= player["top"] or focused["top"] >= player["bottom"] or focused["width"] == 0


def test_the_transcript_follows_in_its_own_box(shown):
    """The line that is spoken is in sight, and the page itself stays where it is."""
    line = shown.replay.lines[-1]
    paused_at(shown, line.start_ms + 50)
    until(shown, "document.querySelector('.line.current')")
    box, row = (shown.locator(one).bounding_box() for one in ("#flow", ".line.current"))
    assert box["y"] <= row["y"] < box["y"] + box["height"]
    assert shown.evaluate("scrollY") == 0


def test_the_keys_are_listed(shown):
    """With a question mark, and gone with escape."""
    shown.keyboard.press("?")
    assert shown.get_by_role("dialog", name="Keys").is_visible()
    shown.keyboard.press("Escape")
    assert not shown.get_by_role("dialog", name="Keys").is_visible()


def test_readers_of_the_screen_know_what_is_what(shown):
    """Names and roles."""
    for name in ("Play", "Back five seconds", "Ahead five seconds", "Previous mark", "Next mark"):
        assert shown.get_by_role("button", name=name, exact=True).count() == 1
    assert re.fullmatch(r"0:00 of \d:\d\d", shown.get_by_role("slider").get_attribute("aria-valuetext"))
    assert shown.get_by_role("combobox", name="Speed").count() == 1
    assert [one.inner_text() for one in shown.get_by_role("heading", level=2).all()][:3] == [
        "Went well",
        "To try next",
        "All checks",
    ]


def test_a_sound_that_cannot_be_played_is_said_so(browser, reports, tmp_path):
    """In words, and the rest of the page works."""
    html = re.sub(r"base64,[^\"]*", "base64,bm90aGluZw==", open_text(reports["rude"]))
    (tmp_path / "broken.html").write_text(html, encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((tmp_path / "broken.html").as_uri())
        page.wait_for_selector("#moment.trouble")
        assert "cannot be played" in page.locator("#moment").inner_text()
        assert page.locator("#play").is_disabled()
        assert page.locator(".line").count() == len(reports["rude"].replay.lines)


def open_text(report):
    """The file of a report."""
    from pathlib import Path
    from urllib.parse import unquote, urlsplit

    return Path(unquote(urlsplit(report.uri).path)).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["good", "rude", "silent", "empty", "long"])
@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_window(browser, reports, name, size):
    """Light and dark."""
    with watched(browser, size) as window:
        page = opened(window.page, reports[name])
        assert window.serious() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_shifts_while_it_loads(browser, reports):
    """As the browser itself measures it."""
    with watched(browser) as window:
        page = opened(window.page, reports["good"])
        shifted = page.evaluate(
            """() => new Promise(done => { let sum = 0;
                new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.value))
                    .observe({type: 'layout-shift', buffered: true});
                setTimeout(() => done(sum), 300); })"""
        )
        assert shifted < 0.001


def test_it_prints_with_the_whole_transcript(browser, reports):
    """No box that hides what is below, no buttons."""
    with watched(browser) as window:
        page = opened(window.page, reports["good"])
        page.emulate_media(media="print")
        hidden = page.evaluate("(box => box.scrollHeight - box.clientHeight)(document.getElementById('flow'))")
        assert hidden <= 1
        assert not page.locator("#play").is_visible()
        assert page.pdf(format="A4").startswith(b"%PDF")
