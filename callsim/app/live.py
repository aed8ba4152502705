"""A WebSocket between a page and the work that it shows: facts go out as they change, words come in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from callsim.app.desk import Desk
from callsim.app.work import Work
from callsim.cli.controls import KEYS

WORDS = frozenset({"answer", "decline", *KEYS})
# Whatever else may happen, no page gets more pictures than it can show.
_AT_MOST_EVERY_S = 0.05
NOTHING_THERE = 4404


async def follow(socket: WebSocket, work: Work | None, desk: Desk) -> None:
    """Show the page all that is known, then what changes, until the work is over or the page is closed."""
    await socket.accept()
    if work is None:
        await socket.close(NOTHING_THERE)
        return
    work.viewers += 1
    telling = asyncio.create_task(_tell(socket, work))
    try:
        await _listen(socket, work, desk)
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await telling
        work.viewers -= 1
        desk.left(work)


async def _tell(socket: WebSocket, work: Work) -> None:
    told: dict[str, Any] = {}
    while True:
        over, new = work.over, {name: fact for name, fact in work.facts.items() if told.get(name) != fact}
        if new:
            await socket.send_json(new)
            told |= new
        if over:
            await socket.close()
            return
        if work.facts == told and not work.over:
            await work.news()
        await asyncio.sleep(_AT_MOST_EVERY_S)


async def _listen(socket: WebSocket, work: Work, desk: Desk) -> None:
    """Only who has the headset listens to words; those for others would pile up before a process that never reads."""
    with suppress(WebSocketDisconnect):
        while True:
            word = await socket.receive_text()
            if word in WORDS and work is desk.headset:
                work.say(word)
