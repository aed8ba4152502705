"""Work behind a page: what its process tells, what it is told, and how it may end."""

from __future__ import annotations

import asyncio
import os

import pytest
from app_client import program

from callsim.app.work import Work


def test_facts_replace_those_before_them():
    """Each by its name; what was not told again stays."""

    async def run():
        work = Work("call", {}, program("tell(stage='ringing', a=1)", "tell(stage='talking', b=[2])"))
        return await work.run("call", {}), work.facts

    well, facts = asyncio.run(run())
    assert well
    assert facts == {"kind": "call", "stage": "talking", "a": 1, "b": [2]}


def test_the_process_gets_its_job():
    """And what is asked of it; our own facts stand beside its own."""

    async def run():
        work = Work("score", {}, program("tell(job=job, of=asked['session'])"))
        await work.run("score", {"session": "a b"})
        return work.facts

    assert asyncio.run(run()) == {"kind": "score", "stage": "starting", "job": "score", "of": "a b"}


def test_a_process_that_dies_is_noticed():
    """Half a line tells nothing; what was told before stays."""

    async def run():
        lines = ("tell(session='x')", 'os.write(1, b\'{"session": "ha\')', "os._exit(3)")
        work = Work("call", {}, program(*lines))
        return await work.run("call", {}), work.facts["session"]

    assert asyncio.run(run()) == (False, "x")


def test_words_reach_the_process():
    """A line each; afterwards they are lost without harm."""

    async def run():
        work = Work("call", {}, program("tell(ready=True)", "tell(heard=[input(), input()])"))
        running = asyncio.create_task(work.run("call", {}))
        while "ready" not in work.facts:
            await work.news()
        work.say("answer")
        work.say("h")
        await running
        work.say("q")
        return work.facts["heard"]

    assert asyncio.run(run()) == ["answer", "h"]


@pytest.mark.parametrize(("job", "hung_up"), [("call", True), ("score", False)])
def test_a_call_is_let_finish(job, hung_up):
    """At the end of the words it hangs up by itself; what only counts is killed at once."""

    async def run():
        work = Work(job, {}, program("tell(ready=True)", "sys.stdin.read()", "tell(hung_up=True)"))
        running = asyncio.create_task(work.run(job, {}))
        while "ready" not in work.facts:
            await work.news()
        await work.stop()
        well = await running
        return well, work.facts.get("hung_up", False)

    assert asyncio.run(run()) == (hung_up, hung_up)


def test_no_process_is_left_where_the_app_ends():
    """The one that runs is killed with it."""

    async def run():
        work = Work("score", {}, program("tell(pid=os.getpid())", "time.sleep(60)"))
        running = asyncio.create_task(work.run("score", {}))
        while "pid" not in work.facts:
            await work.news()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return work.facts["pid"]

    with pytest.raises(ProcessLookupError):
        os.kill(asyncio.run(run()), 0)
