"""A training room from outside: what somebody on the same network may try."""

from __future__ import annotations

import asyncio

import pytest
from starlette.websockets import WebSocketDisconnect
from training import LIVE, ORIGIN, PASSWORDS, SAID, SESSIONS, training

from callsim.app import room as app_room
from callsim.app.guard import HEADERS
from callsim.app.room import COOKIE
from callsim.library.accounts import accounts, remove_account, sign_in

SOUND = f"/sessions/{SESSIONS['Ben']}/sound.wav"


@pytest.fixture
def room(tmp_path):
    """A coach, two trainees, a call of each."""
    with training(tmp_path) as made:
        yield made


@pytest.mark.parametrize("host", ["evil.example", "room.example:8000", "127.0.0.1", "room.example.evil.example", ""])
def test_another_name_for_this_room_is_refused(room, host):
    """Signed in or not."""
    for client in (room.browser(), room.signed_in("Ben")):
        refused = client.get("/", headers={"host": host})
        assert refused.status_code == 421
        assert f"at {ORIGIN} only" in refused.text


@pytest.mark.parametrize("origin", ["", "null", "http://room.example", "https://evil.example", f"{ORIGIN}.evil"])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/recordings?trainee=left&name=x.wav"])
def test_a_form_of_another_page_does_nothing(room, path, origin):
    """Not to sign somebody in as another, not to sign them out."""
    ben = room.signed_in("Ben")
    del ben.headers["origin"]
    form = {"name": "Cleo", "password": PASSWORDS["Cleo"]}
    refused = ben.post(path, data=form, headers={"origin": origin} if origin else {})
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert "Ben, trainee" in ben.get("/").text


def test_another_page_reads_nothing(room):
    """Nor does its script."""
    ben = room.signed_in("Ben")
    assert ben.get("/sessions", headers={"origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing", "/sessions", "/static/look/look.css", SOUND])
def test_every_answer_is_locked_down(room, path):
    """As on one machine; and browsers come back with TLS alone."""
    for client in (room.browser(), room.signed_in("Ben")):
        answer = client.get(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_shared_computer_keeps_nothing(room):
    """Whoever sits there next finds no page, sound or words in its cache."""
    ben = room.signed_in("Ben")
    here = f"/sessions/{SESSIONS['Ben']}"
    for path in ("/", "/sessions", here, SOUND, f"{here}/sound.opus", f"{here}/replay.json", f"{here}/report.html"):
        answer = ben.get(path)
        assert (path, answer.status_code, answer.headers["cache-control"]) == (path, 200, "no-store")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../sessions/{}", "/static/look/../../sessions/{}/replay.json", "/static/look/%2e%2e/%2e%2e/sessions",
        "//sessions/{}", "/./sessions/{}", "/sessions/../sessions/{}", "/SESSIONS/{}", "/sessions/{}/", "/sessions//{}",
        "/sign-in/../sessions/{}", "/sessions/{}%2freplay.json", "/sessions/{};/replay.json", "/sessions/./{}",
        "/sessions/%2e%2e%2fsessions%2f{}", "/sessions/{}%00", "/sessions/{}/replay.json%3f", "/sessions/{}%20",
    ],
)  # fmt: skip
def test_no_other_way_to_write_an_address_leads_in(room, path):
    """Neither for nobody nor for another trainee."""
    path = path.format(SESSIONS["Cleo"])
    for client in (room.browser(), room.signed_in("Ben")):
        for headers in (
            {},
            {"x-original-url": "/sessions", "x-rewrite-url": "/sessions", "x-http-method-override": "GET"},
        ):
            answer = client.get(path, headers=headers)
            assert answer.status_code in (303, 307, 403, 404, 405), (path, answer.status_code)
            assert SAID["Cleo"] not in answer.text
            follow = answer.headers.get("location", "")
            assert not follow or client.get(follow, follow_redirects=True).status_code in (200, 404)
            assert SAID["Cleo"] not in (client.get(follow, follow_redirects=True).text if follow else "")


def test_a_socket_needs_a_sign_in_and_our_own_page(room):
    """Both, before it is accepted."""
    ben = room.signed_in("Ben")
    for client, headers in (
        (room.browser(), {"origin": ORIGIN}),
        (ben, {"origin": "https://evil.example"}),
        (ben, {"origin": ORIGIN, "host": "evil.example"}),
    ):
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect(f"{LIVE}/recording", headers=headers),
        ):
            pass
        assert refused.value.code in (1000, 1008)


@pytest.mark.parametrize(
    "what", ["headset", "score/{}", "score/../{}", "score/nothing", "score/", "", "rubric", "anything"]
)
def test_a_socket_tells_nobody_of_anothers_call(room, what):
    """Nor of the headset, which is not theirs."""
    with (
        pytest.raises(WebSocketDisconnect),
        room.signed_in("Ben").websocket_connect(f"{LIVE}/{what.format(SESSIONS['Cleo'])}", headers={"origin": ORIGIN}),
    ):
        pass


@pytest.mark.parametrize("name", ["Ben", "Anna"])
def test_a_socket_tells_of_ones_own(room, name):
    """And a coach of everybody's; here nothing goes on."""
    with room.signed_in(name).websocket_connect(
        f"{LIVE}/score/{SESSIONS['Ben']}", headers={"origin": ORIGIN}
    ) as socket:
        assert socket.receive() == {"type": "websocket.close", "code": 4404, "reason": ""}


def test_words_reach_no_work_but_that_of_the_headset(room, monkeypatch):
    """A thousand of them would pile up before a process that never reads."""
    said = []
    monkeypatch.setattr(room.desk, "_do", lambda what: what.close())
    work = room.desk.take_in(room.place.sessions / "none", "x.wav", "left", "Ben")
    monkeypatch.setattr(work, "say", said.append)
    with room.signed_in("Ben").websocket_connect(f"{LIVE}/recording", headers={"origin": ORIGIN}) as socket:
        assert "stage" in socket.receive_json()
        for _ in range(1000):
            socket.send_text("q")
    assert said == []


def test_an_open_socket_ends_with_the_sign_in(room, monkeypatch):
    """It is told nothing more."""
    monkeypatch.setattr(app_room, "_LOOKED_AT_EVERY_S", 0.0)
    token = sign_in(room.shelf, signed(room), room.clock.ms)
    sent = []

    async def app(_, __, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "one"})
        remove_account(room.shelf, "Ben")
        await send({"type": "websocket.send", "text": "two"})

    async def send(message):
        sent.append(message)

    guard = app_room.RoomGuard(app, room.room, None)
    headers = [(b"host", b"room.example"), (b"origin", ORIGIN.encode()), (b"cookie", f"{COOKIE}={token}".encode())]
    scope = {"type": "websocket", "path": "/live/recording", "headers": headers, "client": ("192.0.2.1", 1)}
    asyncio.run(guard(scope, None, send))
    assert [message.get("text", message["type"]) for message in sent] == ["websocket.accept", "one", "websocket.close"]


def signed(room):
    """Ben's account."""
    return next(one for one in accounts(room.shelf) if one.name == "Ben")


@pytest.fixture
def proxied(tmp_path):
    """A room with a proxy before it."""
    with training(tmp_path, proxy="10.0.0.5") as made:
        yield made


def test_past_the_proxy_nobody_gets_in(proxied):
    """Who finds the app's own port sends nothing there, right headers or not."""
    for headers in ({}, {"x-forwarded-for": "10.0.0.5"}, {"x-forwarded-proto": "https"}):
        client = proxied.browser("192.0.2.66")
        assert client.get("/sign-in", headers=headers).status_code == 403
        assert client.post("/sign-in", data={"name": "Ben"}, headers=headers).status_code == 403
    assert proxied.browser("10.0.0.5").get("/sign-in").status_code == 200
    assert proxied.browser("::ffff:10.0.0.5").get("/sign-in").status_code == 200


def test_what_a_visitor_writes_into_the_forwarded_address_counts_for_nothing(proxied):
    """Only the last one is the proxy's; so nobody guesses from a thousand made-up addresses."""
    client = proxied.browser("10.0.0.5")
    tries = [
        client.post(
            "/sign-in", data={"name": f"n{n}", "password": "guess guess"},
            headers={"x-forwarded-for": f"198.51.100.{n}, 192.0.2.7"},
        ).status_code
        for n in range(22)
    ]  # fmt: skip
    assert tries == [401] * 20 + [429] * 2
    other = client.post(
        "/sign-in", data={"name": "Ben", "password": PASSWORDS["Ben"]}, headers={"x-forwarded-for": "192.0.2.8"}
    )
    assert other.status_code == 303


@pytest.mark.parametrize("written", ["192.0.2.7:{}", "[2001:db8::7]:{}", "[2001:db8::7]"])
def test_a_proxy_may_say_the_port_too(proxied, written):
    """Another one each time is still the same computer."""
    client = proxied.browser("10.0.0.5")
    tries = [
        client.post(
            "/sign-in",
            data={"name": f"n{n}", "password": "guess guess"},
            headers={"x-forwarded-for": written.format(50_000 + n)},
        ).status_code
        for n in range(22)
    ]
    assert tries == [401] * 20 + [429] * 2


@pytest.mark.parametrize("written", ["unknown", "_hidden", "192.0.2.7, nobody", "[192.0.2", "1.2.3.4.5:6", ":80"])
def test_a_proxy_that_forwards_no_ip_address_is_told(proxied, written):
    """Else each such word would be an address of its own."""
    refused = proxied.browser("10.0.0.5").get("/sign-in", headers={"x-forwarded-for": written})
    assert refused.status_code == 400
    assert "X-Forwarded-For" in refused.text


def test_without_a_proxy_forwarded_addresses_count_for_nothing(room):
    """Anybody could write them."""
    client = room.browser()
    tries = [
        client.post(
            "/sign-in",
            data={"name": f"n{n}", "password": "guess guess"},
            headers={"x-forwarded-for": f"198.51.100.{n}"},
        ).status_code
        for n in range(22)
    ]
    assert tries == [401] * 20 + [429] * 2
