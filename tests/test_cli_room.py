"""`callsim app --host`: what it refuses, and a real server with TLS."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import subprocess
from contextlib import closing, suppress
from urllib.parse import urlencode

import pytest
from room_process import add, callsim, certificate, free_port, open_room, trusting
from training import PASSWORDS, ROLES, SESSIONS, put_calls

from callsim.cli import run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A room with its people and calls."""
    home = tmp_path_factory.mktemp("home")
    put_calls(home / "sessions")
    for name, password in PASSWORDS.items():
        assert add(home, name, ROLES[name], password).returncode == 0
    return home


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A certificate and its key, as options."""
    files = certificate(tmp_path_factory.mktemp("tls"))
    return ["--certificate", str(files.certificate), "--key", str(files.key)]


@pytest.fixture
def here(home, monkeypatch):
    """Commands in this process see that home."""
    monkeypatch.setenv("CALLSIM_HOME", str(home))


def refused(capsys, *command):
    """One sentence, and exit code 2."""
    assert run(list(command)) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("callsim: ")
    assert complaint.count("\n") == 1
    return complaint


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::", "localhost"])
def test_no_room_without_tls(capsys, address):
    """Not on this machine either; it says both ways."""
    complaint = refused(capsys, "app", "--host", address)
    assert "--certificate FILE" in complaint
    assert "--behind-proxy ADDRESS" in complaint


def test_the_help_says_what_a_proxy_must_do(capsys):
    """At the option itself: a proxy that only passes the header on would let anybody write their address."""
    run(["app", "--help"])
    assert "must set X-Forwarded-For itself" in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "0.0.0.0", "--behind-proxy", "127.0.0.1"], "--origin https://NAME"),
        (["--host", "0.0.0.0", "--behind-proxy", "127.0.0.1", "--origin", "https://a.example"], "--port NUMBER"),
        (["--host", "0.0.0.0", "--behind-proxy", "everybody", "--origin", "https://a.example"], "no IP address"),
        (["--host", "0.0.0.0", "--behind-proxy", "*", "--origin", "https://a.example"], "no IP address"),
        (["--origin", "https://a.example"], "--host ADDRESS"),
        (["--certificate", "x"], "--host ADDRESS"),
    ],
)
def test_a_room_needs_all_of_it(capsys, options, says):
    """Each said in one sentence."""
    assert says in refused(capsys, "app", *options)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "origin",
    ["http://a.example", "a.example", "https://", "https://a.example/x", "https://a.example:0", "https://u@a.example",
     "https://a.example:99999", "https://a b", "https://a.example\nHost: evil", "*"],
)  # fmt: skip
def test_where_no_room_can_be(capsys, tls, origin):
    """An origin is https, a name, perhaps a port."""
    assert "is not where a room can be" in refused(capsys, "app", "--host", "0.0.0.0", *tls, "--origin", origin)


@pytest.mark.usefixtures("here")
def test_everywhere_is_no_name(capsys, tls):
    """Whoever serves at all addresses says by which one browsers come."""
    assert "--origin https://NAME" in refused(capsys, "app", "--host", "0.0.0.0", *tls)


@pytest.mark.usefixtures("here")
def test_files_that_are_no_certificate(capsys, tmp_path, tls):
    """Not there, not PEM, not the key of it, with a password: each said, none of it shown."""
    other, junk = certificate(tmp_path / "other"), tmp_path / "junk.pem"
    junk.write_text("SECRET STUFF")
    room, key = tls[1], tls[3]
    for pair, says in (
        ((tmp_path / "none.pem", key), "cannot be read (No such file or directory)"),
        ((room, tmp_path / "none.key"), "none.key cannot be read"),
        ((junk, junk), "are no certificate and key in PEM"),
        ((room, other.key), "does not belong to the certificate"),
        ((room, locked(tmp_path, other.key)), "has a password"),
    ):
        complaint = refused(capsys, "app", "--host", "127.0.0.1", "--certificate", str(pair[0]), "--key", str(pair[1]))
        assert says in complaint
        assert "SECRET" not in complaint


def locked(folder, key):
    """The key with a password."""
    made = folder / "locked.key"
    command = ["openssl", "pkey", "-in", str(key), "-aes256", "-passout", "pass:secret", "-out", str(made)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs the command openssl")
    return made


def test_no_room_without_a_coach(capsys, tmp_path, monkeypatch, tls):
    """It says which command makes one; a trainee is none."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    assert add(tmp_path, "Ben", "trainee", PASSWORDS["Ben"]).returncode == 0
    assert "callsim account add NAME --role coach" in refused(capsys, "app", "--host", "127.0.0.1", *tls)


@pytest.mark.usefixtures("here")
def test_a_port_that_is_taken_and_an_address_that_is_not_ours(capsys, tls):
    """One sentence each."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert f"Port {port} cannot be used" in refused(capsys, "app", "--host", "127.0.0.1", "--port", port, *tls)
    assert "is no address of this computer" in refused(capsys, "app", "--host", "192.0.2.1", *tls)
    assert "There is no computer named" in refused(capsys, "app", "--host", "no-such.invalid", *tls)


def talk(room):
    """A connection that checks the certificate."""
    return closing(http.client.HTTPSConnection(room.address.removeprefix("https://"), context=trusting(), timeout=30))


def asked(connection, method, path, form=None, **headers):
    """An answer: its status, headers and text."""
    body = urlencode(form) if form else None
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode(errors="replace")


def test_a_real_room(home, tls):
    """With a certificate that is checked: sign in, see one's own, not another's, sign out; Ctrl-C ends it with 0."""
    with open_room(home, *tls) as room, talk(room) as connection:
        origin = room.address
        assert asked(connection, "GET", "/sessions")[0] == 303
        status, headers, _ = asked(
            connection, "POST", "/sign-in", {"name": "ben", "password": PASSWORDS["Ben"]}, Origin=origin
        )
        cookie = headers["Set-Cookie"].split(";")[0]
        assert status == 303
        mine = f"/sessions/{SESSIONS['Ben']}/replay.json"
        assert asked(connection, "GET", mine, Cookie=cookie)[0] == 200
        assert asked(connection, "GET", mine.replace("ben", "cleo"), Cookie=cookie)[0] == 404
        assert asked(connection, "GET", mine)[0] == 303
        assert asked(connection, "GET", "/", Cookie=cookie)[1]["Strict-Transport-Security"] == "max-age=31536000"
        assert asked(connection, "POST", "/sign-out", {"x": "y"}, Cookie=cookie, Origin=origin)[0] == 303
        assert asked(connection, "GET", mine, Cookie=cookie)[0] == 303
        assert room.stop() == 0
        assert room.errors.read_text() == ""
    shown = callsim(home, "audit", "--trainee", "ben").stdout
    assert re.search(rf"Ben +Ben +{SESSIONS['Ben']} +replay\.json", shown)
    lines = [json.loads(line) for line in callsim(home, "audit", "--json").stdout.splitlines()]
    assert [(one["by"], one["trainee"], one["session"], one["what"]) for one in lines] == [
        ("Ben", "Ben", SESSIONS["Ben"], "replay.json")
    ]


def test_nothing_without_tls_and_no_old_tls(home, tls):
    """Who speaks plain HTTP or TLS 1.1 gets no answer."""
    with open_room(home, *tls) as room:
        name, port = room.address.removeprefix("https://").split(":")
        with socket.create_connection((name, int(port)), timeout=30) as plain:
            plain.sendall(b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            with suppress(ConnectionResetError):
                assert b"HTTP/1" not in plain.recv(1000)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection((name, int(port)), timeout=30) as raw, pytest.raises((ssl.SSLError, OSError)):
            old.wrap_socket(raw, server_hostname=name)
        twelve = trusting()
        twelve.maximum_version = ssl.TLSVersion.TLSv1_2
        with (
            socket.create_connection((name, int(port)), timeout=30) as raw,
            twelve.wrap_socket(raw, server_hostname=name) as wrapped,
        ):
            assert re.match(r"ECDHE-.*(GCM|CHACHA20)", wrapped.cipher()[0])
        assert room.stop() == 0
        assert room.errors.read_text() == ""


def test_behind_a_real_proxy_address(home):
    """The proxy comes from this machine; by the public name alone, and with its own word for who asks."""
    port = free_port()
    options = ["--behind-proxy", "127.0.0.1", "--origin", "https://Callsim.Example.org:443/", "--port", str(port)]
    connecting = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with open_room(home, *options) as room, closing(connecting) as connection:
        assert room.address == "https://callsim.example.org"
        assert asked(connection, "GET", "/sign-in", Host="callsim.example.org")[0] == 200
        assert asked(connection, "GET", "/sign-in", Host=f"127.0.0.1:{port}")[0] == 421
        form = {"name": "Anna", "password": PASSWORDS["Anna"]}
        own = {"Host": "callsim.example.org", "Origin": "https://callsim.example.org"}
        answer = asked(connection, "POST", "/sign-in", form, **own, **{"X-Forwarded-For": "192.0.2.1"})
        assert answer[0] == 303
        assert "Secure" in answer[1]["Set-Cookie"]
        assert room.stop() == 0
