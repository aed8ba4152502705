"""Sessions on a shelf, as the library finds them: real scorecards, and sound where a test wants some."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from made_session import ABOUT, write_call
from scenes import good_call

from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import Scorecard, score
from callsim.sessions.folder import write_scorecard

QUIET = lambda *_: None  # noqa: E731 - nobody watches


@cache
def card() -> Scorecard:
    """The scorecard of a good call."""
    return score(good_call().evidence(), read_rubric())


def put(sessions: Path, name: str, *, scored: bool = True, about=None, **of_card: object) -> Path:
    """A session of a second; `about` and the rest change what is in its files."""
    folder = sessions / name
    write_call(folder, ABOUT.model_copy(update=about or {}), seconds=1).close()
    if scored:
        rescore(folder, **of_card)
    return folder


def rescore(folder: Path, **of_card: object) -> None:
    """Another scorecard for a session."""
    write_scorecard(folder, card().model_copy(update=of_card).to_json().encode())


def content(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
