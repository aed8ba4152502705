"""The replay as a page: what is in it, what is not, and how large it is."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from replayed import long_call, replayed
from scenes import good_call, rude_call, silent_call

from callsim.report.page import Link, bundled, replay_page, report_file
from callsim.scoring.scorecard import ChangeRow

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> & “quotes\"'"


@pytest.fixture(scope="module")
def replay(tmp_path_factory):
    """A good call."""
    return replayed(good_call(), tmp_path_factory.mktemp("page") / "call")


class Seen(HTMLParser):
    """Every tag with its attributes, and what scripts and styles hold."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.inside, self._open = [], {}, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """A tag begins."""
        self.tags.append((tag, dict(attrs)))
        self._open = (tag, dict(attrs).get("type", "")) if tag in ("script", "style") else None

    def handle_data(self, data):
        """What stands in it."""
        if self._open:
            self.inside.setdefault(self._open, []).append(data)

    def handle_endtag(self, _):
        """It ends."""
        self._open = None

    def all(self, tag):
        """The attributes of each such tag."""
        return [attrs for name, attrs in self.tags if name == tag]


def page_of(replay, **links):
    """The app's page."""
    return replay_page(replay, sound_url="/sessions/one/sound", **links)


def test_the_page_asks_for_opus_first_and_wav_where_that_is_not_played(replay):
    """In this order."""
    sources = [(one["src"], one["type"]) for one in Seen(page_of(replay)).all("source")]
    assert sources == [
        ("/sessions/one/sound.opus", "audio/ogg; codecs=opus"),
        ("/sessions/one/sound.wav", "audio/wav"),
    ]


def test_the_page_runs_and_styles_nothing_of_its_own(replay):
    """A strict policy lets it through: no script and no style inside, and no handlers or styles on its tags."""
    seen = Seen(page_of(replay))
    assert [attrs.get("type") for attrs in seen.all("script") if "src" not in attrs] == ["application/json"]
    assert seen.all("style") == []
    assert [(tag, name) for tag, attrs in seen.tags for name in attrs if name == "style" or name.startswith("on")] == []


def test_links_are_there_where_there_is_an_address(replay):
    """To the other forms, to other pages, and to none without."""
    full = page_of(replay, data_url="/a.json", report_url="/a.html", nav=[Link("Calls", "/calls", current=True)])
    links = [attrs["href"] for attrs in Seen(full).all("a")]
    assert {"/a.json", "/a.html", "/calls"} <= set(links)
    assert "/a.json" not in page_of(replay)


def test_the_report_loads_nothing(replay):
    """All that it shows and plays is in the file, by the policy that it brings."""
    seen = Seen(report_file(replay, b"OggS"))
    for _, attrs in seen.tags:
        assert all(value.startswith(("data:", "#")) for name, value in attrs.items() if name in ("src", "href"))
    policy = next(attrs["content"] for attrs in seen.all("meta") if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_reports_policy_names_just_the_script_and_the_style_that_are_in_it(replay):
    """By their digests."""
    html = report_file(replay, b"OggS")
    policy = next(attrs["content"] for attrs in Seen(html).all("meta") if "http-equiv" in attrs)
    program = re.search(r'<script type="module">(.*?)</script>', html, re.DOTALL)[1]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    for part in (program, style):
        assert base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() in policy


def test_the_reports_program_is_one_piece():
    """No module is asked for, and none is left out."""
    program = bundled()
    assert not re.search(r"^(import|export)\b", program, re.MULTILINE)
    for name in ("class Player", "class Stage", "class Transcript", "function draw(", "function clock("):
        assert program.count(name) == 1


def test_the_sound_is_in_the_report(replay):
    """Whole."""
    sound = bytes(range(256))
    source = next(attrs["src"] for attrs in Seen(report_file(replay, sound)).all("audio"))
    assert base64.b64decode(source.removeprefix("data:audio/ogg;base64,")) == sound


def test_what_was_said_stays_words(tmp_path):
    """Whatever a recogniser, a script or a name holds."""
    call = good_call()
    call.parts[1] = replace(call.parts[1], text=HOSTILE)
    replay = replayed(call, tmp_path / "call", trainee=HOSTILE).model_copy(update={"title": HOSTILE})
    for html in (page_of(replay), report_file(replay, b"OggS")):
        assert "alert(1)</script>" not in html
        assert "<img" not in html
        data = re.search(r'<script type="application/json" id="replay-data">(.*?)</script>', html, re.DOTALL)[1]
        assert json.loads(data)["length"] == replay.length_ms


def test_a_missing_score_says_why(tmp_path):
    """A trainee who said nothing."""
    replay = replayed(silent_call(), tmp_path / "call")
    missing = [group for group in replay.groups if group.score is None]
    assert missing
    assert all(f"Not measured: {group.reason}." in page_of(replay) for group in missing)


def test_what_the_second_reading_changed_is_told(replay):
    """Each place with its second; and which rules the call's script set itself."""
    rows = [
        ChangeRow(start_ms=4_000, end_ms=4_300, before="way", after="wait"),
        ChangeRow(start_ms=61_000, end_ms=61_300, before="huh", after=""),
    ]
    rules = replay.rubric.model_copy(update={"by_script": ("measures.hold_ms",)})
    html = page_of(replay.model_copy(update={"changed": tuple(rows), "rubric": rules}))
    assert "“way” is now “wait”" in html
    assert "“huh” is gone" in html
    assert "script sets measures.hold_ms itself" in html


@pytest.mark.parametrize("call", [good_call(), rude_call(), silent_call()])
def test_every_check_is_on_the_page_with_its_points(call, tmp_path):
    """And its evidence can be heard."""
    replay = replayed(call, tmp_path / "call")
    seen = Seen(page_of(replay))
    checks = [check for group in replay.groups for check in group.checks]
    assert sum(attrs.get("class") == "check" for attrs in seen.all("li")) == len(checks)
    moments = {int(attrs["data-at"]) for attrs in seen.all("button") if "data-at" in attrs}
    assert {quote.start_ms for check in checks for quote in check.evidence[:8]} <= moments


def test_a_half_hour_call_is_a_small_page(tmp_path):
    """As served, without its sound: 60 KB at most."""
    replay = replayed(long_call(30), tmp_path / "call")
    assert replay.length_ms > 29 * 60_000
    assert len(gzip.compress(page_of(replay).encode(), 6)) <= 60_000
