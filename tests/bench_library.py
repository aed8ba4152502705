"""How long a library of many sessions takes: made-up ones, in a folder that is gone afterwards.

    python tests/bench_library.py [SESSIONS] [DATABASE-URL]

Times are the least of several, since the rest of the machine counts too. "Whole command" is a process from its start to
its end; what it takes before it comes to the library is shown beside it (`callsim --version`).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from made_session import ABOUT
from sqlalchemy import insert, select, update

from callsim.library.exported import exported
from callsim.library.exports import Chosen, columns, records
from callsim.library.models import OverruleRow, ReviewRow, SessionRow
from callsim.library.search import Wanted
from callsim.library.shelf import Library, library
from callsim.library.trends import Sought, team, trend

SESSIONS = 10_000
TURNS = 24
ACTS = ["empathy", "ownership", "solution", "blame", "refusal", "recap", "thanks"]
WORDS = "i am sorry to hear that your parcel never came let me look it up for you by friday and call you back".split()
SCRIPTS = ["parcel", "hotel", "energy", "airline", "clinic"]


def make(sessions: Path, count: int) -> None:
    """So many sessions: session.json, and as much of a scorecard as the library looks at."""
    dice = random.Random(1)
    first = datetime(2026, 1, 1, 9, tzinfo=UTC)
    for number in range(count):
        started = first + timedelta(minutes=17 * number)
        script = dice.choice(SCRIPTS)
        folder = sessions / f"{started:%Y-%m-%d-%H%M%S}-{script}"
        folder.mkdir(parents=True)
        trainee = f"Trainee {dice.randrange(10)}"
        about = ABOUT.model_copy(
            update={"script": script, "trainee": trainee, "started": started.isoformat(), "mode": "test"}
        )
        (folder / "session.json").write_text(about.model_dump_json())
        (folder / "scorecard.json").write_text(json.dumps(card(dice)))


def card(dice: random.Random) -> dict[str, object]:
    """A made-up scorecard."""
    scores = {name: round(dice.uniform(20, 100), 1) for name in ("pacing", "interruptions", "phrasing")}
    turns = [{"who": ("caller", "trainee")[turn % 2], "start_ms": 9_000 * turn} for turn in range(TURNS)]
    return {
        "title": "A call",
        "overall": round(sum(scores.values()) / 3, 1),
        "scores": scores,
        "ending": "cool",
        "length_ms": 9_000 * TURNS,
        "checks": [
            {"id": f"{name}.check_{number}", "dimension": name, "points": round(dice.uniform(0, 10), 2), "of": 10.0}
            for name, checks in (("pacing", 6), ("interruptions", 4), ("phrasing", 23))
            for number in range(checks)
        ],
        "measures": {"dead_air": [[1, 2]] * dice.randrange(3)},
        "overlaps": [{"kind": "cut_in"}] * dice.randrange(3),
        "acts": [{"act": act} for act in dice.choices(ACTS, k=6)],
        "transcript": [{**turn, "text": " ".join(dice.choices(WORDS, k=15))} for turn in turns],
    }


def review(shelf: Library) -> None:
    """Every second session is reviewed, some by two coaches; of every fifth some checks are overruled."""
    with shelf.writing() as connection:
        keys = connection.execute(select(SessionRow.name, SessionRow.fingerprint).order_by(SessionRow.name)).all()
        rows = [
            {"session": name, "fingerprint": of, "written": "2026-06-01T09:00:00+00:00", "by": by}
            for at, (name, of) in enumerate(keys)
            for by in ("Rosa", "Tom")[: (at % 2 == 0) + (at % 8 == 0)]
        ]
        connection.execute(insert(ReviewRow), rows)
        given = {"points": 3, "machine": 10, "of": 14, "reason": "It came late."}
        checks = ("phrasing.empathy", "phrasing.closing", "pacing.dead_air")
        said = [row | given | {"check": check} for row in rows[::3] for check in checks]
        connection.execute(insert(OverruleRow), said)
        names = {row["session"] for row in said}
        connection.execute(update(SessionRow).where(SessionRow.name.in_(sorted(names)[:30_000])).values(coach=61.5))


def least_ms(of: Callable[[], object], times: int = 5) -> float:
    """How long it takes at best."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        of()
        took.append(1000 * (time.perf_counter() - began))
    return min(took)


def command(*arguments: str) -> Callable[[], object]:
    """A whole command, its output read and thrown away."""
    return lambda: subprocess.run([sys.executable, "-m", "callsim", *arguments], check=True, capture_output=True)


def main() -> None:
    """Print a line for each thing timed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SESSIONS
    with tempfile.TemporaryDirectory() as home:
        os.environ["CALLSIM_HOME"] = home
        if len(sys.argv) > 2:
            os.environ["CALLSIM_LIBRARY"] = sys.argv[2]
        make(Path(home) / "sessions", count)
        with library(os.environ) as shelf:
            print(f"read for the first time   {least_ms(lambda: shelf.refresh(lambda *_: None), 1):8.0f} ms")
            print(f"nothing has changed       {least_ms(lambda: shelf.refresh(lambda *_: None)):8.0f} ms")
            review(shelf)
            for name, wanted in {
                "list all": Wanted(),
                "list the newest 50": Wanted(limit=50),
                "one trainee's, by score": Wanted(trainee="trainee 3", order="score"),
                "with a mark": Wanted(marks=["blame"], most=50),
                "reviewed": Wanted(reviewed=True),
                "not reviewed, newest 50": Wanted(reviewed=False, limit=50),
                "in which was said": Wanted(said=["call you back"]),
            }.items():
                found = len(shelf.find(wanted)[0])
                print(f"{name:<25} {least_ms(lambda wanted=wanted: shelf.find(wanted)):8.0f} ms   {found:6,} sessions")
            for name, of in {
                "trends of all trainees": lambda: team(shelf, Sought()),
                "trends of one trainee": lambda: trend(shelf, "trainee 3", Sought(), {}),
                "all as CSV": lambda: sum(map(len, exported("csv", columns(shelf), records(shelf, Chosen())))),
            }.items():
                print(f"{name:<25} {least_ms(of, 2):8.0f} ms")
        print(f"callsim --version         {least_ms(command('--version'), 3):8.0f} ms   the whole command")
        for options in (["--limit", str(count)], ["--json"], []):
            line = " ".join(["callsim sessions", *options])
            print(f"{line:<30} {least_ms(command('sessions', *options), 3):3.0f} ms   the whole command")


if __name__ == "__main__":
    main()
