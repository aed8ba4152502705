"""`callsim app`, and `callsim` alone: an address on this machine, a browser that is led to it, an end by Ctrl-C."""

from __future__ import annotations

import re
import socket
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

import pytest
from app_process import served

from callsim.cli import run

HERE = Path(__file__).parent


def status(address):
    """What is answered there."""
    try:
        with urlopen(address, timeout=30) as answer:
            return answer.status
    except HTTPError as wrong:
        return wrong.code


@pytest.mark.parametrize("command", [["app"], []])
def test_it_serves_until_ctrl_c(tmp_path, command):
    """With a token in the address, without a word on standard error, and with 0 at the end."""
    with served(tmp_path, *command) as app:
        assert app.enter.startswith("http://127.0.0.1:")
        assert status(app.enter) == 200
        assert status(app.home) == 403
        assert app.stop() == 0
    assert app.complaint() == ""


def test_each_launch_has_a_token_of_its_own(tmp_path):
    """Long enough that nobody guesses it; that of another launch opens nothing."""
    with served(tmp_path, "app") as one, served(tmp_path, "app") as other:
        tokens = [app.enter.split("token=")[1] for app in (one, other)]
        assert tokens[0] != tokens[1]
        assert all(len(token) >= 40 for token in tokens)
        assert status(f"{other.home}?token={tokens[0]}") == 403


def test_it_is_there_for_this_machine_alone(tmp_path):
    """It listens at 127.0.0.1 and at no other address."""
    with served(tmp_path, "app") as app:
        port = urlsplit(app.enter).port
        listening = [row.split()[1] for name in ("tcp", "tcp6") for row in proc(name) if row.split()[3] == "0A"]
        assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def proc(name):
    """The sockets of this machine."""
    path = Path("/proc/net") / name
    if not path.exists():
        pytest.skip("only Linux tells who listens where in /proc")
    return path.read_text().splitlines()[1:]


def test_the_browser_is_given_a_file_and_no_token(tmp_path):
    """Others can read what a program is started with, but not a file in our own folder."""
    told = tmp_path / "told"
    browser = f"{sys.executable} {HERE / 'told_browser.py'} {told} %s"
    with served(tmp_path / "home", browser=browser) as app:
        app.wait_for(told.exists)
        given = told.read_text()
        file = Path(unquote(urlsplit(given).path))
        assert given.startswith("file://")
        assert file.is_relative_to(tmp_path / "home")
        assert file.parent.stat().st_mode & 0o077 == 0
        assert re.findall(r"url=([^\"]+)\"", file.read_text()) == [app.enter]
        assert app.stop() == 0
    assert not file.exists()


def test_a_port_that_is_taken_is_one_sentence(capsys, tmp_path, monkeypatch):
    """It says what to do."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert run(["app", "--no-browser", "--port", str(port)]) == 2
    complaint = capsys.readouterr().err
    assert f"Port {port} cannot be used" in complaint
    assert complaint.count("\n") == 1


def test_help_is_still_to_be_had(capsys):
    """It names the command, and what happens without one."""
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "opens in the browser" in shown
    assert re.search(r"^  app ", shown, re.MULTILINE)
