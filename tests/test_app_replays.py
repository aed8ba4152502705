"""A past call's pages: one that still goes on elsewhere is left alone, and any name is a name."""

from __future__ import annotations

import os
import time

import pytest
from app_client import TOKEN, client, place, program
from coachs_pages import make_home
from made_session import write_call

from callsim.app.desk import Desk
from callsim.app.reviewing import attachment
from callsim.sessions.folder import OPEN_SOUND


@pytest.fixture
def desk():
    """One whose processes do nothing."""
    return Desk(program("tell(stage='scored')"))


@pytest.fixture
def app(tmp_path, monkeypatch, desk):
    """The app with two scored calls."""
    with client(place(make_home(tmp_path, monkeypatch)), desk) as made:
        made.get("/", params={"token": TOKEN})
        yield made


def test_a_call_that_goes_on_elsewhere_is_not_scored(app, tmp_path, desk):
    """Half of it would be; the page says so, until nothing more is written or the call has ended."""
    writer = write_call(tmp_path / "sessions" / "now")
    page = app.get("/sessions/now")
    assert page.status_code == 409
    assert "<h1>Not yet</h1>" in page.text
    assert "This call still goes on" in page.text
    assert "now" not in desk.scorings
    writer.close()
    assert app.get("/sessions/now").status_code == 202
    assert "now" in desk.scorings


@pytest.mark.parametrize("off_s", [-16, 3_600])
def test_a_call_that_broke_off_is_scored(app, tmp_path, desk, off_s):
    """Some seconds after its last sound; also where a clock was set back since."""
    writer = write_call(tmp_path / "sessions" / "broken")
    sound = tmp_path / "sessions" / "broken" / OPEN_SOUND
    os.utime(sound, (time.time() + off_s,) * 2)
    assert app.get("/sessions/broken").status_code == 202
    assert "broken" in desk.scorings
    writer.close()


def test_a_report_of_a_session_with_any_name_is_kept(app, tmp_path):
    """Its file is called after it."""
    (tmp_path / "sessions" / "good").rename(tmp_path / "sessions" / "Łódź")
    report = app.get("/sessions/Łódź/report.html")
    assert report.status_code == 200
    kept = "attachment; filename=\"__d_.html\"; filename*=UTF-8''%C5%81%C3%B3d%C5%BA.html"
    assert report.headers["content-disposition"] == kept


def test_no_name_leaves_its_place_in_the_header():
    """Neither with quotes nor with a line of its own."""
    assert attachment('a"; b\r\n') == "attachment; filename=\"a__ b__\"; filename*=UTF-8''a%22%3B%20b%0D%0A"
