"""How large the replay page is, how soon it shows, how soon it plays: python tests/bench_pages.py [--minutes 30]

A made-up call of noise in speech's places (which packs worse than speech), opened in Chromium from the running app, and
as a report from the disk. To reach for 30 minutes: page without sound 60 KB as served, first paint in 1000 ms, 150 ms
from a seek to sound.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from app_process import served
from browser import launched
from replayed import long_call, session_of

from callsim.report.page import replay_page, report_file
from callsim.report.replay import replay_of
from callsim.sessions.folder import write_scorecard
from callsim.sessions.opus import opus_of

RUNS = 5
FIRST_PAINT = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: 'paint', buffered: true}))"""
# From setting the time until the sound stands at a later one: what is heard is under way.
SEEK = """at => new Promise(done => {
    const sound = document.getElementById('sound'), asked = performance.now();
    const look = () => sound.currentTime > at + 0.001 && !sound.seeking
        ? done(performance.now() - asked) : requestAnimationFrame(look);
    sound.currentTime = at;
    look();
})"""
SHIFTS = """() => new Promise(done => { let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.value))
        .observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done(sum), 300); })"""
LOADED = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter(one => !one.name.includes('/sound.')).map(one => one.transferSize)"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="length of the made-up call")
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        session, card = session_of(long_call(minutes), home / "sessions" / "long")
        write_scorecard(session.folder, card.to_json().encode())
        replay, seconds = timed(lambda: replay_of(session, card))
        show("replay made in", f"{seconds * 1000:.0f} ms")
        page, seconds = timed(lambda: replay_page(replay, sound_url="/sound"))
        show("page made in", f"{seconds * 1000:.0f} ms, {len(page) / 1000:.0f} KB before it is packed")
        opus, seconds = timed(lambda: opus_of(session))
        show("sound packed in", f"{seconds:.1f} s, {opus.stat().st_size / 1e6:.2f} MB")
        report = home / "report.html"
        report.write_text(report_file(replay, opus.read_bytes()), encoding="utf-8")
        with served(home) as app:
            in_chromium("app", [app.enter, f"{app.home}sessions/long"])
        show("report", f"{report.stat().st_size / 1e6:.2f} MB")
        in_chromium("report", [report.as_uri()])


def in_chromium(what: str, addresses: list[str]) -> None:
    """First paints of the last address in fresh browsers, what they loaded, layout shifts, seeks all over the call."""
    paints, shifts, loaded, seeks = [], [], [], []
    for _ in range(RUNS):
        with launched() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            for address in addresses:
                page.goto(address, wait_until="networkidle")
            paints.append(page.evaluate(FIRST_PAINT))
            shifts.append(page.evaluate(SHIFTS))
            loaded = page.evaluate(LOADED)
            page.click("#play")
            length = page.evaluate("document.getElementById('sound').duration")
            seeks += [page.evaluate(SEEK, length * share) for share in (0.5, 0.1, 0.9, 0.3, 0.7, 0.01)]
    if len(addresses) > 1:
        show(f"{what}: loaded, no sound", f"{loaded[0] / 1000:.1f} KB page, {sum(loaded[1:]) / 1000:.1f} KB beside it")
    show(f"{what}: first paint", f"{statistics.median(paints):.0f} ms, at most {max(paints):.0f}")
    show(f"{what}: layout shift", f"{max(shifts):.4f}")
    show(f"{what}: seek to sound", f"{statistics.median(seeks):.0f} ms, at most {max(seeks):.0f}")


def timed(do):
    """What it gives, and how many seconds it took."""
    began = time.perf_counter()
    return do(), time.perf_counter() - began


def show(what: str, value: str) -> None:
    """One row."""
    print(f"{what:<28}{value}", flush=True)


if __name__ == "__main__":
    main()
