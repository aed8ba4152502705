"""Who gets in: only this launch's browser, under this machine's own name, from our own pages."""

from __future__ import annotations

import pytest
from app_client import LIVE, ORIGIN, PORT, TOKEN, client, place
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from callsim.app.guard import HEADERS


@pytest.fixture
def stranger(tmp_path):
    """A browser that was given nothing."""
    with client(place(tmp_path)) as browser:
        yield browser


@pytest.fixture
def known(stranger):
    """A browser that came with the token."""
    assert stranger.get("/", params={"token": TOKEN}).status_code == 200
    return stranger


def test_the_token_lets_in(stranger):
    """It is answered with a cookie that no script reads and no other site sends; then the first page opens."""
    entered = stranger.get("/", params={"token": TOKEN})
    cookie = entered.headers["set-cookie"].lower()
    assert entered.status_code == 200
    assert 'content="0; url=/"' in entered.text
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/", f"callsim-{PORT}="))
    home = stranger.get("/")
    assert home.status_code == 200
    assert "Your next call" in home.text


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", f"?token={TOKEN}&token={TOKEN}", f"?Token={TOKEN}"])
def test_without_it_nobody_gets_in(stranger, query):
    """A plain page says where callsim is opened from."""
    refused = stranger.get(f"/{query}")
    assert refused.status_code == 403
    assert "from the terminal" in refused.text
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize(
    "path", ["/calls/parcel", "/call", "/headset", "/recordings", "/sessions", "/sessions/x/sound.opus", "/nothing"]
)
def test_no_page_is_open_without_it(stranger, path):
    """Not even to say whether there is one; the token works at the first page alone."""
    assert stranger.get(path).status_code == 403
    assert stranger.get(path, params={"token": TOKEN}).status_code == 403


def test_a_cookie_of_another_launch_is_none(known):
    """Nor is one with something behind it."""
    for value in ("other", f"{TOKEN}x", TOKEN[:-1], ""):
        assert TestClient(known.app, ORIGIN, cookies={f"callsim-{PORT}": value}).get("/").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.evil.example:{PORT}", ""]
)
def test_another_name_for_this_machine_is_refused(known, host):
    """A page that points its own name at 127.0.0.1 reads nothing, cookie or not."""
    assert known.get("/", headers={"host": host}).status_code == 421


def test_localhost_is_this_machine_too(stranger):
    """With a cookie and an origin of its own."""
    theirs = TestClient(stranger.app, f"http://localhost:{PORT}")
    assert theirs.get("/", params={"token": TOKEN}).status_code == 200
    assert theirs.get("/").status_code == 200
    assert theirs.post("/headset", headers={"origin": ORIGIN}).status_code == 403


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", f"https://127.0.0.1:{PORT}", f"{ORIGIN}.evil"])
def test_a_form_of_another_page_does_nothing(known, origin):
    """Not with the cookie either; our own form does."""
    headers = {} if origin is None else {"origin": origin}
    refused = known.post("/calls/parcel", data={"mode": "test"}, headers=headers)
    assert refused.status_code == 403
    assert "another page" in refused.text


@pytest.mark.parametrize("origin", ["null", "http://evil.example"])
def test_another_page_reads_nothing(known, origin):
    """Its script is refused, though a browser would keep the answer from it anyway."""
    assert known.get("/sessions", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "ws://127.0.0.1"])
def test_a_socket_of_another_page_is_refused(known, origin):
    """Before it is accepted."""
    headers = {} if origin is None else {"origin": origin}
    with pytest.raises(WebSocketDisconnect), known.websocket_connect(LIVE, headers=headers):
        pass


def test_a_socket_needs_the_cookie(stranger):
    """The right origin is not enough: any program of this machine can claim it."""
    with pytest.raises(WebSocketDisconnect), stranger.websocket_connect(LIVE, headers={"origin": ORIGIN}):
        pass


def test_a_socket_needs_the_right_name(known):
    """As every request does."""
    elsewhere = {"origin": ORIGIN, "host": f"evil.example:{PORT}"}
    with pytest.raises(WebSocketDisconnect), known.websocket_connect(LIVE, headers=elsewhere):
        pass


def test_our_own_socket_is_accepted(known):
    """It is told that nothing is going on."""
    with known.websocket_connect(LIVE, headers={"origin": ORIGIN}) as socket:
        told = socket.receive()
    assert told == {"type": "websocket.close", "code": 4404, "reason": ""}


@pytest.mark.parametrize("path", ["/", "/nothing", "/sessions", "/static/look/look.css", "/static/app/call.js"])
def test_every_answer_is_locked_down(known, path):
    """Nothing but what is ours is loaded, sniffed, framed or asked for the microphone."""
    answer = known.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "'unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/calls/parcel?mode=overview", "/headset", "/recordings", "/sessions", "/no"])
def test_no_page_needs_what_the_policy_forbids(known, path):
    """No script, style or handler stands in the page itself."""
    html = known.get(path).text
    assert "style=" not in html
    assert "<style" not in html
    assert " on" + "click" not in html
    assert html.count("<script") == html.count('<script type="module" src="/static/')


def test_the_looks_are_for_everybody(stranger):
    """The page for those who stay out has them; what lies beside them has nobody."""
    assert stranger.get("/static/look/look.css").status_code == 200
    for path in ("/static/look/../page.py", "/static/look/%2e%2e/page.py", "/static/app//etc/passwd", "/static/x.css"):
        assert stranger.get(path).status_code in (403, 404)


@pytest.mark.parametrize("path", ["/static/look/look.css", "/static/look/replay.js", "/static/app/app.css"])
def test_the_looks_come_compressed(stranger, path):
    """A page with its style and program stays small; who cannot unpack gets them as they are."""
    small = stranger.get(path, headers={"Accept-Encoding": "gzip"})
    plain = stranger.get(path, headers={"Accept-Encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.text == plain.text
