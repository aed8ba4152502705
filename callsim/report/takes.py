"""What scored sessions came to: all takes of a script in one folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callsim.scoring.checks import Dimension, Part
from callsim.sessions.folder import ABOUT, SCORECARD, About


class Take(Part):
    """A scored session of a script: its folder's name, when it began (ISO 8601), its scores (None: not measured)."""

    folder: str
    started: str
    overall: float | None
    scores: dict[Dimension, float | None]


def takes_of(sessions: Path, script: str) -> tuple[Take, ...]:
    """All scored sessions of one script that lie in a folder, the oldest first; what cannot be read is left out."""
    found = (_take(folder, script) for folder in _folders(sessions))
    return tuple(sorted((take for take in found if take), key=lambda take: (take.started, take.folder)))


def _folders(sessions: Path) -> Iterator[Path]:
    try:
        yield from (path.parent for path in sessions.glob(f"*/{ABOUT}"))
    except OSError:
        return


def _take(folder: Path, script: str) -> Take | None:
    """Only what is needed of the scorecard is looked at, so that those of older versions count too."""
    try:
        about = About.model_validate_json((folder / ABOUT).read_bytes())
        if about.script != script:
            return None
        card: Any = json.loads((folder / SCORECARD).read_bytes())
        return Take(folder=folder.name, started=about.started, overall=card["overall"], scores=card["scores"])
    except (OSError, ValidationError, ValueError, KeyError, TypeError):
        return None
