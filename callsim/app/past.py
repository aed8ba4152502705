"""The sessions there are, newest first, and what the next call should be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from callsim.app.visitor import Visitor
from callsim.errors import CallsimError
from callsim.library.reading import folded
from callsim.script import Script, read_script
from callsim.sessions.folder import ABOUT, SCORECARD, About, read_about
from callsim.timeline import Ms

# Below this a call is worth taking again before the next one.
AGAIN_BELOW = 60
_HARDER = {"easy": 0, "medium": 1, "hard": 2}


@dataclass(frozen=True, slots=True)
class Past:
    """A session as a list shows it; what is None is not known (yet): a call that was never scored, or not measured."""

    name: str
    about: About
    title: str
    overall: float | None = None
    scores: Mapping[str, float | None] | None = None
    ending: str | None = None
    length_ms: Ms | None = None

    @property
    def started(self) -> datetime:
        """When, by the clock of that place."""
        return datetime.fromisoformat(self.about.started)


@dataclass(frozen=True, slots=True)
class Practice:
    """A call script and how it went; `last` and `best` are overall scores."""

    name: str
    script: Script
    takes: int = 0
    last: float | None = None
    best: float | None = None


def past_sessions(folder: Path) -> dict[str, Past]:
    """The sessions in a folder by name, newest first. A folder that is no session of this version is left out."""
    found = {entry.name: _past(entry, *_ages(entry)) for entry in _folders(folder)}
    readable = {name: past for name, past in found.items() if past is not None}
    return dict(sorted(readable.items(), key=lambda item: item[1].started, reverse=True))


def seen_by(who: Visitor, folder: Path) -> dict[str, Past]:
    """The same, of those that somebody may see."""
    return {name: past for name, past in past_sessions(folder).items() if who.may_see(past.about.trainee)}


def taken_by(who: Visitor, past: Iterable[Past]) -> list[Past]:
    """Those that count as somebody's own results: in a training room theirs by name, on one machine all."""
    whose = folded(who.name)
    return [one for one in past if not who.in_a_room or folded(one.about.trainee) == whose]


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]


def _ages(folder: Path) -> tuple[int, int]:
    """When its files were last written: a session that has not changed is not read again."""
    return _age(folder / ABOUT), _age(folder / SCORECARD)


def _age(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4096)
def _past(folder: Path, _: int, __: int) -> Past | None:
    try:
        about = read_about(folder)
    except CallsimError:
        return None
    try:
        card = json.loads((folder / SCORECARD).read_bytes())
        title = card["title"] or about.script
        return Past(folder.name, about, title, card["overall"], card["scores"], card["ending"], card["length_ms"])
    except (OSError, ValueError, KeyError, TypeError):
        return Past(folder.name, about, about.script)


def practices(files: Mapping[str, Path], past: Iterable[Past]) -> list[Practice]:
    """Every call script with the trainee's results, easy ones first."""
    taken: dict[str, list[float]] = {}
    for one in past:
        if one.overall is not None:
            taken.setdefault(one.about.script, []).append(one.overall)
    found = [
        Practice(name, _script(path, _age(path)), len(scores), scores[0] if scores else None, max(scores, default=None))
        for name, path in files.items()
        for scores in [taken.get(name, [])]
    ]
    return sorted(found, key=lambda one: (_HARDER[one.script.difficulty], one.script.title))


def titles(files: Mapping[str, Path]) -> dict[str, str]:
    """What each call script is called, by its name."""
    return {name: _script(path, _age(path)).title for name, path in files.items()}


@lru_cache(maxsize=256)
def _script(path: Path, _: int) -> Script:
    return read_script(path)


def suggested(practices: Sequence[Practice], past: Iterable[Past]) -> tuple[Practice, str]:
    """The call to take next, and why: the last one where it went badly, else a new one, else the weakest."""
    by_name = {one.name: one for one in practices}
    latest = next((by_name[one.about.script] for one in past if one.about.script in by_name), None)
    fresh = [one for one in practices if not one.takes]
    if latest is None:
        return practices[0], "A good first call."
    if latest.last is not None and latest.last < AGAIN_BELOW:
        return latest, f"Your last call came to {latest.last:.0f}. Taken again, it shows what a change does."
    if fresh:
        return fresh[0], f"The next one that you have not taken: {fresh[0].script.difficulty}."
    weakest = min(practices, key=lambda one: one.best or 0)
    return weakest, f"You have taken them all. Your best here is {weakest.best:.0f}: the one with the most to gain."
