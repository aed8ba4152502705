"""`callsim account`, `accounts` and `audit`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from room_process import add, callsim

from callsim.cli import run
from callsim.library.audit import Read, note_reads
from callsim.library.shelf import library


def test_accounts_by_command(tmp_path):
    """Made, listed, given another password, removed; the password comes on standard input."""
    assert "Nobody may sign in yet" in callsim(tmp_path, "accounts").stdout
    assert add(tmp_path, "Anna", "coach", "four calm words here").stdout == "Anna may sign in as coach\n"
    twice = add(tmp_path, "anna", "trainee", "four calm words here")
    assert (twice.returncode, "There is an account named" in twice.stderr) == (2, True)
    assert re.search(r"^Anna +coach +\d{4}-\d\d-\d\d$", callsim(tmp_path, "accounts").stdout, re.MULTILINE)
    assert json.loads(callsim(tmp_path, "accounts", "--json").stdout)["role"] == "coach"
    changed = callsim(tmp_path, "account", "password", "ANNA", typed="other calm words\r\n")
    assert changed.returncode == 0
    assert "did you mean Anna" in callsim(tmp_path, "account", "password", "Ana", typed="other calm words\n").stderr
    assert "add --yes" in callsim(tmp_path, "account", "remove", "Anna").stderr
    gone = callsim(tmp_path, "account", "remove", "Anna", "--yes")
    assert "There is no coach any more" in gone.stdout
    assert "Nobody may sign in yet" in callsim(tmp_path, "accounts").stdout


@pytest.mark.parametrize(("typed", "says"), [("", "No password came"), ("short\n", "12 to 256 letters")])
def test_passwords_that_are_none(tmp_path, typed, says):
    """Are said; what was typed is not."""
    refused = callsim(tmp_path, "account", "add", "Anna", "--role", "coach", typed=typed)
    assert refused.returncode == 2
    assert says in refused.stderr
    assert "short" not in refused.stderr + refused.stdout
    assert "Nobody may sign in yet" in callsim(tmp_path, "accounts").stdout


def test_a_password_is_no_option(capsys):
    """Everybody on a machine sees what a command was started with."""
    for command in (["account", "add", "--help"], ["account", "password", "--help"]):
        assert run(command) == 0
        assert not re.search(r"--\w*pass", capsys.readouterr().out)


def test_a_password_is_typed_twice_and_not_seen(tmp_path):
    """At a real terminal."""
    pty = pytest.importorskip("pty", reason="terminals are made like this on POSIX alone")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "CALLSIM_HOME": str(tmp_path), "TERM": "dumb"}
    command = [sys.executable, "-m", "callsim", "account", "add", "Anna", "--role", "coach"]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    for prompt, typed in ((b"Password:", b"four calm words"), (b"Once more:", b"four calm words")):
        while prompt not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, typed + b"\n")
    try:
        while part := os.read(ours, 1000):
            shown += part
    except OSError:
        pass
    assert process.wait(60) == 0
    assert b"Anna may sign in as coach" in shown
    assert b"four calm" not in shown


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "90", ""])
def test_since_is_a_day_or_an_age(capsys, since):
    """Else it is said how they are written."""
    assert run(["audit", "--since", since]) == 2
    complaint = capsys.readouterr().err
    assert "write 2026-01-31, or 30d" in complaint
    assert complaint.count("\n") == 1


def test_the_audit_by_time(capsys, tmp_path, monkeypatch):
    """From a day on, or so long ago."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    now = datetime.now().astimezone()
    with library(os.environ) as shelf:
        for days in (40, 2):
            at = (now - timedelta(days=days)).isoformat(timespec="seconds")
            note_reads(shelf, Read(at, "Anna", f"call-{days}", "Ben", "sound"))
    for since, there in (("30d", ["call-2"]), ("9w", ["call-40", "call-2"]), (f"{now:%Y-%m-%d}", [])):
        assert run(["audit", "--json", "--since", since]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [json.loads(line)["session"] for line in lines] == there
    assert run(["audit", "--since", f"{now:%Y-%m-%d}"]) == 0
    assert "Nobody has heard or read a call in the training room in that time" in capsys.readouterr().out
    assert run(["audit"]) == 0
    assert "2 readings" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["accounts"], ["account", "password", "Anna"], ["app", "--host", "::"]])
def test_without_argon2_it_says_what_to_install(capsys, monkeypatch, command):
    """Where an older extra was installed."""
    from callsim.cli import accounts

    monkeypatch.setattr(accounts, "find_spec", lambda _: None)
    assert run(command) == 2
    assert 'pip install "callsim[library]"' in capsys.readouterr().err
